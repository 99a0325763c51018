import Fingerprints
import Synchronization
import Testing

@testable import Pipeline

/// An executor whose trainings measure what a test says, and pause where their orders say.
private final class ClimbingExecutor: Executor {
  let begun = Mutex<[String]>([])
  private let failing: [String: TaskFailure.Code]
  private let loss: @Sendable (String, Int) -> Double?

  init(failing: [String: TaskFailure.Code] = [:], loss: @escaping @Sendable (String, Int) -> Double?) {
    (self.failing, self.loss) = (failing, loss)
  }

  func execute(_ order: TaskOrder, onEvent: @escaping @Sendable (TaskEvent) -> Void) async throws -> Manifest {
    begun.withLock { $0.append(order.rung.map { "\(order.address)@\($0.step)" } ?? order.address) }
    try await Task.sleep(for: .milliseconds(2))
    if let code = failing[order.address] { throw TaskFailure(code: code, message: "failed") }
    guard let stop = order.rung else { return try FakeExecutor.manifest(order) }
    let metric = Metric("loss", loss(order.address, stop.step), better: .lower)
    throw TaskPause(rung: Rung(trajectory: stop.trajectory, key: order.key, step: stop.step, metrics: [metric]))
  }

  func stop(gently: Bool) async {}
}

@Suite struct HalvingScheduleTests {
  let temporary: TemporaryStore

  init() throws { temporary = try TemporaryStore() }

  /// Nine trainings of 20 steps with rungs at 2 and 6, a task behind each, and one that gathers all.
  private func tasks(
    work: (Int) -> String = { "\($0)" }, found: Set<Int> = [], rungs: [String: Double] = [:], forced: Set<Int> = []
  ) throws -> [ScheduledTask] {
    let halving = Halving(stage: "t", metric: "loss", eta: 3, members: Array(0..<9), rungs: [2, 6])
    let trainings = try (0..<9).map { index in
      let order = try Sample.order("k", work(index), in: temporary.store, address: "t\(index)")
      let manifest = found.contains(index) ? try FakeExecutor.manifest(order) : nil
      let competitor = Competitor(
        order: order, found: manifest,
        trajectory: Trajectory(stepParameters: ["text"], steps: 20, sharedSteps: 0)
      ) { trajectory, step in
        rungs["t\(index)@\(step)"].map { value in
          Rung(trajectory: trajectory, key: order.key, step: step, metrics: [Metric("loss", value, better: .lower)])
        }
      }
      return ScheduledTask(
        index: index, address: "t\(index)", dependencies: [], isForced: forced.contains(index), halving: halving
      ) { _, _ in .competes(competitor) }
    }
    let behind = try (9..<18).map { index in
      let order = try Sample.order("b", "\(index)", in: temporary.store, address: "b\(index - 9)")
      return ScheduledTask(index: index, address: order.address, dependencies: [index - 9]) { _, _ in .order(order) }
    }
    let order = try Sample.order("g", "", in: temporary.store, address: "all")
    let gathering = ScheduledTask(
      index: 18, address: "all", dependencies: Array(9..<18), gathered: Set(9..<18)
    ) { manifests, _ in
      #expect(!manifests.isEmpty)
      return .order(order)
    }
    return trainings + behind + [gathering]
  }

  private func run(
    _ tasks: [ScheduledTask], _ executor: ClimbingExecutor, atOnce: Int = 4
  ) async -> (outcome: ScheduleOutcome, begun: [String]) {
    let scheduler = Scheduler(executor, resources: .init(tasks: atOnce, cores: 8, memory: 1 << 40), store: nil)
    let outcome = await scheduler.run(tasks)
    return (outcome, executor.begun.withLock { $0 })
  }

  private static let first = (0..<9).map { "t\($0)@2" }

  @Test(arguments: [1, 2, 9])
  func `all go to the first rung, the best third to the next, and one to its end`(atOnce: Int) async throws {
    // At the first rung the higher numbers are better, at the second the lower ones.
    let executor = ClimbingExecutor { address, step in
      Double(address.dropFirst()).map { step == 2 ? -$0 : $0 }
    }
    let (outcome, begun) = await run(try tasks(), executor, atOnce: atOnce)
    #expect(begun.sorted() == (Self.first + ["t6@6", "t7@6", "t8@6", "t6", "b6", "all"]).sorted())
    #expect(
      outcome.stopped.filter { $0.key < 9 }.mapValues(\.step) == [0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 7: 6, 8: 6])
    #expect(outcome.stopped[16]?.address == "t7")
    #expect(
      outcome.stopped[7]
        == Stopping(
          address: "t7", step: 6, value: 7, rank: 2, compared: 3, goOn: 1, metric: "loss"))
    #expect(outcome.manifests.keys.sorted() == [6, 15, 18])
    #expect(outcome.exitCode == 0 && outcome.failures.isEmpty && outcome.skipped.isEmpty)
  }

  @Test func `what is on record of a rung is not computed again, and what is done is not either`() async throws {
    let known = Dictionary(uniqueKeysWithValues: (0..<9).map { ("t\($0)@2", Double($0)) }).merging(["t1@6": 5]) { $1 }
    let executor = ClimbingExecutor { address, _ in Double(address.dropFirst()) }
    let (outcome, begun) = await run(try tasks(found: [0, 8], rungs: known), executor)
    #expect(begun.sorted() == ["all", "b0", "t0@6", "t2@6"])
    #expect(outcome.stopped[8]?.step == 2)  // though the store has its result
    #expect(outcome.computed == 2)
  }

  @Test func `one that is done comes to its rungs all the same, so that history decides nothing`() async throws {
    let executor = ClimbingExecutor { address, _ in Double(address.dropFirst()) }
    let (_, begun) = await run(try tasks(found: [0, 1]), executor)
    #expect(begun.sorted() == (Self.first + ["t0@6", "t1@6", "t2@6", "b0", "all"]).sorted())
  }

  @Test func `one that failed loses, and what needs it is skipped`() async throws {
    let executor = ClimbingExecutor(failing: ["t0": .diverged]) { address, _ in Double(address.dropFirst()) }
    let (outcome, begun) = await run(try tasks(), executor)
    #expect(begun.sorted() == (Self.first + ["t1@6", "t2@6", "t3@6", "t1", "b1"]).sorted())
    #expect(Array(outcome.failures.keys) == [0])
    #expect(outcome.skipped == [9: 0, 18: 0])
    #expect(outcome.stopped[0] == nil && outcome.stopped[3]?.step == 6)
    #expect(outcome.exitCode == 1)
  }

  @Test func `a failure that says nothing of a training closes the competition at its rung`() async throws {
    let executor = ClimbingExecutor(failing: ["t4": .killed]) { address, _ in Double(address.dropFirst()) }
    let (outcome, begun) = await run(try tasks(), executor)
    #expect(begun.sorted() == (Self.first + ["t4@2"]).sorted())  // once more, because it was killed
    #expect(Array(outcome.failures.keys) == [4])
    #expect(outcome.skipped == Dictionary(uniqueKeysWithValues: (0..<19).filter { $0 != 4 }.map { ($0, 4) }))
    #expect(outcome.stopped.isEmpty && outcome.manifests.isEmpty && outcome.unfinished.isEmpty)
    #expect(outcome.exitCode == 1)
  }

  @Test func `such a failure of what comes after the competition changes nothing in it`() async throws {
    let executor = ClimbingExecutor { address, _ in Double(address.dropFirst()) }
    var tasks = try tasks()
    tasks[9] = ScheduledTask(index: 9, address: "b0", dependencies: [0]) { _, _ in
      throw TaskFailure(code: .store, message: "failed")
    }
    let (outcome, _) = await run(tasks, executor)
    #expect(outcome.manifests.keys.sorted() == [0] && outcome.stopped[1]?.step == 6)
    #expect(outcome.failures.keys.sorted() == [9] && outcome.skipped == [18: 9])
  }

  @Test(arguments: [1, 4])
  func `what is forced is measured anew at every rung, once for the same work`(atOnce: Int) async throws {
    let known = Dictionary(
      uniqueKeysWithValues: (0..<9).flatMap { [("t\($0)@2", Double($0)), ("t\($0)@6", Double($0))] })
    let executor = ClimbingExecutor { address, _ in Double(address.dropFirst()) }
    let (outcome, begun) = await run(
      try tasks(work: { "\($0 / 2)" }, rungs: known, forced: [0, 1]), executor, atOnce: atOnce)
    #expect(begun.sorted() == ["all", "b0", "t0", "t0@2", "t0@6"])
    #expect(outcome.manifests.keys.sorted() == [0, 9, 18])
  }

  @Test func `tasks that are left though nothing stopped the run are a mistake of the program`() {
    var outcome = ScheduleOutcome()
    outcome.unfinished = [0]
    #expect(outcome.exitCode == 70)
    outcome.stop = .gently
    #expect(outcome.exitCode == 75)
  }

  @Test func `n/a loses, and where all are n/a the address decides`() async throws {
    let some = ClimbingExecutor { address, _ in address == "t8" ? 1 : nil }
    #expect(await run(try tasks(), some).outcome.manifests.keys.sorted() == [8, 17, 18])
    let none = ClimbingExecutor { _, _ in nil }
    #expect(await run(try tasks(), none).outcome.manifests.keys.sorted() == [0, 9, 18])
  }

  @Test func `where everything fails the run ends`() async throws {
    let executor = ClimbingExecutor(
      failing: Dictionary(uniqueKeysWithValues: (0..<9).map { ("t\($0)", .badData) })
    ) { _, _ in 1 }
    let (outcome, begun) = await run(try tasks(), executor)
    #expect(begun.sorted() == Self.first)
    #expect(outcome.failures.count == 9 && outcome.unfinished.isEmpty)
  }

  @Test func `the same work is done once up to a rung, and once to its end`() async throws {
    let executor = ClimbingExecutor { _, _ in 1 }
    let (outcome, begun) = await run(try tasks(work: { "\($0 / 2)" }), executor)
    #expect(
      begun.filter { $0.hasPrefix("t") }.sorted() == ["t0", "t0@2", "t0@6", "t2@2", "t2@6", "t4@2", "t6@2", "t8@2"])
    #expect(outcome.manifests.keys.sorted() == [0, 9, 18])
  }
}
