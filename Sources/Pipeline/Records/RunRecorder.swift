import Foundation
import Recipes
import Synchronization
import SystemPackage

/// Keeps the record of a run while the scheduler works.
public final class RunRecorder: Sendable {
  private let writer: RunWriter
  private let tasks: [Plan.Entry]
  private let failure = Mutex<(any Error)?>(nil)

  /// Begins the record of an experiment; `entries` are the tasks in the order of the scheduler's.
  public init(
    of experiment: OpenExperiment, entries: [Plan.Entry], version: String, choice: RunRecord.Choice? = nil
  ) throws {
    tasks = entries
    writer = try RunWriter(in: experiment.store, Self.header(of: experiment, version: version, choice: choice))
    // What was found is on record from the first, so that `cache gc` lets it lie.
    try writer.write(
      entries.map { entry in
        var task = Self.firstLine(entry, .planned)
        task.fingerprint = entry.manifest?.fingerprint
        return task
      })
  }

  /// Records that everything was found up to date, so that `cache gc` knows the results of daily use from old ones.
  ///
  /// Once a day for one experiment with its overrides, what is chosen of it and the results: who has nothing to do shall not wait
  /// for a record.
  public static func noteUse(
    of experiment: OpenExperiment, entries: [Plan.Entry], version: String, choice: RunRecord.Choice? = nil
  ) throws {
    let header = header(of: experiment, version: version, choice: choice)
    let used = Set(entries.compactMap { $0.manifest?.fingerprint })
    guard try !experiment.store.hasRun(covering: header, using: used, since: header.started - 86_400) else { return }
    let writer = try RunWriter(in: experiment.store, header)
    do {
      try writer.write(
        try entries.map { entry in
          if let stopping = entry.stopping { return try line(of: entry, stoppedBy: stopping, in: firstLine) }
          var task = firstLine(entry, .cached)
          task.fingerprint = entry.manifest?.fingerprint
          task.key = entry.manifest?.key
          return task
        })
      try writer.finish(exitCode: 0)
    } catch {
      try? Posix.remove(writer.path)  // half of it would look like a run that was killed
      throw error
    }
  }

  private static func header(
    of experiment: OpenExperiment, version: String, choice: RunRecord.Choice?
  ) -> RunRecord.Header {
    RunRecord.Header(
      experiment: experiment.file.string, name: experiment.recipe.name, variant: experiment.recipe.variant,
      overrides: experiment.overrides, recipe: experiment.resolvedRecipe(in: nil), version: version,
      started: Date().timeIntervalSince1970, host: Posix.hostName, process: Posix.processIdentifier,
      began: Posix.startTime(of: Posix.processIdentifier), choice: choice)
  }

  /// What is known of a task from its plan.
  private static func firstLine(_ entry: Plan.Entry, _ state: RunRecord.State) -> RunRecord.Task {
    var task = line(entry, state)
    task.stage = entry.task.stage
    task.kind = entry.task.prepared.kind
    task.planKey = entry.planKey
    task.estimate = entry.task.prepared.cost.seconds
    return task
  }

  /// The name of the run.
  public var id: String { writer.id }

  /// Takes down a change of state; a record that cannot be written does not stop the work.
  public func observe(_ event: SchedulerEvent) {
    do { try record(event) } catch { failure.withLock { $0 = $0 ?? error } }
  }

  /// Ends the record.
  ///
  /// - Parameter quarantined: What was found damaged, with the reason.
  /// - Throws: The first error that kept a line from being written.
  public func finish(exitCode: Int32, quarantined: [String] = []) throws {
    try writer.finish(exitCode: exitCode, quarantined: quarantined)
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func record(_ event: SchedulerEvent) throws {
    switch event {
    case .cached(let place, let manifest, _):
      var task = Self.line(tasks[place], .cached)
      task.fingerprint = manifest.fingerprint
      task.key = manifest.key
      try writer.write(task)
    case .ordered(let place, let order):
      var task = Self.line(tasks[place], .started)
      task.fingerprint = try order.key.digest()
      task.key = order.key
      task.log = order.log
      try writer.write(task)
    case .event(let place, .resumed(let step)):
      var task = Self.line(tasks[place], .resumed)
      task.step = step
      try writer.write(task)
    case .published(let place, let manifest, let seconds):
      var task = Self.line(tasks[place], .published)
      task.fingerprint = manifest.fingerprint
      task.seconds = seconds
      try writer.write(task)
    case .failed(let place, let reason, let log):
      var task = Self.line(tasks[place], .failed)
      task.failure = reason
      task.log = log
      try writer.write(task)
    case .retried(let place, let reason, _):
      var task = Self.line(tasks[place], .planned)
      task.retry = reason.message
      try writer.write(task)
    case .lost(let place, let reader):
      var task = Self.line(tasks[place], .planned)
      task.retry = "an output was damaged or lost when \(tasks[reader].task.address) wanted to read it"
      try writer.write(task)
    case .skipped(let place, let culprit):
      var task = Self.line(tasks[place], .skipped)
      task.because = tasks[culprit].task.address
      try writer.write(task)
    case .paused(let place, let rung):
      var task = Self.line(tasks[place], .paused)
      task.step = rung.step
      task.trajectory = rung.trajectory
      try writer.write(task)
    case .stopped(let place, let stopping):
      try writer.write(try Self.line(of: tasks[place], stoppedBy: stopping))
    case .waiting, .event: break
    }
  }

  /// A task that others did better than, or that needs one; its fingerprint keeps its rungs from `cache gc`.
  private static func line(
    of entry: Plan.Entry, stoppedBy stopping: Stopping,
    in line: (Plan.Entry, RunRecord.State) -> RunRecord.Task = RunRecorder.line
  ) throws -> RunRecord.Task {
    var task = line(entry, .stopped)
    task.fingerprint = try entry.key?.digest()
    task.step = stopping.step
    if stopping.address != entry.task.address { task.because = stopping.address }
    return task
  }

  private static func line(_ entry: Plan.Entry, _ state: RunRecord.State) -> RunRecord.Task {
    RunRecord.Task(entry.task.address, state, time: Date().timeIntervalSince1970)
  }
}
