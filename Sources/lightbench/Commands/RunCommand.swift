import ArgumentParser
import Executors
import Foundation
import Pipeline
import Recipes
import Reports
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

  @Option(help: "Everything but what comes after these tasks: 'detect'; may be repeated.")
  var until: [String] = []

  @Option(
    help: """
      Compute these tasks even if they are in the store, a training from its first step; the first result stays, and \
      another one is recorded as a conflict. May be repeated.
      """)
  var force: [String] = []

  @Option(help: "Stop after checkpoints at a time of day, '07:30', or after a time, '8h'; exit code 75.")
  var deadline: Deadline?

  @Option(help: "Seconds between two checkpoints of a training.")
  var checkpointEvery = 60.0

  @Flag(help: "Start nothing more after the first failure.")
  var failFast = false

  @Flag(
    help: """
      Keep the report current while it runs: reports/NAME.html in the store, which an open browser reads again by itself.
      """)
  var report = false

  @Flag(name: .customShort("n"), help: "Only say what would run, as 'plan' does.")
  var dryRun = false

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("-j takes a number of tasks from 1, not \(jobs)") }
    if checkpointEvery <= 0 { throw ValidationError("--checkpoint-every takes seconds above 0") }
  }

  func run() async throws {
    let experiment = try options.open()
    let quarantined = try experiment.store.quarantined()
    let wanted = try wanted(in: experiment)
    let plan = try experiment.plan(forced: try experiment.tasks(matching: force) ?? [])
    plan.sayWarnings(of: experiment)
    let part = plan.part(plan.reached(by: wanted))
    try part.fit(into: experiment)
    if dryRun { return print(part.table(verbose: false, durations: try Durations(for: part, in: experiment.store))) }
    guard !part.pending.isEmpty else {
      let stopped = part.entries.count { $0.stopping != nil }
      let words = stopped > 0 ? " (\(stopped) of them stopped)" : ""
      print("\(experiment.name): \(counted(part.entries.count, "task"))\(words), everything is up to date.")
      noteUse(of: experiment, part)
      await liveReport(of: experiment, [], cached: [], jobs: 1)?.finish(exitCode: 0)
      return
    }
    let code = try await compute(
      experiment, plan: plan, entries: part.entries, wanted: wanted, quarantined: Set(quarantined.keys))
    if code != 0 { throw ExitCode(code) }
  }

  /// Where no record can be written, as in a store that is only read, everything is up to date all the same.
  private func noteUse(of experiment: OpenExperiment, _ part: Plan) {
    do {
      try RunRecorder.noteUse(
        of: experiment, entries: part.entries, version: Build.version, choice: choice(of: experiment))
    } catch {
      say("note: 'cache gc' will not know that these results are in use, for lack of a record: \(error)")
    }
  }

  private func compute(
    _ experiment: OpenExperiment, plan: Plan, entries: [Plan.Entry], wanted: Set<Int>?, quarantined: Set<String>
  ) async throws -> Int32 {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let jobs = jobs ?? cores
    let threads = max(1, cores / jobs)
    let settings = Plan.RunSettings(
      threads: threads, checkpointInterval: checkpointEvery,
      durations: try Durations(of: experiment.store))
    let tasks = plan.scheduled(for: experiment, wanted: wanted, settings: settings)
    // The record and the board know a task by its place.
    precondition(
      tasks.map(\.address) == entries.map(\.task.address), "the tasks that run are not those that are recorded")
    let workers = try LocalWorkers.ofThisProgram()
    let scheduler = Scheduler(
      workers,
      resources: .init(
        tasks: jobs, cores: max(jobs * threads, cores),
        memory: Int(Double(ProcessInfo.processInfo.physicalMemory) * 0.9)),
      store: experiment.store, stopsAtFailure: failFast)
    let recorder = try RunRecorder(
      of: experiment, entries: entries, version: Build.version, choice: choice(of: experiment))
    let cached = Set(entries.indices.filter { entries[$0].isCached && !entries[$0].isPending })
    let board = RunBoard(experiment.name, tasks, cached: cached, jobs: jobs)
    let report = liveReport(of: experiment, tasks, cached: cached, jobs: jobs)
    if let notice = plan.numericsNotice(settings.durations) { say(notice) }
    let outcome = await board.ticking {
      await LiveReport.keeping(report) {
        await scheduler.stoppingAtSignals(orAfter: deadline?.seconds) {
          await scheduler.run(tasks) { event in
            recorder.observe(event)
            board.show(event)
            report?.observe(event)
          }
        }
      }
    }
    board.close()
    await workers.stop(gently: true)
    // A store that cannot say how it is keeps nobody from reading how the run ended, nor its record from ending.
    let damaged = Result {
      try experiment.store.quarantined().filter { !quarantined.contains($0.key) }.map(\.value).sorted()
    }
    let said = Result { try sayStore(experiment.store, outcome, try damaged.get()) }
    board.end(outcome, retry: "lightbench run " + options.arguments, selected: choice(of: experiment).words)
    // Last, so that a record that cannot be written keeps nobody from reading how the run ended.
    let recorded = Result { try recorder.finish(exitCode: outcome.exitCode, quarantined: (try? damaged.get()) ?? []) }
    await report?.finish(exitCode: outcome.exitCode)
    try recorded.get()
    try said.get()
    return outcome.exitCode
  }

  /// The report that `--report` asks for.
  private func liveReport(
    of experiment: OpenExperiment, _ tasks: [ScheduledTask], cached: Set<Int>, jobs: Int
  ) -> LiveReport? {
    guard report else { return nil }
    let start = Date().timeIntervalSince1970
    return LiveReport(
      of: experiment, options,
      progress: RunProgress(experiment.name, tasks: tasks, cached: cached, jobs: jobs, start: start))
  }

  /// What the run did to the store.
  private func sayStore(_ store: Store, _ outcome: ScheduleOutcome, _ damaged: [String]) throws {
    for text in damaged { tell("damaged, now in quarantine: \(text)") }
    let disk = try store.disk()
    tell("store: \(spoken(bytes: outcome.bytes)) new, \(spoken(bytes: disk.free)) free on its disk")
    guard disk.isNearlyFull else { return }
    say(
      "warning: the disk of the store '\(store.root)' has \(spoken(bytes: disk.free)) of \(spoken(bytes: disk.size)) "
        + "left; 'lightbench cache gc' removes what nothing reaches")
  }

  /// What is asked for of the experiment, for its record.
  private func choice(of experiment: OpenExperiment) -> RunRecord.Choice {
    RunRecord.Choice(only: only, until: until, tasks: experiment.graph.tasks.count, profile: options.profile)
  }

  /// The tasks that `--only` names, without what comes after those of `--until`; nil for all.
  private func wanted(in experiment: OpenExperiment) throws -> Set<Int>? {
    let chosen = try experiment.tasks(matching: only)
    guard let last = try experiment.tasks(matching: until) else { return chosen }
    let all = chosen ?? Set(experiment.graph.tasks.indices)
    return all.subtracting(experiment.graph.descendants(of: last))
  }
}
