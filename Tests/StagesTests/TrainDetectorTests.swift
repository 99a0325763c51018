import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Pipeline
import Stages
import Synchronization
import Testing

@Suite struct TrainDetectorTests {
  let bench: StageBench
  static let training = TinyRuns.training

  init() throws { bench = try StageBench() }

  private func inputs() async throws -> [String: [InputArtifact]] {
    try await TinyRuns.inputs("train.detector", in: bench)
  }

  @Test func `a training taken up from a checkpoint ends with the same model`() async throws {
    let inputs = try await inputs()
    let plain = try await bench.run("train.detector", Self.training, inputs)
    let saved = Mutex<[Int: Pipeline.Bundle]>([:])
    let interrupted = Checkpoints(
      save: { step, bundle in
        saved.withLock { $0[step] = bundle }
        if step == 3 { throw TaskFailure(code: .stopped, message: "stopped") }
      }, isDue: { $0.isMultiple(of: 3) })
    await #expect(throws: TaskFailure.self) {
      try await bench.run("train.detector", Self.training, inputs, checkpoints: interrupted)
    }
    let checkpoint = try #require(saved.withLock { $0[3] })
    let steps = Mutex<[Int]>([])
    let resumed = try await bench.run(
      "train.detector", Self.training, inputs, threads: 2,
      checkpoints: Checkpoints(
        latest: { (3, checkpoint) }, save: { step, _ in steps.withLock { $0.append(step) } }, isDue: { _ in true }))
    // None at the last step, 6: the model itself is kept.
    #expect(steps.withLock { $0 } == [4, 5])
    #expect(resumed.outcome == .alreadyThere)
    #expect(resumed.manifest.outputs["model"]?.digest == plain.manifest.outputs["model"]?.digest)
  }

  @Test func `a longer training takes up the shorter one where its decay began`() async throws {
    let inputs = try await inputs()
    let (short, long) = (
      Self.training.replacing("steps: 6", with: "steps: 20"), Self.training.replacing("steps: 6", with: "steps: 40")
    )
    let key = try await bench.run("train.detector", short, inputs).manifest.key
    let shortTrajectory = try #require(try StageBench.prepared("train.detector", short).trajectory)
    let kept = try TrajectoryCheckpoints(in: bench.store, key: key, trajectory: shortTrajectory)
    #expect(
      try await bench.run("train.detector", short, inputs, checkpoints: kept.checkpoints(every: 3600)).outcome
        == .alreadyThere)
    try kept.dropAfterPublication()

    let longTrajectory = try #require(try StageBench.prepared("train.detector", long).trajectory)
    let longKey = try await bench.run("train.detector", long, inputs).manifest.key
    let resumedAt = Mutex<Int?>(nil)
    let longer = try TrajectoryCheckpoints(in: bench.store, key: longKey, trajectory: longTrajectory)
    let resumed = try await bench.run(
      "train.detector", long, inputs,
      checkpoints: longer.checkpoints(every: 3600, onResume: { step in resumedAt.withLock { $0 = step } }))
    #expect(resumedAt.withLock { $0 } == 16)
    #expect(resumed.outcome == .alreadyThere)
  }

  @Test func `a cosine training shares no step with one of another length`() throws {
    let cosine = Self.training.replacing("steps: 6", with: "steps: 6, schedule: cosine")
    #expect(try StageBench.prepared("train.detector", cosine).trajectory?.sharedSteps == 0)
    #expect(try StageBench.prepared("train.detector", Self.training).trajectory?.sharedSteps == 4)
  }

  @Test func `the model knows its marker, its normalisation, its threshold and what it saw`() async throws {
    let manifest = try await bench.run("train.detector", Self.training, try await inputs()).manifest
    let model = try DetectorModel(bench.read(bench.output("model", of: manifest)))
    #expect(model.marker.label == "dots")
    #expect(model.seen.map(\.source) == [Digest.of("train-0"), Digest.of("validation-0")])
    #expect(try manifest.metric("tau") == model.tau)
    #expect(try manifest.metric("steps") == 6)
    #expect(model.curve.contains { Float($0.threshold) == Float(model.tau) })
  }

  @Test(arguments: ["optimiser: sgd", "average: 0.5", "largest_norm: 1e-4"])
  func `what is set beside the defaults gives another model`(setting: String) async throws {
    let inputs = try await inputs()
    let spelt = "steps: 6, optimiser: adamw, momentum: 0.9, largest_norm: 0, average: 0"
    let plain = try await bench.run("train.detector", Self.training, inputs).manifest
    let same = Self.training.replacing("steps: 6", with: spelt)
    #expect(try await bench.run("train.detector", same, inputs).manifest.fingerprint == plain.fingerprint)
    let other = Self.training.replacing("steps: 6", with: "steps: 6, \(setting)")
    let manifest = try await bench.run("train.detector", other, inputs).manifest
    #expect(manifest.outputs["model"]?.digest != plain.outputs["model"]?.digest)
  }

  // MARK: - Joint models

  /// The regions of a role as if they were of another marker.
  private func regions(_ role: Role, as label: String, tolerance: Double = 3) throws -> AnnotatedRegions {
    var regions = try TinyRegions.only(role)
    regions.marker = Marker(label: label, displayName: label.uppercased(), tolerance: tolerance)
    return regions
  }

  @Test func `regions of several markers make one model with one threshold`() async throws {
    let inputs = [
      "train": try ["a", "b"].map { try bench.keep(regions(.train, as: $0).bundle()) },
      "validation": try ["b", "a"].map { try bench.keep(regions(.validation, as: $0).bundle()) },
    ]
    let manifest = try await bench.run("train.detector", Self.training, inputs).manifest
    let model = try DetectorModel(bench.read(bench.output("model", of: manifest)))
    #expect(model.marker.label == "a+b" && model.marker.displayName == "A + B")
    #expect(model.seen.count == 4)
    #expect(try manifest.metric("tau") == model.tau)
    #expect(try await bench.run("train.detector", Self.training, inputs, threads: 2).outcome == .alreadyThere)
    // The order of the artifacts is part of the key, as it is of the crops.
    let turned = inputs.mapValues { Array($0.reversed()) }
    #expect(try await bench.run("train.detector", Self.training, turned).manifest.fingerprint != manifest.fingerprint)
  }

  @Test func `one artifact in a list is the training of one`() async throws {
    let single = try await bench.run("train.detector", Self.training, try await inputs()).manifest
    #expect(single.key.inputs.map(\.place) == [0, 0])
    let ports = try StageBench.prepared("train.detector", Self.training).ports
    #expect(ports.inputs.map(\.arity) == [.many, .many, .optional])
  }

  @Test func `markers that do not fit one another are named`() async throws {
    func message(_ train: [AnnotatedRegions], _ validation: [AnnotatedRegions]) async throws -> String {
      let inputs = [
        "train": try train.map { try bench.keep($0.bundle()) },
        "validation": try validation.map { try bench.keep($0.bundle()) },
      ]
      return try await #require(throws: TaskFailure.self) {
        try await bench.run("train.detector", Self.training, inputs)
      }.message
    }
    let both = [try regions(.train, as: "a"), try regions(.train, as: "b")]
    #expect(
      try await message(both, [regions(.validation, as: "a")])
        == "the training regions are of a, b, the validation regions of a; a joint model needs both of each marker")
    var other = both
    other[1].normalisation = .logRatio()
    #expect(
      try await message(other, [regions(.validation, as: "a"), regions(.validation, as: "b")])
        == "the regions of 'b' are normalised otherwise than those of 'a'; a joint model needs one normalisation")
  }

  // MARK: - Failures

  private func message(_ train: AnnotatedRegions, _ validation: AnnotatedRegions) async throws -> TaskFailure {
    let inputs = ["train": [try bench.keep(train.bundle())], "validation": [try bench.keep(validation.bundle())]]
    return try await #require(throws: TaskFailure.self) {
      try await bench.run("train.detector", Self.training, inputs)
    }
  }

  @Test func `a training that leaves the finite numbers fails and says what to lower`() async throws {
    var train = try TinyRegions.only(.train)
    let size = TinyRegions.size.axes
    train.regions[0].image = try NDArray([Float](repeating: .infinity, count: size.reduce(1, *)), shape: size)
    let failure = try await message(train, TinyRegions.only(.validation))
    #expect(failure.code == .diverged)
    #expect(failure.message == "the loss became nan at step 1; lower learning_rate")
  }

  @Test(arguments: [1, 5])
  func `one that diverges before a rung, or at it, is n/a there and has no state to go on from`(rung: Int) async throws
  {
    struct Reached: Error {
      let state: Pipeline.Bundle?
      let metrics: [Metric]
    }
    var train = try TinyRegions.only(.train)
    let size = TinyRegions.size.axes
    let values = (0..<size.reduce(1, *)).map { Float($0 % 7) * 1e30 }
    train.regions[0].image = try NDArray(values, shape: size)
    let inputs = [
      "train": [try bench.keep(train.bundle())], "validation": [try bench.keep(TinyRegions.only(.validation).bundle())],
    ]
    let checkpoints = Checkpoints(
      pause: Checkpoints.Pause(at: rung) { state, metrics in throw Reached(state: state, metrics: metrics) })
    let reached = try await #require(throws: Reached.self) {
      try await bench.run("train.detector", Self.training, inputs, checkpoints: checkpoints)
    }
    #expect(reached.state == nil)
    #expect(reached.metrics == [Metric("validation.f1", nil, better: .higher)])
  }

  @Test func `a last step that leaves the finite numbers is no result`() async throws {
    var train = try TinyRegions.only(.train)
    let size = TinyRegions.size.axes
    let values = (0..<size.reduce(1, *)).map { Float($0 % 7) * 1e30 }
    train.regions[0].image = try NDArray(values, shape: size)
    let inputs = [
      "train": [try bench.keep(train.bundle())], "validation": [try bench.keep(TinyRegions.only(.validation).bundle())],
    ]
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("train.detector", Self.training.replacing("steps: 6", with: "steps: 1"), inputs)
    }
    #expect(failure.code == .diverged)
    #expect(failure.message == "the weights left the finite numbers at step 1; lower learning_rate")
  }

  @Test func `regions without cells, or none to choose a threshold on, are named`() async throws {
    var empty = try TinyRegions.only(.train)
    empty.regions[0].centres = []
    #expect(
      try await message(empty, TinyRegions.only(.validation)).message == "the training regions of 'dots' hold no cells")
    let none = AnnotatedRegions(marker: TinyRegions.marker, regions: [])
    #expect(try await message(TinyRegions.only(.train), none).message == "there are no validation regions of 'dots'")
  }

  @Test func `regions of two voxel sizes, which nobody could know before, are refused`() async throws {
    var validation = try TinyRegions.only(.validation)
    validation.regions[0].voxelSize = VoxelSize(6, 2, 2)
    let failure = try await message(TinyRegions.only(.train), validation)
    #expect(failure.code == .badData)
    #expect(
      failure.message == "region 'train-0' has voxels of 4.0 x 2.0 x 2.0 um (z, y, x), region 'validation-0' has "
        + "voxels of 6.0 x 2.0 x 2.0 um (z, y, x); train a detector for each voxel size, or correct 'voxel' in the "
        + "manifest")
  }
}
