import Dispatch
import Fingerprints
import Foundation
import Pipeline
import Synchronization
import SystemPackage

/// One `lightbench work` seen from outside: orders in, events out, and how it ended.
///
/// A thread reads what the process says until it ends; it alone calls the task's continuation.
final class WorkerProcess: Sendable {
  static let stopped = TaskFailure(code: .stopped, message: "stopped before it was done")

  private struct State {
    var job: Job?
    var isAlive = true
    var mustEnd: TaskFailure?
    var waiting: [CheckedContinuation<Void, Never>] = []
    var jobs = 0
    var loaded: Set<Digest> = []
  }

  private struct Job {
    let order: TaskOrder
    let number: Int
    /// How many processes of this machine had died for want of memory when it began.
    let outOfMemory: Int
    let onEvent: @Sendable (TaskEvent) -> Void
    let continuation: CheckedContinuation<Result<Manifest, any Error>, Never>
  }

  let process: Int32
  private let input: Int32
  private let isInputOpen = Mutex(true)
  /// Whether its number may be another process's; held while it is killed.
  private let isCollected = Mutex(false)
  private let state = Mutex(State())

  init(_ program: FilePath, _ arguments: [String], _ environment: [String: String]) throws {
    let child = try Posix.spawn(program, arguments, environment: environment)
    process = child.process
    input = child.input
    let reader = Thread { [self] in
      Posix.lines(of: child.output) { hear($0) }
      Posix.closeChannel(child.output)
      // Whatever closed its output is of no more use, even if it still lives.
      Posix.killGroup(of: process)
      isCollected.withLock { $0 = true }
      let ending = Posix.wait(for: process)
      // A worker that was killed from outside could not end what its command had started.
      Posix.endOrphans()
      finish(ending)
    }
    reader.start()
  }

  var isAlive: Bool { state.withLock { $0.isAlive } }

  /// The objects that its last task loaded.
  var loaded: Set<Digest> { state.withLock { $0.loaded } }

  // MARK: - Orders

  /// Lets the process do a task; returns when it answered, died, or was killed for its time limit.
  func perform(_ order: TaskOrder, _ onEvent: @escaping @Sendable (TaskEvent) -> Void) async -> Result<
    Manifest, any Error
  > {
    await withCheckedContinuation { continuation in
      let number: Int? = state.withLock { state in
        guard state.isAlive else { return nil }
        state.jobs += 1
        state.loaded = order.inputDigests
        state.job = Job(
          order: order, number: state.jobs, outOfMemory: Posix.outOfMemoryKills(), onEvent: onEvent,
          continuation: continuation)
        return state.jobs
      }
      guard let number else {
        continuation.resume(returning: .failure(TaskFailure(code: .died, message: "the worker ended before the task")))
        return
      }
      send(.order(order))
      if let limit = order.timeLimit {
        DispatchQueue.global().asyncAfter(deadline: .now() + limit) { [weak self] in self?.expire(number, limit) }
      }
    }
  }

  /// Lets the running task end after a checkpoint.
  func askToStop() { send(.stop) }

  /// Ends the process now.
  ///
  /// - Returns: False where it has ended already: its number may be another's, and nothing is killed.
  @discardableResult
  func kill() -> Bool {
    state.withLock { $0.mustEnd = $0.mustEnd ?? Self.stopped }
    return end { _ in true }
  }

  /// Kills the process and all that it started, where it has not ended and the state says so too.
  @discardableResult
  private func end(where isMeant: (inout State) -> Bool) -> Bool {
    isCollected.withLock { isCollected in
      guard !isCollected, state.withLock({ isMeant(&$0) }) else { return false }
      Posix.killGroup(of: process)
      return true
    }
  }

  /// Closes the input, at which an idle process ends by itself.
  func dismiss() {
    isInputOpen.withLock { isOpen in
      if isOpen { Posix.closeChannel(input) }
      isOpen = false
    }
  }

  /// Returns when the process is gone.
  func ended() async {
    await withCheckedContinuation { continuation in
      let isAlive = state.withLock { state in
        if state.isAlive { state.waiting.append(continuation) }
        return state.isAlive
      }
      if !isAlive { continuation.resume() }
    }
  }

  private func send(_ message: WorkerMessage) {
    isInputOpen.withLock { isOpen in
      guard isOpen else { return }
      do {
        // False when the process is dead: the reader thread hears of that by itself.
        _ = Posix.send(try message.line, into: input)
      } catch {
        answer(.failure(TaskFailure(code: .internalError, message: "the order cannot be written: \(error)")))
      }
    }
  }

  private func expire(_ number: Int, _ limit: Double) {
    end { state in
      guard state.job?.number == number else { return false }
      let words = limit < 10 ? "\(limit)" : "\(Int(limit))"
      state.mustEnd = TaskFailure(code: .timedOut, message: "ran past its time limit of \(words) s and was killed")
      return true
    }
  }

  // MARK: - Answers

  private func hear(_ line: [UInt8]) {
    let event: TaskEvent
    do {
      event = try TaskEvent(line: line)
    } catch {
      // A protocol that is broken cannot be mended: its process ends, and its task with it.
      let words = "the worker wrote '\(String(decoding: line.prefix(80), as: UTF8.self))', which is no event"
      end {
        $0.mustEnd = TaskFailure(code: .died, message: words)
        return true
      }
      return
    }
    switch event {
    case .published(let manifest): answer(.success(manifest))
    case .paused(let rung): answer(.failure(TaskPause(rung: rung)))
    case .failed(let failure): answer(.failure(failure))
    default: state.withLock { $0.job }?.onEvent(event)
    }
  }

  private func answer(_ result: Result<Manifest, any Error>) {
    let job = state.withLock { state in
      defer { state.job = nil }
      return state.job
    }
    job?.continuation.resume(returning: result)
  }

  private func finish(_ ending: Posix.Ending) {
    let (failure, waiting, before) = state.withLock { state in
      state.isAlive = false
      defer { state.waiting = [] }
      return (state.mustEnd, state.waiting, state.job?.outOfMemory)
    }
    dismiss()
    let isOutOfMemory = before.map { Posix.outOfMemoryKills() > $0 } ?? false
    answer(.failure(failure ?? Self.death(ending, isOutOfMemory: isOutOfMemory)))
    for continuation in waiting { continuation.resume() }
  }

  static func death(_ ending: Posix.Ending, isOutOfMemory: Bool) -> TaskFailure {
    switch ending {
    case .exited(let status):
      TaskFailure(code: .died, message: "the worker ended with status \(status) in the middle of the task; see its log")
    case .signalled(Posix.killSignal) where isOutOfMemory:
      TaskFailure(
        code: .outOfMemory,
        message: "the worker was killed because the machine had no memory left; 'needs: {memory: ...}' reserves it")
    case .signalled(let signal):
      TaskFailure(
        code: Posix.faultSignals.contains(signal) ? .died : .killed,
        message: "the worker was killed by signal \(signal) (\(Posix.name(ofSignal: signal))); see its log")
    }
  }
}
