import ArgumentParser
import Executors
import Fingerprints
import Foundation
import Pipeline
import Reports
import Stages
import SystemPackage

extension CacheCommand {
  /// `lightbench cache verify`.
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Read everything in the store and hold it against its digests.",
      discussion: """
        What is damaged goes into quarantine and is computed again by the next run. With --rerun, tasks are computed \
        anew, trainings from their first step, and their results compared with those in the store. Exit code 5 where \
        anything is damaged, incomplete or different.
        """)

    @OptionGroup var store: StoreOption

    @Option(
      help:
        "Compute tasks again instead, EXPERIMENT:SELECTOR, as in experiments/phantom-matrix.yaml:'detect[model=pv]'.")
    var rerun: String?

    @Option(help: "With --rerun: a variant of the experiment.")
    var variant: String?

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() async throws {
      if let rerun { return try await compute(rerun) }
      let store = try Store(at: store.path, create: false)
      let result = try store.verifyAll()
      if json {
        printJSON(
          "cache verify",
          [
            "objects": .count(result.objects), "bytes": .count(result.bytes), "damaged": Self.list(result.damaged),
            "incomplete": Self.list(result.incomplete), "conflicts": Self.list(result.conflicts),
            "quarantined": Self.list(try store.quarantined().values.sorted()),
          ])
      } else {
        for text in result.damaged { print("damaged, now in quarantine: \(text)") }
        for text in result.incomplete { print("lacks an output: \(text)") }
        for text in result.conflicts { print("conflict: \(text)") }
        print("\(result.objects) objects, \(spoken(bytes: result.bytes))")
      }
      guard !result.isSound else { return }
      if !result.damaged.isEmpty || !result.incomplete.isEmpty {
        say("error: what is damaged or incomplete is computed again by the next 'lightbench run'")
      }
      if !result.conflicts.isEmpty {
        say("error: equal keys gave different results; the first ones stay. Please report this with both logs")
      }
      Exit.leave(.store)
    }

    private static func list(_ texts: [String]) -> CanonicalValue { .list(texts.map { .text($0) }) }

    // MARK: - Computing again

    private func compute(_ source: String) async throws {
      guard let colon = source.lastIndex(of: ":") else {
        throw ValidationError("--rerun takes EXPERIMENT:SELECTOR, not '\(source)'")
      }
      let (file, selector) = (String(source[..<colon]), String(source[source.index(after: colon)...]))
      let experiment = try OpenExperiment(
        FilePath(file), variant: variant, overrides: [], store: store.path, registry: .lightbench)
      let found = try experiment.plan()
      let wanted = try withoutStopped(try experiment.tasks(matching: [selector]) ?? [], of: found)
      if let missing = found.entries.first(where: { wanted.contains($0.task.index) && !$0.isCached }) {
        throw SelectorError(
          "'\(missing.task.address)' has no result to compare with; run 'lightbench run \(file)' first")
      }
      var settings = Plan.RunSettings(
        threads: ProcessInfo.processInfo.activeProcessorCount, checkpointInterval: 60)
      settings.halves = false  // each is compared by itself
      // The results of tasks before are in the store, so that nothing else is computed.
      let tasks = found.forcing(wanted).scheduled(for: experiment, wanted: wanted, settings: settings)
      let before = try experiment.store.conflicts().count
      let workers = try LocalWorkers.ofThisProgram()
      let memory = Int(Double(ProcessInfo.processInfo.physicalMemory) * 0.9)
      let scheduler = Scheduler(
        workers, resources: .init(tasks: 1, cores: settings.threads, memory: memory), store: experiment.store)
      let outcome = await scheduler.stoppingAtSignals { await scheduler.run(tasks) }
      await workers.stop(gently: true)
      try report(outcome, tasks: tasks, experiment.store, before: before)
    }

    /// Leaves out tasks without a result to compare with because others of their stage did better.
    private func withoutStopped(_ wanted: Set<Int>, of plan: Plan) throws -> Set<Int> {
      let stopped = plan.entries.filter { wanted.contains($0.task.index) && $0.stopping != nil }
      guard !stopped.isEmpty else { return wanted }
      guard stopped.count < wanted.count else {
        throw SelectorError("all tasks that are selected were stopped, and have no result to compare with")
      }
      say("note: left out, because they were stopped: \(stopped.map(\.task.address).joined(separator: ", "))")
      return wanted.subtracting(stopped.map(\.task.index))
    }

    private func report(_ outcome: ScheduleOutcome, tasks: [ScheduledTask], _ store: Store, before: Int) throws {
      let addresses = tasks.filter(\.isForced).map(\.address)
      let different =
        try store.conflicts().count == before ? [] : store.conflicts().filter { addresses.contains($0.address) }
      let failed = outcome.failures.sorted { $0.key < $1.key }.map { "\(tasks[$0.key].address): \($0.value.message)" }
      if json {
        printJSON(
          "cache verify --rerun",
          [
            "tasks": Self.list(addresses), "failed": Self.list(failed),
            "different": .list(
              different.map { ["address": .text($0.address), "outputs": Self.list($0.ports)] }),
          ])
      } else {
        for conflict in different {
          print("differs: \(conflict.address), output '\(conflict.ports.joined(separator: "', '"))'")
        }
        for text in failed { print("failed: \(text)") }
        let same = outcome.computed - Set(different.map(\.address)).count
        print("\(counted(outcome.computed, "task")) computed again, \(same) with the same result")
      }
      guard outcome.exitCode == 0 else { throw ExitCode(outcome.exitCode) }
      if !different.isEmpty { Exit.leave(.store) }
    }
  }
}
