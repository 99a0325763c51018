import ArgumentParser
import Executors
import Foundation
import Pipeline
import Recipes
import SystemPackage

/// `lightbench run`: computes what is missing, and nothing else.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Compute what is missing; run again after a failure, a kill or a change.")

  @OptionGroup var options: ExperimentOptions

  @Option(name: .shortAndLong, help: "Tasks at once (default: one a core); each gets its share of the cores.")
  var jobs: Int?

  @Option(help: "Only these tasks and what they need: 'train[marker=cfos]'; may be repeated.")
  var only: [String] = []

  @Option(help: "Compute these tasks even if they are in the store: 'train[marker=cfos]'; may be repeated.")
  var force: [String] = []

  @Option(help: "Seconds between two checkpoints of a training.")
  var checkpointEvery = 60.0

  @Flag(help: "Start nothing more after the first failure.")
  var failFast = false

  @Flag(name: .customShort("n"), help: "Only say what would run, as 'plan' does.")
  var dryRun = false

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("-j takes a number of tasks from 1, not \(jobs)") }
    if checkpointEvery <= 0 { throw ValidationError("--checkpoint-every takes seconds above 0") }
  }

  func run() async throws {
    let experiment = try options.open()
    let plan = try experiment.plan(forced: try selected(force, in: experiment.graph) ?? [])
    plan.sayWarnings(of: experiment)
    if dryRun { return print(plan.table(verbose: false, secondsByKind: try experiment.store.secondsByKind())) }
    let wanted = try selected(only, in: experiment.graph)
    let reached = wanted.map { experiment.graph.ancestors(of: $0) } ?? Set(plan.entries.indices)
    let entries = plan.entries.filter { reached.contains($0.task.index) }
    guard entries.contains(where: { !$0.isCached }) else {
      return print("\(experiment.name): \(entries.count) tasks, everything is up to date.")
    }
    let memory = Int(ProcessInfo.processInfo.physicalMemory)
    try plan.refuseTooLarge(memory: memory)
    for warning in plan.warnings(memory: memory, freeDisk: try experiment.store.freeSpace()) {
      say(warning.rendered(in: experiment.recipe.sources))
    }
    let code = try await compute(experiment, plan: plan, entries: entries, wanted: wanted)
    if code != 0 { throw ExitCode(code) }
  }

  private func compute(
    _ experiment: OpenExperiment, plan: Plan, entries: [Plan.Entry], wanted: Set<Int>?
  ) async throws -> Int32 {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let jobs = jobs ?? cores
    let threads = max(1, cores / jobs)
    let settings = Plan.RunSettings(
      threads: threads, checkpointInterval: checkpointEvery, secondsByKind: try experiment.store.secondsByKind())
    let tasks = plan.scheduled(for: experiment, wanted: wanted, settings: settings)
    let workers = LocalWorkers(
      try FilePath(thisProgram()), ["work"], environment: ProcessInfo.processInfo.environment)
    let scheduler = Scheduler(
      workers,
      resources: .init(
        cores: jobs * threads, memory: Int(Double(ProcessInfo.processInfo.physicalMemory) * 0.9)),
      store: experiment.store, stopsAtFailure: failFast)
    let recorder = try RunRecorder(of: experiment, entries: entries, version: Build.version)
    let cached = Set(entries.indices.filter { entries[$0].isCached })
    let board = RunBoard(experiment.name, tasks, cached: cached, jobs: jobs)
    let outcome = await board.ticking {
      await scheduler.stoppingAtSignals {
        await scheduler.run(tasks) { event in
          recorder.observe(event)
          board.show(event)
        }
      }
    }
    await workers.stop(gently: true)
    try recorder.finish(exitCode: outcome.exitCode)
    board.end(outcome, retry: "lightbench run " + options.arguments, selected: only)
    return outcome.exitCode
  }

  private func selected(_ texts: [String], in graph: Graph) throws -> Set<Int>? {
    guard !texts.isEmpty else { return nil }
    var found: Set<Int> = []
    for text in texts {
      let tasks = graph.tasks(matching: try Selector(text))
      guard !tasks.isEmpty else { throw SelectorError("no task of '\(options.experiment)' matches '\(text)'") }
      found.formUnion(tasks.map(\.index))
    }
    return found
  }

  /// The program that runs now: workers are the same one.
  private func thisProgram() throws -> String {
    guard let path = Foundation.Bundle.main.executablePath else {
      throw TaskFailure(code: .internalError, message: "the path of this program is unknown")
    }
    return path
  }
}
