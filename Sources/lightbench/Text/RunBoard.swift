import Foundation
import Pipeline
import Synchronization

/// Says how far a run is: a line at the bottom of a terminal, a line now and then elsewhere.
final class RunBoard: Sendable {
  private let tasks: [ScheduledTask]
  private let jobs: Int
  private let isTerminal: Bool
  private let state = Mutex(State())

  private struct State {
    var done = 0
    var cached = 0
    var begun: [Int: Double] = [:]
    var words: [Int: String] = [:]
    var shares: [Int: Double] = [:]
    var lastLine: [Int: Double] = [:]
    var settled: Set<Int> = []
    var failures: [(address: String, failure: TaskFailure, log: String?)] = []
    var start = 0.0
  }

  /// Seconds between two lines about one task where there is no terminal.
  private static let interval = 10.0

  init(_ tasks: [ScheduledTask], jobs: Int) {
    self.tasks = tasks
    self.jobs = jobs
    isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  func begin(_ name: String) {
    state.withLock { $0.start = now }
    write("\(name): \(tasks.count) tasks, \(jobs) at once")
  }

  // MARK: - Events

  func show(_ event: SchedulerEvent) {
    state.withLock { state in
      switch event {
      case .cached(let place, _, _):
        state.cached += 1
        settle(place, &state)
      case .waiting(let place, let process, let host):
        line(place, "waits for process \(process) on \(host), which computes the same", &state)
      case .ordered(let place, _):
        state.begun[place] = now
        state.lastLine[place] = now
      case .event(let place, let event): show(event, of: place, &state)
      case .published(let place, _, let seconds):
        settle(place, &state)
        line(place, "done in \(spoken(seconds: seconds))", &state)
      case .failed(let place, let failure, let log):
        settle(place, &state)
        state.failures.append((tasks[place].address, failure, log))
        line(place, "failed: \(failure.message)", &state)
      case .skipped(let place, _): settle(place, &state)
      }
      bottom(state)
    }
  }

  private func show(_ event: TaskEvent, of place: Int, _ state: inout State) {
    switch event {
    case .progress(let share, let words):
      state.shares[place] = share
      state.words[place] = words
      if !isTerminal, now - (state.lastLine[place] ?? 0) >= Self.interval {
        state.lastLine[place] = now
        line(place, words, &state)
      }
    case .warning(let text): line(place, "warning: \(text)", &state)
    case .resumed(let step): line(place, "resumes at step \(step)", &state)
    case .started, .published, .failed: break
    }
  }

  private func settle(_ place: Int, _ state: inout State) {
    state.done += 1
    state.settled.insert(place)
    state.begun[place] = nil
    state.words[place] = nil
    state.shares[place] = nil
  }

  // MARK: - Lines

  private func line(_ place: Int, _ text: String, _ state: inout State) {
    let left = timeLeft(state).map { ", about \(spoken(seconds: $0)) left" } ?? ""
    write("[\(state.done)/\(tasks.count)\(left)] \(tasks[place].address): \(text)")
  }

  /// The line at the bottom of a terminal: what runs now.
  private func bottom(_ state: State) {
    guard isTerminal else { return }
    let running = state.begun.keys.sorted().map { place in
      let words = state.words[place].map { " (\($0))" } ?? ""
      return tasks[place].address + words
    }
    let left = timeLeft(state).map { ", about \(spoken(seconds: $0)) left" } ?? ""
    let text = "[\(state.done)/\(tasks.count)\(left)] \(running.joined(separator: "; "))"
    output("\r\u{1B}[K" + text.prefix(width - 1))
  }

  /// The work that is left over the work a second so far; nothing in the first seconds.
  private func timeLeft(_ state: State) -> Double? {
    var left = 0.0
    for (place, task) in tasks.enumerated() where !state.settled.contains(place) {
      left += task.cost.seconds * (1 - (state.shares[place] ?? 0))
    }
    return left > 1 ? left / Double(jobs) : nil
  }

  private func write(_ text: String) { output((isTerminal ? "\r\u{1B}[K" : "") + text + "\n") }

  private func output(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

  private var width: Int {
    ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 100
  }

  private var now: Double { Date().timeIntervalSince1970 }

  // MARK: - The end

  /// Says how it ended; each failure with its log and the line to type.
  ///
  /// - Parameter selected: The `--only` options, which going on takes again.
  func end(_ outcome: ScheduleOutcome, retry: String, selected: [String]) {
    state.withLock { state in
      if isTerminal { output("\r\u{1B}[K") }
      for (address, failure, log) in state.failures {
        let lines = failureLines(address, (failure.phase, failure.message), log: log, retry: retry)
        write("\n" + lines.joined(separator: "\n"))
      }
      let seconds = spoken(seconds: now - state.start)
      var parts = ["\(outcome.computed) computed", "\(state.cached) cached"]
      if !outcome.failures.isEmpty { parts.append("\(outcome.failures.count) failed") }
      if !outcome.skipped.isEmpty { parts.append("\(outcome.skipped.count) skipped") }
      if !outcome.unfinished.isEmpty { parts.append("\(outcome.unfinished.count) not finished") }
      write("\(tasks.count) tasks: \(parts.joined(separator: ", ")); \(seconds)")
      if outcome.stop != nil, !outcome.unfinished.isEmpty {
        let only = selected.map { " --only \($0.quotedForShell)" }.joined()
        write("stopped; go on with: \(retry)\(only)")
      }
    }
  }
}
