import Executors
import Foundation
import Pipeline
import Recipes
import SystemPackage

/// `lightbench run` for the small stages: the same graph, plan, scheduler, workers and records.
enum SmallRun {
  /// Runs a recipe against a store, two tasks at once; gives the exit code.
  static func run(_ file: FilePath, store: FilePath) async throws -> Int32 {
    let experiment = try OpenExperiment(
      file, variant: nil, overrides: [], store: store, registry: SmallStages.registry)
    let plan = try experiment.plan()
    guard !plan.pending.isEmpty, let program = Foundation.Bundle.main.executablePath else { return 0 }
    let tasks = plan.scheduled(for: experiment, settings: .init(threads: 1, checkpointInterval: 0.02))
    let workers = LocalWorkers(
      FilePath(program), ["work-small"], environment: ProcessInfo.processInfo.environment)
    let scheduler = Scheduler(workers, resources: .init(cores: 2, memory: 8 << 30), store: experiment.store)
    let recorder = try RunRecorder(of: experiment, entries: plan.entries, version: "test")
    let outcome = await scheduler.stoppingAtSignals { await scheduler.run(tasks) { recorder.observe($0) } }
    await workers.stop(gently: true)
    for (place, failure) in outcome.failures.sorted(by: { $0.key < $1.key }) {
      print("failed: \(tasks[place].address): \(failure.message)")
    }
    try recorder.finish(exitCode: outcome.exitCode)
    return outcome.exitCode
  }
}
