import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// A worker that dies or hangs costs its task; the others go on, and the end says what to do.
  @Suite struct WorkerDeathTests {
    @Test func `a task whose worker was killed is tried again, where it was`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let runs = DisturbedRuns(place, ["tiny.yaml", "-S", "train.steps=300", "--only", "train[marker=neun]"])
      try await runs.run(with: ["LIGHTBENCH_TEST_CHECKPOINT_STEPS": "30"]) { program in
        _ = try await runs.waitForTask(of: program)
        _ = try await runs.waitForCheckpoint(30, of: program)
        for worker in program.children { kill(worker, SIGKILL) }
        return "a worker alone"
      }
      let ending = try #require(runs.ending)
      #expect(ending.code == 0, "\(ending.all)")
      let words = "train[marker=neun]: tried again: the worker was killed by signal 9 (SIGKILL); see its log\n"
      let parts = ending.output.components(separatedBy: words)
      #expect(parts.count == 2, "\(ending.all)")
      #expect(parts.last?.contains("train[marker=neun]: resumes at step ") == true, "\(ending.all)")
    }

    @Test(arguments: [(SIGTRAP, "5 (SIGTRAP)"), (SIGSEGV, "11 (SIGSEGV)")])
    func `a worker that dies costs one task, which is listed with its log`(signal: Int32, name: String) async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let runs = DisturbedRuns(place, ["tiny.yaml", "-S", "train.steps=300", "-j", "1"])
      var victim = ""
      try await runs.run(with: ["LIGHTBENCH_TEST_CHECKPOINT_STEPS": "30"]) { program in
        victim = try await runs.waitForTask(of: program)
        _ = try await runs.waitForCheckpoint(30, of: program)
        for worker in program.children { kill(worker, signal) }
        return "a worker alone, during \(victim), by signal \(name)"
      }
      let ending = try #require(runs.ending)
      #expect(ending.code == 1)
      let lines = ending.output.split(separator: "\n").map(String.init)
      let start = try #require(lines.firstIndex { $0.hasPrefix("failed: ") }, "\(ending.all)")
      #expect(lines[start] == "failed: \(victim), phase run: the worker was killed by signal \(name); see its log")
      #expect(lines[start + 1].hasPrefix("  log: \(place.store.root)/logs/"))
      let log = lines[(start + 2)...].prefix { $0.hasPrefix("  | ") }
      #expect(!log.isEmpty && log.allSatisfy { $0 == "  | resumes at step 24" || $0.hasPrefix("  | step ") })
      let rest = lines[log.endIndex...]
      #expect(rest.first == "  retry: lightbench run tiny.yaml -S train.steps=300 --only '\(victim)'")
      let last = rest.dropFirst().first ?? ""
      #expect(last.hasPrefix("23 tasks: 5 computed, 12 cached, 1 failed, 5 skipped; "), "\(ending.all)")
      let other = victim == "train[marker=neun]" ? "train[marker=cfos]" : "train[marker=neun]"
      #expect(lines.contains { $0.contains("\(other): done in ") })
      let status = try await place.expect(0, "status", "tiny.yaml")
      #expect(status.output.contains("failed: \(victim), phase run: the worker was killed by signal \(name)"))
    }

    @Test func `a task past its time limit is killed and says so`() async throws {
      let place = try Workplace(copying: try await Shared.finished)
      let recipe = try String(contentsOfFile: Workplace.recipe.string, encoding: .utf8)
      try place.write(
        recipe.replacing("needs: {memory: 2 GiB}", with: "needs: {memory: 2 GiB, time: 2 s}"), to: "r.yaml")
      try place.write(
        try place.read("tiny.yaml").replacing(Workplace.recipe.string, with: "r.yaml"), to: "limited.yaml")
      let ending = try await place.expect(
        1, "run", "limited.yaml", "-S", "train[marker=neun].steps=100000", "--checkpoint-every", "0.5")
      #expect(
        ending.output.contains(
          "\nfailed: train[marker=neun], phase run: ran past its time limit of 2.0 s and was killed\n"), "\(ending.all)"
      )
      #expect(ending.output.contains(" 1 failed, "))
    }
  }
}
