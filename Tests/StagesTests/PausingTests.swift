import Artifacts
import Imaging
import Pipeline
import Synchronization
import Testing

@testable import Stages

/// Trainings that pause on their way, and go on or not.
@Suite struct PausingTests {
  let bench: StageBench

  init() throws { bench = try StageBench() }

  private static let trainings = [
    "train.detector": TinyRuns.training, "train.mae": TinyRuns.pretraining,
  ]

  /// What a training came to at a pause.
  private struct Reached: Error {
    let state: Pipeline.Bundle?
    let metrics: [Metric]
  }

  /// Runs a training to a pause.
  private func paused(
    _ kind: String, _ parameters: String, _ inputs: [String: [InputArtifact]], at step: Int,
    from checkpoint: (Int, Pipeline.Bundle)? = nil
  ) async throws -> Reached {
    let checkpoints = Checkpoints(
      latest: { checkpoint },
      pause: Checkpoints.Pause(at: step) { state, metrics in throw Reached(state: state, metrics: metrics) })
    return try await #require(throws: Reached.self) {
      try await bench.run(kind, parameters, inputs, checkpoints: checkpoints)
    }
  }

  @Test(arguments: ["train.detector", "train.mae"])
  func `one that paused twice ends with the bytes of one that did not`(kind: String) async throws {
    let parameters = try #require(Self.trainings[kind])
    let inputs = try await TinyRuns.inputs(kind, in: bench)
    let plain = try await bench.run(kind, parameters, inputs)
    let first = try await paused(kind, parameters, inputs, at: 2)
    let second = try await paused(kind, parameters, inputs, at: 4, from: (2, try #require(first.state)))
    let state = try #require(second.state)
    let last = try await bench.run(
      kind, parameters, inputs, threads: 2, checkpoints: Checkpoints(latest: { (4, state) }))
    #expect(last.outcome == .alreadyThere)
    #expect(last.manifest.outputs == plain.manifest.outputs)
  }

  @Test(arguments: ["train.detector", "train.mae"])
  func `what is measured at a pause is the same from the start and from a checkpoint there`(kind: String) async throws {
    let parameters = try #require(Self.trainings[kind])
    let inputs = try await TinyRuns.inputs(kind, in: bench)
    let first = try await paused(kind, parameters, inputs, at: 3)
    let again = try await paused(kind, parameters, inputs, at: 3, from: (3, try #require(first.state)))
    #expect(again.metrics == first.metrics)
    let names = try #require(StageRegistry.lightbench[kind]).rungMetrics
    for name in names {
      let metric = try #require(first.metrics.first { $0.name == name })
      #expect(metric.better != .neither && metric.value?.isFinite == true)
    }
    let finished = try await bench.run(kind, parameters, inputs).manifest.metrics
    #expect(names.allSatisfy { name in finished.contains { $0.name == name } })
  }

  @Test func `the loss at a pause is that of a training of so many steps, were its schedule the same`() async throws {
    // A constant rate until the decay: the model after 8 of 40 steps is that after 8 of 10.
    let parameters = Self.trainings["train.detector"] ?? ""
    let inputs = try await TinyRuns.inputs("train.detector", in: bench)
    let short = try await paused("train.detector", parameters.replacing("steps: 6", with: "steps: 10"), inputs, at: 8)
    let long = try await paused("train.detector", parameters.replacing("steps: 6", with: "steps: 40"), inputs, at: 8)
    #expect(short.metrics == long.metrics)
  }

  @Test func `only what is made of steps can be stopped early`() {
    let kinds = StageRegistry.lightbench.kinds.filter { !$0.rungMetrics.isEmpty }
    #expect(kinds.map(\.kind) == ["train.detector", "train.mae"])
  }
}
