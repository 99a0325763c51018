public import Pipeline
import Synchronization
public import SystemPackage

/// Runs tasks in worker processes of this machine, which stay alive between tasks.
///
/// The death of a worker costs the task that it was doing; the next task gets a fresh one. How many run at once is
/// the scheduler's business: every order that comes while all workers are busy starts one more.
public final class LocalWorkers: Executor {
  private let program: FilePath
  private let arguments: [String]
  private let environment: [String: String]
  private let state = Mutex(State())

  private struct State {
    var idle: [WorkerProcess] = []
    var busy: [ObjectIdentifier: WorkerProcess] = [:]
    var isStopped = false
    var started = 0
  }

  /// - Parameters:
  ///   - program: What to start; with `arguments`, a program that calls `Worker.serve`.
  ///   - environment: All its variables.
  public init(_ program: FilePath, _ arguments: [String], environment: [String: String]) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
  }

  deinit {
    for worker in state.withLock({ $0.idle }) { worker.dismiss() }
  }

  /// How many processes were started so far.
  public var started: Int { state.withLock { $0.started } }

  // MARK: - Executor

  /// Lets a worker do a task, an idle one if there is any.
  ///
  /// - Throws: `TaskPause` at the rung of the order. `TaskFailure`: that of the task, or of code `died`, `killed` or
  ///   `outOfMemory` where the worker ended.
  public func execute(
    _ order: TaskOrder, onEvent: @escaping @Sendable (TaskEvent) -> Void
  ) async throws -> Manifest {
    let worker = try checkOut(order)
    let result = await worker.perform(order, onEvent)
    checkIn(worker)
    return try result.get()
  }

  /// Starts nothing more; running tasks stop after a checkpoint, or are killed with all that they started.
  public func stop(gently: Bool) async {
    let (idle, busy) = state.withLock { state in
      state.isStopped = true
      defer { state.idle = [] }
      return (state.idle, Array(state.busy.values))
    }
    for worker in idle { worker.dismiss() }
    for worker in busy { if gently { worker.askToStop() } else { worker.kill() } }
    // Idle workers end when their input does; a run that returns has no process left behind.
    for worker in idle { await worker.ended() }
  }

  // MARK: - Pool

  /// An idle worker, if possible the one whose last task had most inputs of this one.
  private func checkOut(_ order: TaskOrder) throws -> WorkerProcess {
    let wanted = order.inputDigests
    return try state.withLock { state in
      guard !state.isStopped else { throw WorkerProcess.stopped }
      state.idle.removeAll { !$0.isAlive }
      let shared = state.idle.map { $0.loaded.intersection(wanted).count }
      if let place = shared.indices.max(by: { shared[$0] < shared[$1] }) {
        let worker = state.idle.remove(at: place)
        state.busy[ObjectIdentifier(worker)] = worker
        return worker
      }
      do {
        let worker = try WorkerProcess(program, arguments, environment)
        state.started += 1
        state.busy[ObjectIdentifier(worker)] = worker
        return worker
      } catch let error as SystemError {
        throw TaskFailure(code: .died, message: "a worker cannot be started: \(error)", phase: "start")
      }
    }
  }

  private func checkIn(_ worker: WorkerProcess) {
    let isNeeded = state.withLock { state in
      state.busy[ObjectIdentifier(worker)] = nil
      let isNeeded = worker.isAlive && !state.isStopped
      if isNeeded { state.idle.append(worker) }
      return isNeeded
    }
    if !isNeeded { worker.dismiss() }
  }
}
