import Dispatch
import Foundation
import Synchronization

/// Runs numbered pieces of work on all processors.
enum Parallel {
  /// How many pieces run at a time at most.
  static let width = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// Calls a body for every number below `count`, each thread with a state of its own.
  ///
  /// Which failure is thrown does not depend on timing: it is that of the lowest number that fails.
  static func forEach<State>(
    _ count: Int, state make: @autoclosure @Sendable () -> State, _ body: @Sendable (State, Int) throws -> Void
  ) throws {
    let workers = min(width, count)
    guard workers > 1 else {
      let state = make()
      for number in 0..<count { try body(state, number) }
      return
    }
    let next = Atomic<Int>(0)
    let failure = Mutex<(number: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      let state = make()
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < count, failure.withLock({ $0.map { number < $0.number } ?? true }) else { return }
        do {
          try body(state, number)
        } catch {
          failure.withLock { known in
            if known.map({ number < $0.number }) ?? true { known = (number, error) }
          }
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }
}

extension Parallel {
  /// Calls a body for every number below `count`, each thread with memory for codecs.
  static func forEach(_ count: Int, _ body: @Sendable (CodecScratch, Int) throws -> Void) throws {
    try forEach(count, state: CodecScratch.Loan()) { try body($0.scratch, $1) }
  }
}

/// Results by number, put in place by many threads.
final class PerNumber<Value: Sendable>: Sendable {
  private let values: Mutex<[Value?]>

  init(_ count: Int) { values = Mutex([Value?](repeating: nil, count: count)) }

  subscript(number: Int) -> Value? {
    get { values.withLock { $0[number] } }
    set { values.withLock { $0[number] = newValue } }
  }

  var all: [Value?] { values.withLock { $0 } }
}
