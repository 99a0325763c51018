import Fingerprints
import Synchronization

/// Runs tasks when what they need is there: their inputs, cores and memory; the longest way to the end goes first.
public final class Scheduler: Sendable {
  /// What tasks share.
  public struct Resources: Sendable, Hashable {
    /// Tasks at once.
    public var tasks: Int
    /// Threads of all tasks together.
    public var cores: Int
    /// Bytes.
    public var memory: Int

    /// Limits from 1; memory in bytes.
    public init(tasks: Int = .max, cores: Int, memory: Int) {
      self.tasks = tasks
      self.cores = cores
      self.memory = memory
    }
  }

  /// How a run is stopped.
  public enum Stop: Sendable, Hashable {
    /// Running tasks end after a checkpoint.
    case gently
    /// Running tasks are killed.
    case atOnce
  }

  let executor: any Executor
  let resources: Resources
  /// Nil in tests without files: then nothing is claimed.
  let store: Store?
  let stopsAtFailure: Bool
  private let stopped = Mutex<Stop?>(nil)

  /// - Parameters:
  ///   - store: Where tasks are claimed, so that another process with the same tasks waits for ours.
  ///   - stopsAtFailure: Whether the first failure ends the run (`--fail-fast`).
  public init(_ executor: any Executor, resources: Resources, store: Store?, stopsAtFailure: Bool = false) {
    self.executor = executor
    self.resources = resources
    self.store = store
    self.stopsAtFailure = stopsAtFailure
  }

  // MARK: -

  /// Runs all tasks; returns when each is done, failed, skipped or stopped.
  ///
  /// - Parameter observe: Called with every change, one at a time.
  public func run(
    _ tasks: [ScheduledTask], observe: @escaping @Sendable (SchedulerEvent) -> Void = { _ in }
  ) async -> ScheduleOutcome {
    var schedule = Schedule(tasks, resources, observe: Observer(observe))
    var endedByFailure = false
    let temporary = tasks.contains(where: \.isTemporary) ? store.map(TemporaryOutputs.init) : nil
    await withTaskGroup(of: Step.self) { group in
      var running = 0
      while true {
        advance(&schedule, &group, &running)
        await stopAfterFailure(schedule.outcome, &endedByFailure)
        guard running > 0, let step = await group.next() else { break }
        running -= 1
        if case .ended(_, _, .success(let manifest), _, _, _) = step { temporary?.note(manifest) }
        take(step, &schedule)
        await stopAfterFailure(schedule.outcome, &endedByFailure)
        // What cannot be removed now stays until `cache gc`; no result hangs on it.
        for manifest in schedule.takeSpent() { try? temporary?.drop(manifest) }
      }
    }
    return schedule.finish(stop, endedByFailure: endedByFailure)
  }

  /// Stops where the first failure ends the run, or the next task would fail of the same: on a full disk.
  private func stopAfterFailure(_ outcome: ScheduleOutcome, _ endedByFailure: inout Bool) async {
    guard stop == nil, !outcome.failures.isEmpty else { return }
    guard stopsAtFailure || outcome.failures.values.contains(where: { $0.code == .environment }) else { return }
    endedByFailure = true
    await stop(.gently)
  }

  /// Begins nothing more, and ends what runs; the second time, or with `atOnce`, by killing.
  public func stop(_ how: Stop) async {
    let now = stopped.withLock { stopped in
      let escalated: Stop = stopped == nil ? how : .atOnce
      stopped = escalated
      return escalated
    }
    await executor.stop(gently: now == .gently)
  }

  /// Whether and how the run was stopped.
  public var stop: Stop? { stopped.withLock { $0 } }

  // MARK: - Steps

  /// Who published what a worker came back with.
  enum Origin: Sendable {
    case here
    /// Another process was first.
    case elsewhere(isComputed: Bool)
  }

  /// What a child task of a run came back with.
  enum Step: Sendable {
    case ended(Int, TaskOrder, Result<Manifest, TaskFailure>, Origin, seconds: Double, Claim?)
    case claimed(Int, TaskOrder, Claim)
    case foundElsewhere(Int, Manifest)
    case paused(Int, TaskOrder, Rung, Claim?)
    case pausedElsewhere(Int, Rung)
    case lost(Int, TaskFailure)
  }

  private func advance(_ schedule: inout Schedule, _ group: inout TaskGroup<Step>, _ running: inout Int) {
    guard stop == nil else { return }
    schedule.decideReady()
    while let (index, order, held) = schedule.nextThatFits() {
      let isForced = schedule.tasks[index].isForced
      do {
        switch try claim(order, held, isForced) {
        case .done(let manifest): schedule.complete(index, manifest, isCopy: false)
        case .atRung(let rung): schedule.pause(index, rung)
        case .mine(let claim):
          schedule.begin(index, order)
          running += 1
          let observer = schedule.observer
          group.addTask { await self.execute(index, order, claim, observer) }
        case .taken(let owner):
          schedule.park(index, by: owner)
          running += 1
          group.addTask { await self.waitElsewhere(index, order, isForced) }
        }
      } catch {
        schedule.fail(index, Self.failure(error))
      }
      schedule.decideReady()
    }
  }

  private func take(_ step: Step, _ schedule: inout Schedule) {
    switch step {
    case .ended(let index, let order, .success(let manifest), let origin, let seconds, let claim):
      release(claim)
      schedule.end(index, order)
      schedule.publish(index, manifest, origin, seconds)
    case .ended(let index, let order, .failure(let failure), _, _, let claim):
      release(claim)
      schedule.end(index, order)
      take(failure, of: index, order, &schedule)
    case .claimed(let index, let order, let claim): schedule.resume(index, order, claim)
    case .foundElsewhere(let index, let manifest): schedule.complete(index, manifest, isCopy: false)
    case .paused(let index, let order, let rung, let claim):
      release(claim)
      schedule.end(index, order)
      schedule.pause(index, rung)
    case .pausedElsewhere(let index, let rung): schedule.pause(index, rung)
    case .lost(let index, let failure): schedule.fail(index, failure)
    }
  }

  private func take(_ failure: TaskFailure, of index: Int, _ order: TaskOrder, _ schedule: inout Schedule) {
    if stop == nil, schedule.retries(index, order, after: failure) { return }
    do {
      if stop == nil, try schedule.mends(index, after: failure, isLost: { try isLost($0) }) { return }
      schedule.fail(index, failure)
    } catch {
      schedule.fail(index, Self.failure(error))
    }
  }

  /// Whether objects that a manifest names are no longer in the store.
  private func isLost(_ manifest: Manifest) throws -> Bool {
    guard let store else { return false }
    return try !store.isWhole(manifest)
  }

  private func execute(_ index: Int, _ order: TaskOrder, _ claim: Claim?, _ observer: Observer) async -> Step {
    let start = ContinuousClock.now
    let origin = Mutex(Origin.here)
    let hear: @Sendable (TaskEvent) -> Void = { event in
      if case .publishedElsewhere(let isComputed) = event {
        origin.withLock { $0 = .elsewhere(isComputed: isComputed) }
      }
      observer(.event(index, event))
    }
    let result: Result<Manifest, any Error> = await withTaskGroup(of: Void.self) { group in
      if let claim { group.addTask { await Self.keepBeating(claim) } }
      defer { group.cancelAll() }
      do {
        return .success(try await executor.execute(order, onEvent: hear))
      } catch {
        return .failure(error)
      }
    }
    if case .failure(let pause as TaskPause) = result { return .paused(index, order, pause.rung, claim) }
    return .ended(
      index, order, result.mapError(Self.failure), origin.withLock { $0 },
      seconds: (ContinuousClock.now - start) / .seconds(1), claim)
  }

  static func failure(_ error: any Error) -> TaskFailure {
    switch error {
    case let failure as TaskFailure: failure
    case let error as SystemError: TaskFailure(error, phase: "read")
    default: TaskFailure(code: .internalError, message: "\(error)")
    }
  }
}
