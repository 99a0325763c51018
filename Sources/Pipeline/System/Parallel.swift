import Dispatch
import Synchronization

/// Work on many values at once, on all cores.
enum Parallel {
  /// So many values go to a core at a time: few enough to share, many enough for the sharing to cost nothing.
  private static let portion = 32

  /// The results in the order of the values.
  ///
  /// - Throws: The error of the first value, in their order, that has one.
  static func map<Value: Sendable, Result: Sendable>(
    _ values: ArraySlice<Value>, _ transform: @Sendable (Value) throws -> Result
  ) throws -> [Result] {
    guard values.count > portion else { return try values.map(transform) }
    let count = (values.count + portion - 1) / portion
    let portions = Mutex([Swift.Result<[Result], any Error>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let start = values.startIndex + index * portion
      let results = Swift.Result { try values[start..<min(start + portion, values.endIndex)].map(transform) }
      portions.withLock { $0[index] = results }
    }
    return try portions.withLock { $0 }.flatMap { try $0?.get() ?? [] }
  }
}
