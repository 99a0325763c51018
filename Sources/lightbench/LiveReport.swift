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
  }

  private let experiment: OpenExperiment
  private let page: FilePath
  private let arguments: String
  private let leaderboard: Leaderboard?
  private let repeats: Plan?
  private let state: Mutex<State>

  /// Seconds between two pages at least; a page that takes long to make comes less often.
  private static let interval = 3.0
  /// How many times as long as it took to make a page nothing is made.
  private static let rest = 20.0

  /// - Parameter progress: The run at its beginning.
  init(of experiment: OpenExperiment, _ options: ExperimentOptions, progress: RunProgress) {
    self.experiment = experiment
    page = options.reportPage(of: experiment)
    arguments = options.arguments
    state = Mutex(State(progress: progress))
    do {
      // What does not change while it runs is read once.
      let plan = try experiment.plan()
      let source = try options.reportSource(of: experiment, plan: plan)
      (leaderboard, repeats) = (source.leaderboard, source.repeats)
    } catch {
      (leaderboard, repeats) = (nil, nil)
      warn(error)
    }
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
          let seconds = report.writeChanges()
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
    attempt {
      try ReportFiles(Report(source(), progress: ReportProgress(progress, at: start.timeIntervalSince1970)), at: page)
        .writePage()
    }
    return Date().timeIntervalSince(start)
  }

  // MARK: - The end

  /// Writes it for the last time: first a page that no longer reads itself again, then, which takes seconds, all of it.
  func finish() {
    attempt {
      let source = try source()
      try ReportFiles(Report(source, progress: nil, isQuick: true), at: page).writePage()
      let files = ReportFiles(Report(source), at: page)
      try files.writePage()
      _ = try files.writeFolder(.ofThisMachine)
      tell("report: \(page)")
    }
  }

  // MARK: - Private

  private func source() throws -> ReportSource {
    var source = try ReportSource(
      experiment, plan: experiment.plan(), arguments: arguments, version: Build.version)
    (source.leaderboard, source.repeats) = (leaderboard, repeats)
    return source
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
