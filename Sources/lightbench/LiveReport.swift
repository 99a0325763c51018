import Dispatch
import Foundation
import Pipeline
import Reports
import Synchronization
import SystemPackage

/// Keeps the report of an experiment current while it runs: a page that an open browser reads again by itself.
///
/// Whatever goes wrong with it is a warning, never the end of a run.
final class LiveReport: Sendable {
  private struct State {
    var progress: RunProgress
    var hasChanged = true
    var hasWarned = false
    var runs: RecentRuns
    /// The last report that was written.
    var last: Report?
  }

  private let experiment: OpenExperiment
  private let page: FilePath
  /// The folder of the page.
  private var folder: FilePath { page.removingLastComponent() }
  private let arguments: String
  private let extras: ReportExtras
  private let state: Mutex<State>
  /// Pages take seconds to make, so none is made where tasks of the run wait for their turn.
  private let queue = DispatchQueue(label: "lightbench.report")

  /// Seconds between two pages at least; a page that takes long to make comes less often.
  private static let interval = 3.0
  /// How many times as long as it took to make a page nothing is made.
  private static let rest = 20.0

  /// - Parameter progress: The run at its beginning.
  init(of experiment: OpenExperiment, _ options: ExperimentOptions, progress: RunProgress) {
    self.experiment = Self.trusting(experiment, options)
    page = options.reportPage(of: experiment)
    arguments = options.arguments
    // What does not change while it runs is read once.
    extras = options.reportExtras(of: experiment)
    state = Mutex(State(progress: progress, runs: options.recentRuns(of: experiment)))
  }

  /// The experiment as it is opened again for every page: what `--rehash` reads again was read for the run.
  private static func trusting(_ experiment: OpenExperiment, _ options: ExperimentOptions) -> OpenExperiment {
    guard options.rehash else { return experiment }
    var again = options
    again.rehash = false
    do { return try again.open() } catch { return experiment }
  }

  // MARK: - While it runs

  func observe(_ event: SchedulerEvent) {
    state.withLock { state in
      _ = state.progress.take(event, at: Date().timeIntervalSince1970)
      state.hasChanged = true
    }
  }

  /// Keeps a page current while a body runs; without a report there is only the body.
  static func keeping<Result: Sendable>(
    _ report: LiveReport?, _ body: @Sendable () async -> Result
  ) async -> Result {
    guard let report else { return await body() }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while !Task.isCancelled {
          let seconds = await report.onQueue { report.writeChanges() }
          do { try await Task.sleep(for: .seconds(max(interval, rest * seconds))) } catch { return }
        }
      }
      let result = await body()
      group.cancelAll()
      return result
    }
  }

  /// - Returns: How many seconds it took.
  private func writeChanges() -> Double {
    let progress = state.withLock { state -> RunProgress? in
      defer { state.hasChanged = false }
      return state.hasChanged ? state.progress : nil
    }
    guard let progress else { return 0 }
    let start = Date()
    attempt { try write(Report(source(), progress: ReportProgress(progress, at: start.timeIntervalSince1970))) }
    return Date().timeIntervalSince(start)
  }

  // MARK: - The end

  /// Writes it for the last time.
  ///
  /// A run that came to its end has all of it, which takes seconds: until then the page says that more is to come, and
  /// reads itself again. One that was stopped has what the page while running has, and one that was stopped at once the
  /// last page as it is: nobody wants to wait then.
  func finish(exitCode: Int32) async {
    await onQueue { self.end(exitCode: exitCode) }
  }

  private func end(exitCode: Int32) {
    let code = Exit(rawValue: exitCode)
    do {
      if code == .stoppedAtOnce, let last = lastWritten {
        try write(last.ended())
      } else if code == .stopped || code == .stoppedAtOnce {
        try write(Report(source(), progress: nil, isQuick: true))
      } else {
        try writeAll()
      }
      tell("report: \(page)")
    } catch {
      warn(error)
      // An open page would read itself again for ever, and show what is no longer so.
      let notice =
        "This is how it was while the run went on; the last report could not be made: \(Exit.words(for: error))"
      if let last = lastWritten { attempt { try write(last.ended(saying: notice)) } }
    }
  }

  private func writeAll() throws {
    let source = try source()
    let now = Date().timeIntervalSince1970
    let progress = state.withLock { ReportProgress($0.progress, at: now, isOver: true) }
    if progress.all > 0 { try write(Report(source, progress: progress)) }
    let report = Report(source)
    // The files first: the page names them.
    let (_, note) = try ReportFiles(report, at: page).writeFolder(.ofThisMachine)
    try write(report)
    if let note { say("note: \(note)") }
  }

  // MARK: - Private

  private var lastWritten: Report? { state.withLock { $0.last } }

  private func write(_ report: Report) throws {
    try ReportFiles(report, at: page).writePage()
    state.withLock { $0.last = report }
  }

  private func source() throws -> ReportSource {
    // Outside of the lock, which the run waits for; pages are made one after the other.
    var recent = state.withLock { $0.runs }
    let runs = try recent.read(from: experiment.store)
    state.withLock { $0.runs = recent }
    var source = ReportSource(
      experiment, plan: try experiment.plan(), for: folder, runs: runs, arguments: arguments, version: Build.version)
    source.take(extras)
    return source
  }

  private func onQueue<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: work()) }
    }
  }

  private func attempt(_ work: () throws -> Void) {
    do { try work() } catch { warn(error) }
  }

  /// Says it once: the next page would fail as well.
  private func warn(_ error: any Error) {
    let isFirst = state.withLock { state in
      defer { state.hasWarned = true }
      return !state.hasWarned
    }
    if isFirst { say("warning: the report '\(page)' is not current: \(Exit.words(for: error))") }
  }
}
