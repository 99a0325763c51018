import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Neural
import Pipeline
import Stages
import Synchronization
import Tensors
import Testing

@Suite struct TrainMaskedAutoencoderTests {
  let bench: StageBench
  static let training = TinyRuns.pretraining

  init() throws { bench = try StageBench() }

  private func inputs() async throws -> [String: [InputArtifact]] {
    try await TinyRuns.inputs("train.mae", in: bench)
  }

  // MARK: - Resuming

  @Test func `a training killed every three steps ends with the same model and the same numbers`() async throws {
    let inputs = try await inputs()
    let plain = try await bench.run("train.mae", Self.training, inputs)
    let shelf = Mutex<(step: Int, bundle: Pipeline.Bundle)?>(nil)
    let starts = Mutex<[Int]>([])
    var result: (manifest: Manifest, outcome: Publication.Outcome)?
    while result == nil {
      let checkpoints = Checkpoints(
        latest: {
          let latest = shelf.withLock { $0 }
          starts.withLock { $0.append(latest?.step ?? 0) }
          return latest
        },
        save: { step, bundle in
          shelf.withLock { $0 = (step, bundle) }
          throw TaskFailure(code: .stopped, message: "stopped")
        }, isDue: { $0.isMultiple(of: 3) })
      do {
        result = try await bench.run("train.mae", Self.training, inputs, threads: 2, checkpoints: checkpoints)
      } catch let failure as TaskFailure where failure.code == .stopped {}
    }
    // None after the last step, 12: the model itself is kept.
    #expect(starts.withLock { $0 } == [0, 3, 6, 9])
    #expect(result?.outcome == .alreadyThere)
    #expect(result?.manifest.outputs == plain.manifest.outputs)
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
    #expect(try steps("{preset: smoke, scale: 0.5, steps: 7}") == 7)
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

  @Test func `validation crops and masks are the same for every seed and every content weight`() async throws {
    let inputs = try await inputs()
    let plain = try await bench.run("train.mae", Self.training, inputs).manifest
    let other = try await bench.run(
      "train.mae", Self.training.replacing("steps: 12", with: "steps: 3, learning_rate: 0"), inputs
    ).manifest
    for name in ["validation.own_mean", "validation.training_mean"] {
      #expect(try plain.metric(name) == other.metric(name))
    }
  }

  @Test func `training lowers the loss`() async throws {
    let inputs = try await inputs()
    let long = Self.training.replacing("steps: 12", with: "steps: 60, learning_rate: 3e-3")
    let none = Self.training.replacing("steps: 12", with: "steps: 1, learning_rate: 0")
    let (after, before) = (
      try await bench.run("train.mae", long, inputs).manifest.metric("validation.loss"),
      try await bench.run("train.mae", none, inputs).manifest.metric("validation.loss")
    )
    #expect(try #require(after) < 0.2 * #require(before))
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

  private func poisoned() async throws -> [String: [InputArtifact]] {
    var train = try TinyRegions.only(.train)
    let size = TinyRegions.size.axes
    // Patches of one value each, finite, whose squares are not.
    let plane = size[1] * size[2]
    train.regions[0].image = try NDArray(
      (0..<size[0] * plane).map { $0 < 4 * plane ? Float($0 % 2) : 1e20 }, shape: size)
    return ["train": [try bench.keep(train.bundle())], "validation": try await inputs()["validation"] ?? []]
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

  // MARK: - Failures

  private func message(
    train: AnnotatedRegions, validation: AnnotatedRegions? = nil, _ parameters: String = training
  ) async throws -> String {
    let inputs = [
      "train": [try bench.keep(TinyRegions.only(.train).bundle()), try bench.keep(train.bundle())],
      "validation": [try bench.keep((validation ?? TinyRegions.only(.validation)).bundle())],
    ]
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.mae", parameters, inputs)
    }
    #expect(failure.code == .badData)
    return failure.message
  }

  @Test func `regions that are missing, too small or prepared otherwise are named`() async throws {
    let none = AnnotatedRegions(marker: TinyRegions.marker, regions: [])
    #expect(try await message(train: none) == "there are no regions of 'dots' in input 'train'")
    var other = try TinyRegions.only(.train)
    other.normalisation = nil
    #expect(
      try await message(train: other)
        == "the regions of 'dots' and 'dots' were normalised differently; prepare them alike")
    #expect(
      try await message(
        train: TinyRegions.only(.train), Self.training.replacing("crop: [8, 16, 16]", with: "crop: [16, 16, 16]"))
        == "crop 16 x 16 x 16 does not fit region 'train-0' of 'dots', 8 x 32 x 32 voxels")
  }

  @Test func `regions without any difference are no training set`() async throws {
    var flat = try TinyRegions.only(.train)
    let size = TinyRegions.size.axes
    flat.regions[0].image = try NDArray([Float](repeating: 0.5, count: size.reduce(1, *)), shape: size)
    let inputs = ["train": [try bench.keep(flat.bundle())], "validation": try await inputs()["validation"] ?? []]
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.mae", Self.training, inputs)
    }
    #expect(failure.message == "the training regions have the mean variance 0.0 in a patch")
  }
}
