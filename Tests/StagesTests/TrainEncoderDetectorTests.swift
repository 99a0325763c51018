import Artifacts
import Fingerprints
import Imaging
import Neural
import Pipeline
import Synchronization
import Tensors
import Testing

@testable import Stages

/// `train.detector` on the encoder of a masked autoencoder.
@Suite struct TrainEncoderDetectorTests {
  let bench: StageBench

  init() throws { bench = try StageBench() }

  private static func training(_ model: String = "", crop: String = "[8, 16, 32]") -> String {
    "{model: {kind: mae-detector\(model)}, crop: \(crop), batch: 1, steps: 6}"
  }

  private func inputs(_ encoder: AutoencoderModel? = nil) async throws -> [String: [InputArtifact]] {
    var inputs = try await TinyRuns.inputs("train.detector", in: bench)
    inputs["encoder"] = [try bench.keep((encoder ?? TinyRegions.autoencoder()).bundle())]
    return inputs
  }

  @Test(arguments: ["", ", freeze: true", ", start: random"])
  func `a training stopped and taken up with other threads ends with the same model`(model: String) async throws {
    let (inputs, parameters) = (try await inputs(), Self.training(model))
    let plain = try await bench.run("train.detector", parameters, inputs)
    let saved = Mutex<Pipeline.Bundle?>(nil)
    let interrupted = Checkpoints(
      save: { _, bundle in
        saved.withLock { $0 = bundle }
        throw TaskFailure(code: .stopped, message: "stopped")
      }, isDue: { $0 == 3 })
    await #expect(throws: TaskFailure.self) {
      try await bench.run("train.detector", parameters, inputs, threads: 3, checkpoints: interrupted)
    }
    let checkpoint = try #require(saved.withLock { $0 })
    let resumed = try await bench.run(
      "train.detector", parameters, inputs, threads: 2, checkpoints: Checkpoints(latest: { (3, checkpoint) }))
    #expect(resumed.outcome == .alreadyThere)
    #expect(resumed.manifest.outputs["model"]?.digest == plain.manifest.outputs["model"]?.digest)
  }

  @Test func `a frozen encoder stays that of the input, and a random one does not begin there`() async throws {
    let (inputs, encoder) = (try await inputs(), try TinyRegions.autoencoder())
    func model(_ model: String) async throws -> DetectorModel {
      let manifest = try await bench.run("train.detector", Self.training(model), inputs).manifest
      return try DetectorModel(bench.read(bench.output("model", of: manifest)))
    }
    func weight(_ state: NamedTensors) throws -> [Float] { try #require(state["blocks.0.qkv.weight"]).values }
    let (tuned, frozen, random) = (
      try await model(""), try await model(", freeze: true"), try await model(", freeze: true, start: random")
    )
    let known = try weight(encoder.state)
    #expect(try weight(frozen.state) == known)
    #expect(try weight(tuned.state) != known && weight(random.state) != known)
    #expect(tuned.architecture == .encoder(encoder.configuration.encoderAlone))
    #expect(tuned.architecture.words == "mae-detector: width 12, depth 1, heads 2, window 8 x 16 x 16, patch 4 x 8 x 8")
  }

  @Test func `the model has seen what its encoder saw`() async throws {
    var encoder = try TinyRegions.autoencoder()
    encoder.seen = [
      SeenRegion(source: .of("elsewhere"), box: Box(TinyRegions.size)),
      SeenRegion(source: .of("train-0"), box: Box(TinyRegions.size)),
    ]
    let inputs = try await inputs(encoder)
    let manifest = try await bench.run("train.detector", Self.training(), inputs).manifest
    let model = try DetectorModel(bench.read(bench.output("model", of: manifest)))
    #expect(model.seen.map(\.source) == [.of("train-0"), .of("validation-0"), .of("elsewhere")])
  }

  @Test func `what the encoder cannot take is told`() async throws {
    func message(_ encoder: AutoencoderModel, crop: String = "[8, 16, 16]") async throws -> String {
      let inputs = try await inputs(encoder)
      return try await #require(throws: TaskFailure.self) {
        try await bench.run("train.detector", Self.training(crop: crop), inputs)
      }.message
    }
    var other = try TinyRegions.autoencoder()
    other.normalisation = .logRatio()
    #expect(
      try await message(other)
        == "the training regions are normalised otherwise than those that the masked autoencoder "
        + "was trained on; prepare them alike")
    #expect(
      try await message(TinyRegions.autoencoder(), crop: "[8, 24, 16]")
        == "crop 8 x 24 x 16 is not made of whole windows of the encoder, which are 16 along y; nearest valid: 16, 32")
  }

  @Test func `the model finds cells, and is the same as a file`() async throws {
    let manifest = try await bench.run("train.detector", Self.training(), try await inputs()).manifest
    let model = try bench.output("model", of: manifest)
    let found = try await bench.run(
      "detect.model", "{floor: 0}", ["model": [model], "regions": [bench.keep(TinyRegions.only(.test).bundle())]])
    #expect(try #require(try found.manifest.metric("detections")) > 0)
    let network = try DetectorModel(bench.read(model)).network()
    let volume = try TinyRegions.only(.test).regions[0].volume()
    let detector = { (threads: Int) in
      ModelDetector(network: network, minimumDistance: 3, engine: Engine(threads: threads)).detections(
        in: volume, above: 0)
    }
    #expect(detector(1) == detector(3))
  }
}
