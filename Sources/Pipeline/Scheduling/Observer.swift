import Synchronization

/// Calls an observer one event at a time.
final class Observer: Sendable {
  private let observe: @Sendable (SchedulerEvent) -> Void
  private let turn = Mutex(())

  init(_ observe: @escaping @Sendable (SchedulerEvent) -> Void) { self.observe = observe }

  func callAsFunction(_ event: SchedulerEvent) { turn.withLock { _ in observe(event) } }
}
