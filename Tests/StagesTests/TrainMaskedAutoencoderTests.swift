import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Neural
import Pipeline
import Synchronization
import Tensors
import Testing

@testable import Stages

@Suite struct TrainMaskedAutoencoderTests {
  let bench: StageBench
  static let training = TinyRuns.pretraining

  init() throws { bench = try StageBench() }

  private func inputs() async throws -> [String: [InputArtifact]] {
    try await TinyRuns.inputs("train.mae", in: bench)
  }

  // MARK: - Resuming

  /// Runs a training that is stopped at each checkpoint until it ends.
  private func interrupted(
    _ parameters: String, _ inputs: [String: [InputArtifact]], at isDue: @escaping @Sendable (Int) -> Bool
  ) async throws -> (manifest: Manifest, outcome: Publication.Outcome, starts: [Int]) {
    let shelf = Mutex<(step: Int, bundle: Pipeline.Bundle)?>(nil)
    let starts = Mutex<[Int]>([])
    let checkpoints = Checkpoints(
      latest: {
        let latest = shelf.withLock { $0 }
        starts.withLock { $0.append(latest?.step ?? 0) }
        return latest
      },
      save: { step, bundle in
        shelf.withLock { $0 = (step, bundle) }
        throw TaskFailure(code: .stopped, message: "stopped")
      }, isDue: isDue)
    while true {
      do {
        let result = try await bench.run("train.mae", parameters, inputs, threads: 2, checkpoints: checkpoints)
        return (result.manifest, result.outcome, starts.withLock { $0 })
      } catch let failure as TaskFailure where failure.code == .stopped {}
    }
  }

  @Test func `a training killed every thirteen steps ends with the same model and the same numbers`() async throws {
    let inputs = try await inputs()
    // The watch's window of 25 steps fills before step 26; the loss before the last tenth is measured at step 36.
    let long = Self.training.replacing("steps: 12", with: "steps: 40")
    let plain = try await bench.run("train.mae", long, inputs)
    let result = try await interrupted(long, inputs) { $0.isMultiple(of: 13) }
    #expect(result.starts == [0, 13, 26, 39])
    #expect(result.outcome == .alreadyThere)
    #expect(result.manifest.outputs == plain.manifest.outputs)
    #expect(try result.manifest.metric("validation.improvement") != nil)
  }

  @Test func `no checkpoint is kept after the last step, whose model is the result`() async throws {
    let result = try await interrupted(Self.training, try await inputs()) { $0.isMultiple(of: 6) }
    #expect(result.starts == [0, 6])
  }

  @Test func `one that diverges in the step after a checkpoint tells the same last loss`() async throws {
    let inputs = try await spoiled(by: 2e18)
    // Squares of what else there is stay finite, also where the first weights are laid over the spread of all.
    // One of eight patches is visible, so that the spoiled one is most often masked, and its square is infinite.
    let recorded = Self.training.replacing("steps: 12", with: "steps: 100, on_divergence: record")
      .replacing("mask_ratio: 0.5", with: "mask_ratio: 0.875")
    let lines = Mutex<[String]>([])
    let plain = try await bench.run(
      "train.mae", recorded, inputs,
      log: { line, isWarning in
        if isWarning { lines.withLock { $0.append(line) } }
      })
    let last = Int(try #require(try plain.manifest.metric("steps")))
    try #require(last > 0 && last < 100)
    #expect(
      lines.withLock { $0 } == [
        "the loss left the finite numbers at step \(last + 1): recorded, the model is that of \(last) steps"
      ])
    #expect(try plain.manifest.metric("loss") != nil)
    let result = try await interrupted(recorded, inputs) { $0 == last }
    #expect(result.starts == [0, last])
    #expect(result.manifest.metrics == plain.manifest.metrics)
    #expect(result.outcome == .alreadyThere)
    let model = try AutoencoderModel(bench.read(bench.output("model", of: result.manifest)))
    #expect(model.hasDiverged && model.step == last)
  }

  @Test func `steps depend on how many there are from the first, because of the cosine`() throws {
    let trajectory = try #require(try StageBench.prepared("train.mae", Self.training).trajectory)
    #expect(trajectory.steps == 12 && trajectory.sharedSteps == 0)
  }

  @Test func `the scale stretches the preset's steps, and a number of steps replaces them`() throws {
    func steps(_ parameters: String) throws -> Int? {
      try StageBench.prepared("train.mae", parameters).trajectory?.steps
    }
    #expect(try steps("{preset: paper}") == 131_250)
    #expect(try steps("{preset: smoke, scale: 0.5}") == 15)
    #expect(try steps("{preset: smoke, steps: 7}") == 7)
    #expect(try steps("{preset: smoke, scale: 0.001}") == 1)
  }

  // MARK: - Results

  @Test func `a model knows its markers, its normalisation, its loss and what it saw`() async throws {
    let manifest = try await bench.run("train.mae", Self.training, try await inputs()).manifest
    let model = try AutoencoderModel(bench.read(bench.output("model", of: manifest)))
    #expect(model.configuration.crop == [8, 16, 16])
    #expect(model.configuration.patch == [4, 8, 8])
    #expect(model.markers.map(\.label) == ["dots", "spots"])
    #expect(model.normalisation == .percentile(low: 0.5, high: 99.8, clips: false))
    #expect(model.maskRatio == 0.5 && model.step == 12 && !model.hasDiverged)
    #expect(model.loss.alpha == 1 && model.loss.gamma == 9 && (model.loss.meanVariance ?? 0) > 0)
    #expect(model.seen.map(\.source) == [.of("train-0"), .of("train-0"), .of("validation-0"), .of("validation-0")])
    #expect(try model.network().configuration == model.configuration)
  }

  @Test func `the metrics say what a loss is worth`() async throws {
    let manifest = try await bench.run("train.mae", Self.training, try await inputs()).manifest
    let metric = { (name: String) in try #require(try manifest.metric(name)) }
    #expect(try metric("validation.own_mean") < metric("validation.training_mean"))
    #expect(
      try metric("validation.relative_to_own_mean") == metric("validation.loss") / metric("validation.own_mean"))
    #expect(
      try metric("validation.relative_to_training_mean")
        == metric("validation.loss") / metric("validation.training_mean"))
    #expect(try metric("steps") == 12 && metric("diverged") == 0)
    let converged =
      try metric("validation.relative_to_training_mean") <= 0.8 && metric("validation.improvement") < 0.03
    #expect(try metric("converged") == (converged ? 1 : 0))
  }

  @Test func `the loss has the same crops, masks and weights for every seed, length and rate`() async throws {
    let inputs = try await inputs()
    let plain = try await bench.run("train.mae", Self.training, inputs).manifest
    let other = try await bench.run(
      "train.mae", Self.training.replacing("steps: 12", with: "steps: 3, learning_rate: 0"), inputs, seed: 12
    ).manifest
    for name in ["validation.own_mean", "validation.training_mean"] {
      #expect(try plain.metric(name) == other.metric(name))
    }
    #expect(plain.outputs["model"]?.digest != other.outputs["model"]?.digest)
  }

  @Test func `patches weigh the same for every ratio, seed and way to turn crops`() async throws {
    let inputs = try await inputs()
    func variance(_ parameters: String, seed: UInt64) async throws -> Float? {
      let manifest = try await bench.run("train.mae", parameters, inputs, seed: seed).manifest
      return try AutoencoderModel(bench.read(bench.output("model", of: manifest))).loss.meanVariance
    }
    let short = Self.training.replacing("steps: 12", with: "steps: 1")
    let plain = try await variance(short, seed: 11)
    let other = short.replacing("mask_ratio: 0.5", with: "mask_ratio: 0.75, augment: false")
    #expect(try await variance(other, seed: 12) == plain)
  }

  @Test func `what a preset stands for is of this revision`() {
    #expect(TrainMaskedAutoencoder.revision == 3, "record what the presets are, and the golden keys")
    let presets = AutoencoderPreset.allCases.map { preset in
      let (schedule, model) = (preset.schedule, MaskedAutoencoderConfiguration(preset.model))
      let halves = [model.encoder, model.decoder].map { "\($0.width) \($0.depth)" }.joined(separator: " ")
      return "\(preset) \(schedule.steps) \(schedule.batch) \(schedule.rate) \(halves) \(model.positions)"
    }
    #expect(
      presets == [
        "paper 131250 32 0.00015 384 12 192 4 long", "mini 4000 32 0.001 192 6 96 2 short",
        "sweep 800 16 0.005 96 4 48 2 short", "smoke 30 8 0.001 48 1 24 1 short",
      ])
  }

  @Test func `the memory of a training has room for a batch of validation crops`() throws {
    let memory = try StageBench.prepared(
      "train.mae", "{crop: [256, 256, 256], patch: [64, 64, 64], preset: smoke, batch: 1}"
    ).cost.memory
    // Voxels of 32 crops and those of one region's chunks.
    #expect(memory > 4 * 32 * 256 * 256 * 256 + 128 << 20)
  }

  @Test func `training lowers the loss`() async throws {
    let inputs = try await inputs()
    let long = Self.training.replacing("steps: 12", with: "steps: 60, learning_rate: 3e-3")
    let none = Self.training.replacing("steps: 12", with: "steps: 1, learning_rate: 0")
    let (after, before) = (
      try await bench.run("train.mae", long, inputs).manifest.metric("validation.loss"),
      try await bench.run("train.mae", none, inputs).manifest.metric("validation.loss")
    )
    let share = try #require(after) / #require(before)
    #expect(share < 0.9)
  }

  @Test(arguments: [
    "target: normalised", "masks_per_crop: 2", "augment: false", "gamma: 0", "encoder: {width: 24, heads: 2}",
    "betas: [0.8, 0.9]",
  ])
  func `what is set beside the defaults gives another model`(setting: String) async throws {
    let inputs = try await inputs()
    let plain = try await bench.run("train.mae", Self.training, inputs).manifest
    let other = Self.training.replacing("steps: 12", with: "steps: 12, \(setting)")
    let manifest = try await bench.run("train.mae", other, inputs).manifest
    #expect(manifest.outputs["model"]?.digest != plain.outputs["model"]?.digest)
  }

  // MARK: - Divergence

  private func poisoned(_ role: Role = .train) async throws -> [String: [InputArtifact]] {
    var inputs = try await inputs()
    var regions = try TinyRegions.only(role)
    let size = TinyRegions.size.axes
    // Patches of one value each, finite, whose squares are not.
    let plane = size[1] * size[2]
    regions.regions[0].image = try NDArray(
      (0..<size[0] * plane).map { $0 < 4 * plane ? Float($0 % 2) : 1e20 }, shape: size)
    inputs[role.rawValue] = [try bench.keep(regions.bundle())]
    return inputs
  }

  /// A clean region and a small one, which one crop in 26 is, with a patch of one value.
  private func spoiled(by value: Float) async throws -> [String: [InputArtifact]] {
    var train = try TinyRegions.only(.train)
    var other = train.regions[0]
    other.id = "spoiled"
    other.box = Box(Extent(8, 16, 16))
    other.centres = []
    train.regions[0].box = Box(Extent(8, 20, 20))
    train.regions[0].centres = []
    // Bright enough in places to be no background.
    func plain(_ place: Int) -> Float { place % 10 == 0 ? 3 : Float(place % 7) / 7 }
    train.regions[0].image = try NDArray((0..<8 * 400).map(plain), shape: [8, 20, 20])
    other.image = try NDArray(
      (0..<8 * 256).map { place in
        let (z, y, x) = (place / 256, place / 16 % 16, place % 16)
        return z < 4 && y < 8 && x < 8 ? value : plain(place)
      }, shape: [8, 16, 16])
    train.regions.append(other)
    return ["train": [try bench.keep(train.bundle())], "validation": try await inputs()["validation"] ?? []]
  }

  @Test func `one that diverges before a rung is n/a there, and has no state to go on from`() async throws {
    struct Reached: Error {
      let state: Pipeline.Bundle?
      let metrics: [Metric]
    }
    let recorded = Self.training.replacing("steps: 12", with: "steps: 100, on_divergence: record")
      .replacing("mask_ratio: 0.5", with: "mask_ratio: 0.875")
    let checkpoints = Checkpoints(
      pause: Checkpoints.Pause(at: 99) { state, metrics in throw Reached(state: state, metrics: metrics) })
    let inputs = try await spoiled(by: 1e30)
    let reached = try await #require(throws: Reached.self) {
      try await bench.run("train.mae", recorded, inputs, checkpoints: checkpoints)
    }
    #expect(reached.state == nil)
    #expect(
      reached.metrics.filter { ["validation.loss", "diverged"].contains($0.name) }
        == [Metric("validation.loss", nil, better: .lower), Metric("diverged", 1, better: .lower)])
    // Where a divergence is a failure, it is one at the end, and n/a at a rung: who goes on is on record.
    let failing = recorded.replacing(", on_divergence: record", with: "")
    let again = try await #require(throws: Reached.self) {
      try await bench.run("train.mae", failing, inputs, checkpoints: checkpoints)
    }
    #expect(again.state == nil && again.metrics == reached.metrics)
  }

  @Test func `a training that leaves the finite numbers fails and says what to lower`() async throws {
    let inputs = try await poisoned()
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.mae", Self.training, inputs)
    }
    #expect(failure.code == .diverged)
    #expect(failure.message == "the loss left the finite numbers at step 1; lower learning_rate")
  }

  @Test func `or is recorded with the last finite model, and never the best`() async throws {
    let recorded = Self.training.replacing("steps: 12", with: "steps: 12, on_divergence: record")
    let manifest = try await bench.run("train.mae", recorded, try await poisoned()).manifest
    #expect(try manifest.metric("diverged") == 1)
    #expect(try manifest.metric("converged") == 0)
    #expect(try manifest.metric("validation.loss") == nil)
    #expect(try manifest.metric("steps") == 0)
    let model = try AutoencoderModel(bench.read(bench.output("model", of: manifest)))
    #expect(model.hasDiverged && model.step == 0)
    let isFinite = model.state.entries.allSatisfy { entry in entry.tensor.values.allSatisfy { $0.isFinite } }
    #expect(isFinite)
  }

  @Test func `a loss that grows tenfold is a divergence too`() async throws {
    let parameters = Self.training.replacing("steps: 12, batch: 4", with: "steps: 400, batch: 1")
    let inputs = try await spoiled(by: 1e4)
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.mae", parameters, inputs)
    }
    #expect(failure.code == .diverged)
    let step = failure.message.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }.first
    #expect(failure.message == "the loss grew tenfold until step \(step ?? 0); lower learning_rate")
    #expect((step ?? 0) > 25)
  }

  @Test(arguments: ["fail", "record"])
  func `a loss on validation crops that is no finite number is a divergence`(onDivergence: String) async throws {
    var inputs = try await inputs()
    inputs["validation"] = try await poisoned(.validation)["validation"]
    let parameters = Self.training.replacing("steps: 12", with: "steps: 12, on_divergence: \(onDivergence)")
    // At step 11 the loss is measured that the last tenth is compared with.
    let text = "the loss on the validation crops left the finite numbers at step 11"
    let lines = Mutex<[String]>([])
    do {
      let manifest = try await bench.run(
        "train.mae", parameters, inputs,
        log: { line, isWarning in
          if isWarning { lines.withLock { $0.append(line) } }
        }
      ).manifest
      #expect(onDivergence == "record")
      #expect(try manifest.metric("diverged") == 1 && manifest.metric("validation.loss") == nil)
      #expect(try manifest.metric("converged") == 0 && manifest.metric("steps") == 11)
      #expect(lines.withLock { $0.first } == text + ": recorded, the model is that of 11 steps")
    } catch let failure as TaskFailure {
      #expect(onDivergence == "fail" && failure.code == .diverged)
      #expect(failure.message == text + "; lower learning_rate")
    }
  }
}
