import Fingerprints
import Synchronization
import Testing

@testable import Pipeline

/// An executor without processes: tells in what order tasks began, and how many ran at once.
final class FakeExecutor: Executor {
  struct Seen: Sendable {
    var begun: [String] = []
    var running = 0
    var most = 0
    var stops: [Bool] = []
    var fresh: [Bool] = []
  }

  let seen = Mutex(Seen())
  let failing: Set<String>
  let milliseconds: Int
  /// What the first attempts at a task end with, by address.
  let script: Mutex<[String: [TaskFailure.Code]]>

  init(failing: Set<String> = [], milliseconds: Int = 5, script: [String: [TaskFailure.Code]] = [:]) {
    self.failing = failing
    self.milliseconds = milliseconds
    self.script = Mutex(script)
  }

  func execute(_ order: TaskOrder, onEvent: @escaping @Sendable (TaskEvent) -> Void) async throws -> Manifest {
    seen.withLock {
      $0.begun.append(order.address)
      $0.fresh.append(order.isFresh)
      $0.running += 1
      $0.most = max($0.most, $0.running)
    }
    onEvent(.started(process: 1))
    defer { seen.withLock { $0.running -= 1 } }
    for _ in 0..<milliseconds {
      try await Task.sleep(for: .milliseconds(1))
      if !seen.withLock({ $0.stops.isEmpty }) { throw TaskFailure(code: .stopped, message: "stopped") }
    }
    let scripted = script.withLock { script -> TaskFailure.Code? in
      guard let code = script[order.address]?.first else { return nil }
      script[order.address]?.removeFirst()
      return code
    }
    if let scripted { throw TaskFailure(code: scripted, message: "scripted") }
    if failing.contains(order.address) { throw TaskFailure(code: .badData, message: "bad") }
    return try Self.manifest(order)
  }

  func stop(gently: Bool) async { seen.withLock { $0.stops.append(gently) } }

  static func manifest(_ order: TaskOrder) throws -> Manifest {
    Manifest(
      fingerprint: try order.key.digest(), key: order.key, outputs: [:], metrics: [], provenance: Sample.provenance)
  }
}

@Suite struct SchedulerTests {
  let temporary: TemporaryStore

  init() throws { temporary = try TemporaryStore() }

  private func task(
    _ index: Int, needs: [Int] = [], seconds: Double = 1, cores: Int = 1, memory: Int = 1, work: String? = nil,
    isCached: Bool = false, retries: Int? = nil, loads: [String] = [], isForced: Bool = false
  ) throws -> ScheduledTask {
    var order = try Sample.order("k", work ?? "\(index)", in: temporary.store, address: "t\(index)")
    order.isFresh = isForced
    order.inputs = ["in": loads.map { InputArtifact(type: ArtifactType("value"), digest: Digest.of($0)) }]
    return ScheduledTask(
      index: index, address: "t\(index)", dependencies: needs, cost: Cost(memory: memory, seconds: seconds),
      cores: cores, isForced: isForced, retries: retries
    ) { [order] manifests, _ in
      #expect(Set(manifests.keys) == Set(needs))
      return isCached ? .cached(try FakeExecutor.manifest(order)) : .order(order)
    }
  }

  private func run(
    _ tasks: [ScheduledTask], _ executor: FakeExecutor, tasksAtOnce: Int = .max, cores: Int = 2, memory: Int = 100,
    failFast: Bool = false
  ) async -> ScheduleOutcome {
    let scheduler = Scheduler(
      executor, resources: .init(tasks: tasksAtOnce, cores: cores, memory: memory), store: nil,
      stopsAtFailure: failFast)
    return await scheduler.run(tasks)
  }

  @Test func `the longest way to the end goes first, and nothing before what it needs`() async throws {
    let tasks = try [
      task(0, seconds: 5), task(1, seconds: 1), task(2, needs: [1], seconds: 9), task(3, needs: [0, 2]),
    ]
    let executor = FakeExecutor()
    let outcome = await run(tasks, executor, cores: 1)
    #expect(executor.seen.withLock { $0.begun } == ["t1", "t2", "t0", "t3"])
    #expect(outcome.manifests.count == 4)
    #expect(outcome.computed == 4)
    #expect(outcome.exitCode == 0)
  }

  @Test(arguments: [(4, 1, 1, 4), (4, 2, 1, 2), (4, 1, 60, 1), (4, 9, 1, 1), (4, 1, 900, 1), (2, 1, 1, 2)])
  func `no more runs at once than cores and memory allow`(cores: Int, each: Int, memory: Int, most: Int) async throws {
    let tasks = try (0..<6).map { try task($0, cores: each, memory: memory) }
    let executor = FakeExecutor()
    let outcome = await run(tasks, executor, cores: cores)
    #expect(executor.seen.withLock { $0.most } == most)
    #expect(outcome.manifests.count == 6)
  }

  @Test func `no more tasks run at once than wanted, though there are cores`() async throws {
    let executor = FakeExecutor()
    let outcome = await run(try (0..<6).map { try task($0) }, executor, tasksAtOnce: 2, cores: 8)
    #expect(executor.seen.withLock { $0.most } == 2)
    #expect(outcome.manifests.count == 6)
  }

  @Test func `of tasks about as urgent, the one goes first that shares inputs with the last`() async throws {
    let tasks = try [
      task(0, loads: ["a", "x"]), task(1, loads: ["b", "x"]), task(2, loads: ["a", "y"]), task(3, loads: ["b", "y"]),
      task(4, seconds: 2, loads: ["c"]),
    ]
    let executor = FakeExecutor()
    _ = await run(tasks, executor, cores: 1)
    #expect(executor.seen.withLock { $0.begun } == ["t4", "t0", "t1", "t3", "t2"])
  }

  // MARK: - Failures

  @Test(arguments: [
    (TaskFailure.Code.killed, nil as Int?, 1), (.killed, 0, 0), (.killed, 3, 3), (.outOfMemory, nil, 1),
    (.outOfMemory, 0, 0),
    (.outOfMemory, 3, 1), (.died, nil, 0), (.died, 2, 2), (.badData, 5, 0), (.diverged, 5, 0), (.timedOut, 5, 0),
    (.internalError, 5, 0), (.environment, 5, 0),
  ])
  func `a failure is tried again as its class deserves`(code: TaskFailure.Code, retries: Int?, times: Int) async throws
  {
    let executor = FakeExecutor(script: ["t0": Array(repeating: code, count: 9)])
    let outcome = await run(try [task(0, retries: retries)], executor)
    #expect(executor.seen.withLock { $0.begun.count } == 1 + times)
    #expect(outcome.failures[0]?.code == code)
    #expect(outcome.exitCode == (code == .environment ? 6 : 1))
  }

  @Test func `a task that ran out of memory runs once more, alone`() async throws {
    let executor = FakeExecutor(script: ["t0": [.outOfMemory]])
    let tasks = try [task(0, seconds: 9), task(1), task(2), task(3)]
    let outcome = await run(tasks, executor)
    #expect(outcome.manifests.count == 4)
    #expect(executor.seen.withLock { $0.begun.last } == "t0")
    #expect(executor.seen.withLock { $0.begun.count } == 5)
  }

  @Test func `a forced training that was killed is not begun anew`() async throws {
    let executor = FakeExecutor(script: ["t0": [.killed]])
    _ = await run(try [task(0, isForced: true)], executor)
    #expect(executor.seen.withLock { $0.fresh } == [true, false])
  }

  @Test func `on a full disk nothing more begins`() async throws {
    let executor = FakeExecutor(script: ["t0": [.environment]])
    let outcome = await run(try [task(0, seconds: 9), task(1), task(2)], executor, cores: 1)
    #expect(executor.seen.withLock { $0.begun } == ["t0"])
    #expect(outcome.exitCode == 6)
    #expect(outcome.unfinished == [1, 2])
  }

  @Test func `a failure stops what depends on it, and nothing else`() async throws {
    let tasks = try [task(0), task(1, needs: [0]), task(2, needs: [1]), task(3), task(4, needs: [3])]
    let outcome = await run(tasks, FakeExecutor(failing: ["t0"]))
    #expect(outcome.failures.keys.sorted() == [0])
    #expect(outcome.skipped == [1: 0, 2: 0])
    #expect(outcome.manifests.keys.sorted() == [3, 4])
    #expect(outcome.exitCode == 1)
  }

  @Test func `with fail-fast the first failure ends the run`() async throws {
    let tasks = try [task(0, seconds: 9)] + (1..<5).map { try task($0) }
    let executor = FakeExecutor(failing: ["t0"])
    let outcome = await run(tasks, executor, cores: 1, failFast: true)
    #expect(executor.seen.withLock { $0.begun } == ["t0"])
    #expect(outcome.unfinished == [1, 2, 3, 4])
    #expect(outcome.failures.count == 1)
    #expect(outcome.exitCode == 1)
  }

  @Test func `tasks of one fingerprint are computed once`() async throws {
    let tasks = try [
      task(0, work: "same"), task(1, work: "same"), task(2, needs: [1]), task(3, needs: [2], work: "same"),
    ]
    let executor = FakeExecutor()
    let outcome = await run(tasks, executor)
    #expect(executor.seen.withLock { $0.begun } == ["t0", "t2"])
    #expect(outcome.manifests.count == 4)
    #expect(outcome.computed == 2)
  }

  @Test func `what is in the store needs neither cores nor an executor`() async throws {
    let executor = FakeExecutor()
    let outcome = await run(try [task(0, isCached: true), task(1, needs: [0], isCached: true)], executor)
    #expect(executor.seen.withLock { $0.begun }.isEmpty)
    #expect(outcome.manifests.count == 2)
  }

  @Test func `the first stop is gentle and the second is not`() async throws {
    let executor = FakeExecutor(milliseconds: 2000)
    let scheduler = Scheduler(executor, resources: .init(cores: 1, memory: 100), store: nil)
    let tasks = try (0..<3).map { try task($0) }
    async let outcome = scheduler.run(tasks)
    while executor.seen.withLock({ $0.begun.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
    await scheduler.stop(.gently)
    #expect(await outcome.unfinished == [0, 1, 2])
    #expect(await outcome.exitCode == 75)
    await scheduler.stop(.gently)
    #expect(executor.seen.withLock { $0.stops } == [true, false])
    #expect(scheduler.stop == .atOnce)
  }

  /// One after the other: how signals are taken is a state of the process.
  @Test func `a signal and the end of its time stop a run gently`() async throws {
    for limit in [nil, 0.05] {
      let executor = FakeExecutor(milliseconds: 2000)
      let scheduler = Scheduler(executor, resources: .init(cores: 1, memory: 100), store: nil)
      let tasks = try (0..<3).map { try task($0) }
      let outcome = await scheduler.stoppingAtSignals(orAfter: limit) {
        await scheduler.run(tasks) { event in
          guard limit == nil, case .ordered = event else { return }
          Posix.send(Posix.endingSignals[1], to: Posix.processIdentifier)
        }
      }
      #expect(outcome.exitCode == 75)
      #expect(executor.seen.withLock { $0.stops } == [true])
    }
  }

  @Test func `a task that another process computes is waited for, not computed`() async throws {
    let order = try Sample.order("k", "0", in: temporary.store, address: "t0")
    let fingerprint = try order.key.digest()
    guard case .claimed(let claim) = try temporary.store.claim(fingerprint) else { return #expect(Bool(false)) }
    let executor = FakeExecutor()
    let scheduler = Scheduler(executor, resources: .init(cores: 1, memory: 100), store: temporary.store)
    let events = Mutex<[String]>([])
    let tasks = [try task(0)]
    async let outcome = scheduler.run(tasks) { event in
      if case .waiting = event { events.withLock { $0.append("waiting") } }
    }
    while events.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
    _ = try Sample.publish(order.key, in: temporary.store)
    try claim.release()
    #expect(await outcome.manifests.count == 1)
    #expect(await outcome.computed == 0)
    #expect(executor.seen.withLock { $0.begun }.isEmpty)
  }
}
