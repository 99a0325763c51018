import CKernels
import Dispatch
import Foundation
import Synchronization

/// Where operations run: threads of its own and buffers that are used again.
///
/// Work is cut into units by its size, never by the number of threads; threads take the next unit as they come free, and
/// results of units are combined in order. So the bytes of a result do not depend on `threads`. An engine may be
/// shared: operations of several callers take turns.
public final class Engine: Sendable {
  /// The revision of the arithmetic: raised whenever equal work may give other bits than before.
  public static let numerics = 1

  /// How many threads work at once, the caller's among them.
  public let threads: Int
  let pool = BufferPool()
  private let crew: Crew
  private let turn = Mutex(())

  /// An engine of `threads` threads; one means that the caller does all the work.
  ///
  /// - Precondition: at least one thread.
  public init(threads: Int) {
    precondition(threads > 0, "engine: \(threads) threads")
    self.threads = threads
    crew = Crew(threads: threads)
  }

  deinit { crew.dismiss() }

  // MARK: -

  /// How many buffers came from the system so far; it stands still once a loop has found its pace.
  package var allocations: Int { pool.allocations }

  /// Does `units` units of work; `body` gets the unit and the thread that does it (for scratch memory).
  func run(_ units: Int, _ body: @escaping @Sendable (_ unit: Int, _ thread: Int) -> Void) {
    guard units > 0 else { return }
    turn.withLock { _ in
      // One unit is not worth waking anyone.
      if units == 1 { body(0, 0) } else { crew.work(Crew.Job(units: units, body: body)) }
    }
  }

  /// A tensor with unspecified content, from memory that was used before where there is some.
  func uninitialised(_ shape: [Int]) -> Tensor {
    Tensor(storage: Storage(uninitialised: Tensor.count(of: shape), pool: pool), start: 0, shape: shape)
  }

  func scratch(_ count: Int) -> Floats { Floats(Storage(uninitialised: count, pool: pool)) }

  func zeros(_ count: Int) -> Floats {
    let zeros = scratch(count)
    zeros.fill(0)
    return zeros
  }
}

/// The threads of an engine: they wait until there is a job and take units of it.
private final class Crew: Sendable {
  /// Units that whoever is free takes, in order.
  final class Job: Sendable {
    private let units: Int
    private let body: @Sendable (Int, Int) -> Void
    private let next = Atomic(0)

    init(units: Int, body: @escaping @Sendable (Int, Int) -> Void) {
      self.units = units
      self.body = body
    }

    func work(as thread: Int) {
      while true {
        let unit = next.add(1, ordering: .relaxed).oldValue
        guard unit < units else { return }
        body(unit, thread)
      }
    }
  }

  private let job = Mutex<Job?>(nil)
  private let starts: [Flag]
  private let finished = Flag()
  /// Threads that still work on the job.
  private let busy = Atomic(0)

  init(threads: Int) {
    starts = (1..<threads).map { _ in Flag() }
    for (index, start) in starts.enumerated() {
      let thread = Thread { [self] in serve(as: index + 1, start: start) }
      thread.name = "engine \(index + 1)"
      thread.start()
    }
  }

  func work(_ next: Job) {
    guard !starts.isEmpty else { return next.work(as: 0) }
    job.withLock { $0 = next }
    busy.store(starts.count, ordering: .relaxed)
    for start in starts { start.raise() }
    next.work(as: 0)
    finished.wait()
    job.withLock { $0 = nil }
  }

  /// Lets the threads end.
  func dismiss() {
    job.withLock { $0 = nil }
    for start in starts { start.raise() }
  }

  private func serve(as index: Int, start: Flag) {
    repeat { start.wait() } while work(as: index)
  }

  /// Does this thread's share; false once there is nothing more to do. The job and the memory it refers to are let go
  /// before the caller hears of it, so that the caller finds its buffers free.
  @inline(never)
  private func work(as index: Int) -> Bool {
    do {
      guard let job = job.withLock({ $0 }) else { return false }
      job.work(as: index)
    }
    if busy.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { finished.raise() }
    return true
  }
}

/// What one thread raises and another waits for: awake for a moment, since the operations of a step follow each other
/// within microseconds and waking a sleeper takes longer than many of them; then asleep.
private final class Flag: Sendable {
  private static let (down, up, awaited) = (0, 1, 2)
  /// Looks at the flag before sleep: some fifty microseconds.
  private static let looks = 2500
  private let state = Atomic(Flag.down)
  private let sleeper = DispatchSemaphore(value: 0)

  func raise() {
    if state.exchange(Flag.up, ordering: .acquiringAndReleasing) == Flag.awaited { sleeper.signal() }
  }

  /// Returns once the flag was raised, and takes it down.
  func wait() {
    for _ in 0..<Flag.looks {
      if state.load(ordering: .acquiring) == Flag.up { return state.store(Flag.down, ordering: .relaxed) }
      ck_pause()
    }
    let sleeps = state.compareExchange(
      expected: Flag.down, desired: Flag.awaited, ordering: .acquiringAndReleasing
    ).exchanged
    if sleeps { sleeper.wait() }
    state.store(Flag.down, ordering: .relaxed)
  }
}

/// How a long reduction or elementwise pass is cut: into ranges of `size`, the last one shorter.
struct Cuts: Sendable {
  /// Voxels of eight channels in a cut: 32 KiB, so that passes over one cut find it in the nearest cache.
  static let voxels = 1024
  /// Single numbers in a cut.
  static let numbers = 8192

  let total: Int
  let size: Int
  var count: Int { (total + size - 1) / size }

  subscript(_ index: Int) -> Range<Int> { index * size..<min(total, (index + 1) * size) }
}
