import Foundation
import Testing

extension EndToEnd {
  /// The first signal ends a run after checkpoints, the second at once.
  @Suite struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM])
    func `the first signal stops after a checkpoint, and the next run resumes there`(signal: Int32) async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let runs = DisturbedRuns(place, ["tiny.yaml", "-S", "train.steps=600", "--only", "train[marker=neun]"])
      try await runs.run(with: ["LIGHTBENCH_TEST_CHECKPOINT_STEPS": "30"]) { program in
        _ = try await runs.waitForTask(of: program)
        _ = try await runs.waitForCheckpoint(30, of: program)
        program.send(signal)
        return ""
      }
      let stopped = try #require(runs.ending)
      #expect(stopped.code == 75, "\(stopped.all)")
      #expect(
        stopped.output.hasSuffix(
          "stopped; go on with: lightbench run tiny.yaml -S train.steps=600 --only 'train[marker=neun]'\n"),
        "\(stopped.all)")
      #expect(stopped.output.contains(" 1 not finished; "))
      let step = try #require(place.store.checkpoints().max())
      let status = try await place.expect(0, "status", "tiny.yaml")
      #expect(status.output.contains("  tiny  stopped\n"))
      #expect(
        status.output.hasSuffix(
          "go on with: lightbench run tiny.yaml -S train.steps=600 --only 'train[marker=neun]'\n"), "\(status.all)")

      try await runs.run(with: ["LIGHTBENCH_TEST_CHECKPOINT_STEPS": "600"])
      #expect(runs.ending?.code == 0)
      let again = runs.ending?.output ?? ""
      #expect(again.contains("train[marker=neun]: resumes at step \(step)\n"), "\(step): \(again)")
    }

    @Test func `the first signal ends a task without checkpoints at once`() async throws {
      let place = try Workplace()
      let runs = DisturbedRuns(place, ["tiny.yaml", "--only", "regions[marker=cfos]"])
      try await runs.run { program in
        _ = try await runs.waitForTask(of: program)
        program.send(SIGINT)
        return ""
      }
      #expect(runs.ending?.code == 75, "\(runs.ending?.all ?? "")")
      #expect(try place.store.published().isEmpty)
    }

    @Test func `the second signal stops at once`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let slow = ["-S", "train.model={dim: 32, depth: 2, kernel: 7}", "-S", "train.batch=256"]
      let runs = DisturbedRuns(place, ["tiny.yaml", "--only", "train[marker=neun]"] + slow)
      try await runs.run { program in
        _ = try await runs.waitForTask(of: program)
        // In the middle of the first step, which takes seconds.
        try await Task.sleep(for: .milliseconds(800))
        program.send(SIGINT)
        try await Task.sleep(for: .milliseconds(100))
        program.send(SIGINT)
        return ""
      }
      #expect(runs.ending?.code == 130, "\(runs.ending?.all ?? "")")
      #expect(place.store.checkpoints().allSatisfy { $0 == 24 })
      let status = try await place.expect(0, "status", "tiny.yaml")
      #expect(status.output.contains("  tiny  stopped at once\n"))
    }
  }
}
