import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// Killed in any phase and run again, an experiment ends with the bytes of an undisturbed run, and nothing that was
  /// published is computed again (which `DisturbedRuns.run` checks after every run).
  @Suite struct KillTests {
    @Test func `killed ten times, a run ends with the bytes of an undisturbed one`() async throws {
      let wanted = try await Shared.finished.store
      let place = try Workplace(copying: try await Shared.regions)
      try await killTenTimes(DisturbedRuns(place, ["tiny.yaml"]), longest: 0.4 * Shared.seconds)
      try expectUndisturbed(place.store, wanted)
      try await place.expect(0, "cache", "verify")
    }

    @Test(.enabled(if: EndToEnd.isFull, "LIGHTBENCH_TEST_FULL=1 runs it"), .timeLimit(.minutes(60)))
    func `killed ten times, the smoke variant ends with the bytes of an undisturbed run`() async throws {
      let file = Workplace.package.appending("experiments").appending("phantom-matrix.yaml").string
      let undisturbed = try Workplace()
      let start = ContinuousClock.now
      try await undisturbed.expect(0, "run", file, "--variant", "smoke")
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let place = try Workplace()
      try await killTenTimes(DisturbedRuns(place, [file, "--variant", "smoke"]), longest: 0.15 * seconds)
      try expectUndisturbed(place.store, undisturbed.store)
      try await place.expect(0, "cache", "verify")
    }

    private func expectUndisturbed(_ found: StoreFiles, _ wanted: StoreFiles) throws {
      #expect(try found.outputs() == wanted.outputs())
      try expectSameObjects(found, wanted)
    }

    /// - Parameter longest: How many seconds after the start a random kill comes at the latest; so long there must be work.
    private func killTenTimes(_ runs: DisturbedRuns, longest: Double) async throws {
      try await killInPublication(runs, "prepare[marker=neun]", "before-rename")
      for step in [3, 9, 15] {
        try await runs.run("-j", "1", "--only", "train[marker=neun]") { program in
          let found = try await runs.waitForCheckpoint(step, of: program)
          try await runs.killAll(program)
          return "runner and worker, training neun after the checkpoint at step \(found)"
        }
        #expect(runs.ending?.code == 128 + SIGKILL, "it was done before it was killed: \(runs.ending?.all ?? "")")
      }
      try await killInPublication(runs, "train[marker=neun]", "between-objects")
      #expect(resumedStep(runs.ending?.output) ?? 0 >= 15, "\(runs.ending?.all ?? "")")
      try await killInPublication(runs, "evaluate_chance", "before-link")
      try await killTheRunner(runs)
      try await killAtRandom(runs, longest: longest)
      try await killAWorker(runs)
      try await runs.run()
      #expect(runs.ending?.code == 0, "\(runs.ending?.all ?? "")")
    }

    /// The first step that a training executed after what was kept.
    private func resumedStep(_ output: String?) -> Int? {
      let tail = output?.components(separatedBy: "train[marker=neun]: resumes at step ").dropFirst().first
      return tail.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// Workers die at a fault point; the runner lives to tell.
    private func killInPublication(_ runs: DisturbedRuns, _ selector: String, _ fault: String) async throws {
      try await runs.run("--only", selector, with: ["LIGHTBENCH_TEST_FAULT": fault]) { _ in
        "workers, publishing for \(selector): \(fault)"
      }
      #expect(runs.ending?.code == 1, "\(runs.ending?.all ?? "")")
      #expect(runs.ending?.output.contains("the worker was killed by signal 9 (SIGKILL)") == true)
    }

    private func killTheRunner(_ runs: DisturbedRuns) async throws {
      try await runs.run("-j", "1", "--only", "train[marker=cfos]") { program in
        let (task, workers) = try await runs.waitForWorkers(of: program)
        program.send(SIGKILL)
        // Workers notice by themselves that nobody listens any more.
        try await runs.waitForEnd(of: workers)
        return "the runner alone, during \(task)"
      }
    }

    private func killAWorker(_ runs: DisturbedRuns) async throws {
      try await runs.run("-j", "1") { program in
        let (task, workers) = try await runs.waitForWorkers(of: program)
        for worker in workers { kill(worker, SIGKILL) }
        return "a worker alone, during \(task)"
      }
      #expect(runs.ending?.output.contains("tried again: the worker was killed by signal 9 (SIGKILL)") == true)
      #expect(runs.ending?.code == 0, "\(runs.ending?.all ?? "")")
    }

    private func killAtRandom(_ runs: DisturbedRuns, longest: Double) async throws {
      var random = LinearCongruentialGenerator(seed: 20_260_322)
      for _ in 0..<2 {
        let seconds = Double.random(in: 0.05 * longest...longest, using: &random)
        try await runs.run { program in
          try await Task.sleep(for: .seconds(seconds))
          try await runs.killAll(program)
          return "runner and workers, \((seconds * 100).rounded() / 100) s after the start: \(try runs.underWay())"
        }
      }
    }
  }
}

/// Numbers that are the same every time; MMIX by Donald Knuth.
private struct LinearCongruentialGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state.byteSwapped
  }
}
