/// Results of units of work, put where the unit's number says so that they can be combined in order.
///
/// - Safety: the memory is private, every index is checked, and it lives as long as the object. Invariant behind
///   `@unchecked Sendable`: each place is written by the one unit of its number, and read after the work has ended.
@safe final class PartialSums: @unchecked Sendable {
  private let count: Int
  private let places: UnsafeMutableBufferPointer<Double>

  init(_ count: Int) {
    self.count = count
    unsafe places = .allocate(capacity: count)
    unsafe places.initialize(repeating: 0)
  }

  deinit { unsafe places.deallocate() }

  func set(_ index: Int, _ value: Double) {
    precondition(index >= 0 && index < count, "sums: \(index) of \(count)")
    unsafe places[index] = value
  }

  /// The results in order of the units.
  var values: [Double] { unsafe Array(places) }

  /// All of them, added in order.
  var total: Double { values.reduce(0, +) }
}
