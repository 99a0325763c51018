import Fingerprints
import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import Pipeline

/// Tasks with `keep: temp`, run by an executor that publishes.
@Suite struct TemporaryOutputTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  /// Publishes what it is asked for, and takes down which objects were there at that time.
  private final class Publisher: Executor {
    let store: Store
    /// The tasks that another process publishes first, and whether they are computed here as well.
    let elsewhere: [String: Bool]
    let seen = Mutex<[String: Int]>([:])

    init(_ store: Store, elsewhere: [String: Bool] = [:]) {
      self.store = store
      self.elsewhere = elsewhere
    }

    func execute(_ order: TaskOrder, onEvent: @escaping @Sendable (TaskEvent) -> Void) async throws -> Manifest {
      let count = try store.entries(of: "objects").count
      seen.withLock { $0[order.address] = count }
      if let isComputed = elsewhere[order.address] { onEvent(.publishedElsewhere(isComputed: isComputed)) }
      return try Sample.publish(order.key, Float(order.address.count), in: store).manifest
    }

    func stop(gently: Bool) async {}
  }

  private func task(
    _ index: Int, needs: [Int] = [], isTemporary: Bool = false, work: Int? = nil
  ) throws -> ScheduledTask {
    let order = try Sample.order("k\(work ?? index)", in: store, address: String(repeating: "t", count: index + 1))
    return ScheduledTask(
      index: index, address: order.address, dependencies: needs, isTemporary: isTemporary
    ) { [store] _, _ in
      if let found = try store.lookup(order.key.digest()) { return .cached(found) }
      return .order(order)
    }
  }

  private func run(_ tasks: [ScheduledTask]) async -> ScheduleOutcome {
    await Scheduler(Publisher(store), resources: .init(cores: 1, memory: 100 << 30), store: store).run(tasks)
  }

  @Test func `they go when the last task that reads them has published`() async throws {
    let tasks = try [task(0, isTemporary: true), task(1, needs: [0]), task(2, needs: [0]), task(3, needs: [1])]
    let outcome = await run(tasks)
    #expect(outcome.manifests.count == 4)
    let row = try #require(outcome.manifests[0])
    let output = try #require(row.outputs["value"])
    #expect(try Posix.status(of: store.objectFolder(output.digest)) == nil)
    // The row and its metrics stay: they are what others are computed from.
    #expect(try store.row(row.fingerprint) != nil)
    #expect(try store.droppedRow(row.fingerprint) != nil)
    #expect(try store.lookup(row.fingerprint) == nil)
    #expect(try Posix.status(of: store.objectFolder(try #require(row.outputs["metrics"]).digest)) != nil)
    #expect(try store.verifyAll().isSound)
  }

  @Test func `they stay while a task that reads them is not done`() async throws {
    let tasks = try [task(0, isTemporary: true), task(1, needs: [0])]
    let failing = FakeExecutor(failing: ["tt"])
    let first = try Sample.publish(Sample.key("k0", ["text": ""]), 1, in: store).manifest
    let outcome = await Scheduler(failing, resources: .init(cores: 1, memory: 100 << 30), store: store).run(tasks)
    #expect(outcome.failures.count == 1)
    #expect(try store.lookup(first.fingerprint) != nil)
  }

  @Test(arguments: [true, false])
  func `they stay where another run published them first`(isComputed: Bool) async throws {
    let publisher = Publisher(store, elsewhere: ["t": isComputed])
    let outcome = await Scheduler(publisher, resources: .init(cores: 1, memory: 100 << 30), store: store).run(
      try [task(0, isTemporary: true), task(1, needs: [0])])
    let row = try #require(outcome.manifests[0])
    #expect(try store.lookup(row.fingerprint) != nil)
    #expect(outcome.computed == (isComputed ? 2 : 1))
  }

  @Test func `what another row names as well stays`() async throws {
    let other = try Sample.publish(Sample.key("other"), 1, in: store).manifest
    _ = await run(try [task(0, isTemporary: true), task(1, needs: [0])])
    #expect(try store.lookup(other.fingerprint) != nil)
  }

  @Test func `they stay where another task with the same row is not temporary`() async throws {
    let outcome = await run(
      try [task(0, isTemporary: true), task(1, needs: [0]), task(2, work: 0), task(3, needs: [1, 2])])
    let row = try #require(outcome.manifests[0])
    #expect(outcome.manifests[2]?.fingerprint == row.fingerprint)
    #expect(try store.lookup(row.fingerprint) != nil)
  }

  @Test func `what the run found, or a pin holds, stays`() async throws {
    let tasks = try [task(0, isTemporary: true), task(1, needs: [0])]
    let found = try Sample.publish(Sample.order("k0", in: store).key, 1, in: store).manifest
    let outcome = await run(tasks)
    #expect(outcome.manifests[0]?.fingerprint == found.fingerprint)
    #expect(try store.lookup(found.fingerprint) != nil)
    _ = try store.pin([found.fingerprint])
    try TemporaryOutputs(in: store).drop(found)
    #expect(try store.lookup(found.fingerprint) != nil)
  }

  @Test func `published again, they are there as before`() async throws {
    let outcome = await run(try [task(0, isTemporary: true), task(1, needs: [0])])
    let row = try #require(outcome.manifests[0])
    #expect(try Sample.publish(row.key, 1, in: store).outcome == .alreadyThere)
    #expect(try store.lookup(row.fingerprint) != nil)
    #expect(try store.droppedRow(row.fingerprint) == nil)
  }
}
