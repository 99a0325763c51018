import Fingerprints
import Synchronization
import Testing

@testable import Pipeline

/// Outputs that are lost while a run needs them.
@Suite struct MendingTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  /// Publishes; the first attempt at the reader finds that what the producer gave is gone.
  private final class Loser: Executor {
    let store: Store
    let failsAgain: Bool
    let begun = Mutex<[String]>([])

    init(_ store: Store, failsAgain: Bool) {
      self.store = store
      self.failsAgain = failsAgain
    }

    private func attempts(_ address: String) -> Int { begun.withLock { $0.count { $0 == address } } }

    func execute(_ order: TaskOrder, onEvent: @escaping @Sendable (TaskEvent) -> Void) async throws -> Manifest {
      begun.withLock { $0.append(order.address) }
      if order.address == "reader", attempts("reader") == 1 {
        let row = try #require(try store.rows().first { $0.key.kind == "producer" })
        try Posix.remove(store.objectFolder(try #require(row.outputs["value"]).digest))
        throw TaskFailure(code: .store, message: "gone", phase: "read")
      }
      // Done while the producer is at it for the second time, so that the other reader is decided about then.
      while order.address == "slow", attempts("producer") < 2 { try await Task.sleep(for: .milliseconds(1)) }
      if order.address == "producer", attempts("producer") == 2 {
        try await Task.sleep(for: .milliseconds(50))
        if failsAgain { throw TaskFailure(code: .badData, message: "bad") }
      }
      return try Sample.publish(order.key, Float(order.address.count), in: store).manifest
    }

    func stop(gently: Bool) async {}
  }

  private func run(_ executor: Loser) async throws -> ScheduleOutcome {
    let needs = [("producer", []), ("slow", []), ("reader", [0]), ("other", [0, 1]), ("last", [2, 3])]
    let tasks = try needs.enumerated().map { index, item in
      let order = try Sample.order(item.0, in: store, address: item.0)
      return ScheduledTask(index: index, address: item.0, dependencies: item.1) { [store] _, _ in
        try store.lookup(order.key.digest()).map { .cached($0) } ?? .order(order)
      }
    }
    return await Scheduler(executor, resources: .init(cores: 2, memory: 100 << 30), store: store).run(tasks)
  }

  @Test func `who needs it too waits until it is there again`() async throws {
    let executor = Loser(store, failsAgain: false)
    let outcome = try await run(executor)
    #expect(outcome.failures.isEmpty && outcome.skipped.isEmpty && outcome.unfinished.isEmpty)
    #expect(outcome.manifests.count == 5)
    let begun = executor.begun.withLock { $0 }
    #expect(begun.count { $0 == "producer" } == 2 && begun.count { $0 == "reader" } == 2)
    #expect(begun.count { $0 == "other" } == 1)
  }

  @Test func `where it cannot be computed again, all that needs it is skipped`() async throws {
    let outcome = try await run(Loser(store, failsAgain: true))
    #expect(outcome.failures.keys.sorted() == [0])
    #expect(outcome.skipped.keys.sorted() == [2, 3, 4])
    #expect(outcome.unfinished.isEmpty)
    #expect(outcome.exitCode == 1)
  }
}
