import Artifacts
import Imaging
import Neural
import Pipeline
import Synchronization
import Testing

@testable import Stages

/// What a stored autoencoder makes of the fixed crops, and what a training writes into its log.
@Suite struct ReconstructionTests {
  let bench: StageBench

  init() throws { bench = try StageBench() }

  /// A training, the crops of its validation, and its log.
  private func trained(_ target: String) async throws -> (
    model: AutoencoderModel, crops: [Reconstruction], loss: Double, log: [String]
  ) {
    let inputs = try await TinyRuns.inputs("train.mae", in: bench)
    let lines = Mutex<[String]>([])
    let parameters = TinyRuns.pretraining.dropLast() + ", target: \(target)}"
    let manifest = try await bench.run(
      "train.mae", String(parameters), inputs, log: { line, _ in lines.withLock { $0.append(line) } }
    ).manifest
    let model = try AutoencoderModel(bench.read(bench.output("model", of: manifest)))
    let validation = try (inputs["validation"] ?? []).map { try bench.store.open($0.digest, as: $0.type) }
    let loss = try #require(try manifest.metric("validation.loss"))
    return (
      model, try Reconstruction.fixed(of: model, on: validation, count: 8), loss, lines.withLock { $0 }
    )
  }

  /// The voxels of each masked patch, as they are and as the model gives them.
  private func patches(_ crop: Reconstruction) -> [(input: [Double], output: [Double])] {
    let (size, patch) = (crop.size, crop.patch)
    var found: [Int: (input: [Double], output: [Double])] = [:]
    for place in crop.input.indices where crop.isMasked[place] {
      let voxel = size.voxel(at: place)
      let token = (voxel.z / patch.z * 1000 + voxel.y / patch.y) * 1000 + voxel.x / patch.x
      found[token, default: ([], [])].input.append(Double(crop.input[place]))
      found[token, default: ([], [])].output.append(Double(crop.output[place]))
    }
    return Array(found.values)
  }

  @Test(arguments: ["raw", "normalised"])
  func `they are the crops and masks of the validation loss, which follows from them`(target: String) async throws {
    let (model, crops, loss, _) = try await trained(target)
    let meanVariance = Double(try #require(model.loss.meanVariance))
    var (sum, weights) = (0.0, 0.0)
    for (input, output) in crops.flatMap(patches) {
      let mean = input.reduce(0, +) / Double(input.count)
      let variance = input.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(input.count)
      let scale = target == "raw" ? 1 : 1 / (variance + 1e-6)
      let error = zip(input, output).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } * scale / Double(input.count)
      let weight = Double(model.loss.alpha) + Double(model.loss.gamma) * min(1, variance / meanVariance)
      sum += weight * error
      weights += weight
    }
    #expect(abs(sum / weights - loss) < 1e-4 * loss)
    #expect(crops.allSatisfy { $0.isNormalised == (target == "normalised") })
  }

  @Test func `what is visible stays as it is, half of the patches are masked`() async throws {
    let (_, crops, _, _) = try await trained("raw")
    #expect(crops.count == 8 && crops[0].size == Extent(8, 16, 16) && crops[0].patch == Extent(4, 8, 8))
    for crop in crops {
      #expect(crop.isMasked.count { $0 } * 2 == crop.input.count)
      for place in crop.input.indices where !crop.isMasked[place] { #expect(crop.input[place] == crop.output[place]) }
      #expect(patches(crop).allSatisfy { $0.input.count == 4 * 8 * 8 && $0.input != $0.output })
    }
    #expect(Set(crops.map(\.isMasked)).count > 1)
  }

  @Test func `each crop tells its marker, which need not be one that the model was trained on`() async throws {
    let (model, crops, _, _) = try await trained("raw")
    #expect(model.markers.count == 2 && crops.map(\.marker) == (0..<8).map { model.markers[$0 % 2] })
    var foreign = try TinyRegions.only(.validation)
    foreign.marker = Marker(label: "th", displayName: "TH", tolerance: 8)
    let bundles = try [foreign, foreign, TinyRegions.only(.validation)].map { regions in
      let kept = try bench.keep(regions.bundle())
      return try bench.store.open(kept.digest, as: kept.type)
    }
    let found = try Reconstruction.fixed(of: model, on: bundles, count: 4)
    #expect(found.map(\.marker.displayName) == ["TH", "TH", TinyRegions.marker.displayName, "TH"])
  }

  @Test func `the log of a pretraining has its losses by step`() async throws {
    let (_, _, loss, log) = try await trained("raw")
    let steps = log.compactMap { line in
      line.hasPrefix("step ") ? String(line.prefix { $0 != "." }.dropLast(2)) : nil
    }
    #expect(
      steps == [
        "step 10 of 12, loss", "step 10 of 12, validation loss", "step 11 of 12, validation loss",
        "step 12 of 12, loss", "step 12 of 12, validation loss",
      ])
    let last = try #require(log.last { $0.contains("validation loss") }?.split(separator: " ").last)
    #expect(abs(try #require(Double(last)) - loss) < 1e-6)
  }

  @Test func `the log of a detector's training has its losses by step`() async throws {
    let inputs = try await TinyRuns.inputs("train.detector", in: bench)
    let lines = Mutex<[String]>([])
    let manifest = try await bench.run(
      "train.detector", TinyRuns.training, inputs, log: { line, _ in lines.withLock { $0.append(line) } }
    ).manifest
    let words = lines.withLock { $0 }.filter { $0.hasPrefix("step ") }.map { $0.split(separator: " ") }
    #expect(
      words.map { $0.dropLast().joined(separator: " ") } == ["step 6 of 6, loss", "step 6 of 6, validation loss"])
    let values = words.compactMap { $0.last.flatMap { Double($0) } }
    #expect(abs(values[0] - (try #require(try manifest.metric("loss")))) < 1e-6)
    #expect(values[1] != values[0] && values[1] > 0 && values[1] < 1)
  }
}
