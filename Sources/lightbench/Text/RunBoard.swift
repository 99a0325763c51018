import Foundation
import Pipeline
import Reports
import Synchronization

/// Says how far a run is: a board at the bottom of a terminal, a line a change of state elsewhere.
final class RunBoard: Sendable {
  private let isTerminal: Bool
  private let isColoured: Bool
  private let isUnicode: Bool
  private let state: Mutex<State>

  private struct State {
    var progress: RunProgress
    /// The lines of the board that are on the screen now.
    var drawn: [BoardLine] = []
    var drawnAt = 0.0
    var failures: [(address: String, failure: TaskFailure, log: String?)] = []
  }

  /// Seconds between two drawings; events come faster.
  private static let interval = 0.1

  private let tasks: [ScheduledTask]
  private let jobs: Int
  private let start = Date().timeIntervalSince1970

  /// - Parameter cached: The places of the tasks that the plan found in the store.
  init(_ title: String, _ tasks: [ScheduledTask], cached: Set<Int>, jobs: Int) {
    self.tasks = tasks
    self.jobs = jobs
    let environment = ProcessInfo.processInfo.environment
    isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"].map { $0 != "dumb" && !$0.isEmpty } ?? false
    isColoured = environment["NO_COLOR"].map(\.isEmpty) ?? true
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    isUnicode = locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
    state = Mutex(State(progress: RunProgress(title, tasks: tasks, cached: cached, jobs: jobs, start: start)))
    if !isTerminal { write("\(title): \(counted(tasks.count, "task")), \(jobs) at once\n") }
  }

  // MARK: - While it runs

  func show(_ event: SchedulerEvent) {
    state.withLock { state in
      if case .failed(let place, let failure, let log) = event {
        state.failures.append((tasks[place].address, failure, log))
      }
      let line = state.progress.take(event, at: now)
      if isTerminal {
        if let line, line.isUrgent { draw(&state, above: line.text) }
        if now - state.drawnAt >= Self.interval { draw(&state) }
      } else if let line {
        let left = state.progress.secondsLeft(at: now).map { ", about \(spoken(seconds: $0)) left" } ?? ""
        write("[\(state.progress.settled)/\(tasks.count)\(left)] \(line.text)\n")
      }
    }
  }

  /// Keeps the board up to date (clocks, the size of the window) while a body runs.
  func ticking<Result: Sendable>(_ body: @Sendable () async -> Result) async -> Result {
    guard isTerminal else { return await body() }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while !Task.isCancelled {
          self.state.withLock { self.draw(&$0) }
          do { try await Task.sleep(for: .milliseconds(250)) } catch { return }
        }
      }
      let result = await body()
      group.cancelAll()
      return result
    }
  }

  private func draw(_ state: inout State, above text: String? = nil) {
    let size = Posix.terminalSize(of: STDOUT_FILENO) ?? (columns: 80, rows: 24)
    let style = BoardStyle(
      columns: size.columns, rows: size.rows, isColoured: isColoured, isUnicode: isUnicode)
    let erased = erasing(state.drawn, columns: size.columns)
    state.drawn = state.progress.board(style, at: now)
    state.drawnAt = now
    write(erased + (text.map { $0 + "\n" } ?? "") + state.drawn.map { $0.coded + "\n" }.joined())
  }

  /// Goes back to where the board begins; in a window that got narrower its lines take several rows.
  private func erasing(_ lines: [BoardLine], columns: Int) -> String {
    guard !lines.isEmpty else { return "" }
    let rows = lines.reduce(0) { $0 + max(1, ($1.text.count + columns - 1) / columns) }
    return "\u{1B}[\(rows)A\r\u{1B}[J"
  }

  private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

  private var now: Double { Date().timeIntervalSince1970 }

  // MARK: - The end

  /// Draws the board for the last time: what is written from now on stands below it.
  func close() {
    guard isTerminal else { return }
    state.withLock { state in
      draw(&state)
      state.drawn = []
    }
  }

  /// Says how it ended; each failure with its log and the line to type.
  ///
  /// - Parameter selected: The words of the options that choose tasks, which going on takes again.
  func end(_ outcome: ScheduleOutcome, retry: String, selected: [String]) {
    state.withLock { state in
      for (address, failure, log) in state.failures {
        let lines = failureLines(address, (failure.phase, failure.message), log: log, retry: retry)
        write("\n" + lines.map { $0 + "\n" }.joined())
      }
      let seconds = spoken(seconds: now - start)
      var parts = ["\(outcome.computed) computed", "\(state.progress.cached) cached"]
      if !outcome.failures.isEmpty { parts.append("\(outcome.failures.count) failed") }
      if !outcome.skipped.isEmpty { parts.append("\(outcome.skipped.count) skipped") }
      if !outcome.stopped.isEmpty { parts.append("\(outcome.stopped.count) stopped") }
      if !outcome.unfinished.isEmpty { parts.append("\(outcome.unfinished.count) not finished") }
      write("\(counted(tasks.count, "task")): \(parts.joined(separator: ", ")); \(seconds)\n")
      if outcome.stop != nil, !outcome.unfinished.isEmpty {
        write("stopped; go on with: \(([retry] + selected.map(\.quotedForShell)).joined(separator: " "))\n")
      }
    }
  }
}
