import Executors
import Foundation
import Pipeline
import Recipes
import SystemPackage

/// What the processes of the runner's benchmark do: plan, run or work, as `lightbench` does with other stage kinds.
enum RunnerProcess {
  /// What a process says of itself, as the last line of its output.
  struct Outcome: Codable, Sendable {
    var tasks = 0
    var cached = 0
    var computed = 0
    /// The largest resident memory, in MiB.
    var peakMebibytes: Double?
  }

  /// Does what the words after `runner` ask for: `--plan FILE STORE`, `--run FILE STORE JOBS` or `--work`.
  ///
  /// - Returns: False where they ask for none of these.
  static func serve(_ words: [String]) async throws -> Bool {
    switch (words.first, words.count) {
    case ("--plan", 3): try report(plan(words[1], store: words[2]))
    case ("--run", 4): try await report(run(words[1], store: words[2], jobs: Int(words[3]) ?? 1))
    case ("--work", 1): try await Worker(TalliedStages(EmptyStages.registry), build: "bench").serve()
    default: return false
    }
    return true
  }

  private static func report(_ outcome: Outcome) throws {
    var outcome = outcome
    outcome.peakMebibytes = ResidentMemory.peak
    print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
  }

  private static func open(_ file: String, _ store: String) throws -> OpenExperiment {
    try OpenExperiment(
      FilePath(file), variant: nil, overrides: [], store: FilePath(store), registry: EmptyStages.registry)
  }

  /// `lightbench plan`.
  private static func plan(_ file: String, store: String) throws -> Outcome {
    let experiment = try open(file, store)
    let plan = try experiment.plan()
    _ = try Durations(for: plan, in: experiment.store)
    for warning in plan.warnings { note(warning.message) }
    return Outcome(tasks: plan.entries.count, cached: plan.entries.count - plan.pending.count)
  }

  /// `lightbench run -j JOBS`.
  private static func run(_ file: String, store: String, jobs: Int) async throws -> Outcome {
    let experiment = try open(file, store)
    let plan = try experiment.plan()
    for warning in plan.warnings { note(warning.message) }
    var outcome = Outcome(tasks: plan.entries.count, cached: plan.entries.count - plan.pending.count)
    guard !plan.pending.isEmpty else { return outcome }
    let settings = Plan.RunSettings(
      threads: 1, checkpointInterval: 60, durations: try Durations(of: experiment.store))
    let tasks = plan.scheduled(for: experiment, settings: settings)
    let workers = LocalWorkers(
      FilePath(try program()), ["runner", "--work"], environment: ProcessInfo.processInfo.environment)
    let memory = Int(Double(ProcessInfo.processInfo.physicalMemory) * 0.9)
    let scheduler = Scheduler(workers, resources: .init(cores: jobs, memory: memory), store: experiment.store)
    let recorder = try RunRecorder(of: experiment, entries: plan.entries, version: "bench")
    let board = LineBoard(tasks)
    let ended = await scheduler.stoppingAtSignals {
      await scheduler.run(tasks) { event in
        recorder.observe(event)
        board.show(event)
      }
    }
    await workers.stop(gently: true)
    try recorder.finish(exitCode: ended.exitCode)
    guard ended.exitCode == 0 else { throw BenchmarkError("\(ended.failures.count) empty tasks failed") }
    outcome.computed = ended.computed
    return outcome
  }

  /// The program that runs now: its workers are the same one.
  static func program() throws -> String {
    guard let path = Foundation.Bundle.main.executablePath else {
      throw BenchmarkError("the path of this program is unknown")
    }
    return path
  }
}

/// A line a task, as `lightbench run` writes where there is no terminal.
private struct LineBoard: Sendable {
  private let tasks: [ScheduledTask]

  init(_ tasks: [ScheduledTask]) { self.tasks = tasks }

  func show(_ event: SchedulerEvent) {
    switch event {
    case .published(let place, _, let seconds): write("\(tasks[place].address): done in \(seconds) s")
    case .failed(let place, let failure, _): write("\(tasks[place].address): failed: \(failure.message)")
    default: break
    }
  }

  private func write(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
