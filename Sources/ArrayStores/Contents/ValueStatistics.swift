/// What the values of an array are like: extent, mean, deviation and percentiles.
///
/// Read in pieces, on one pass for integers of up to 16 bits, whose percentiles are exact; on two for
/// others, whose percentiles come from 65,536 equal bins between the smallest and the largest value.
public struct ValueStatistics: Sendable, Hashable {
  /// The number of values that are finite.
  public let count: Int
  /// The number of those that are NaN or infinite, which count for nothing below.
  public let notFinite: Int
  /// The smallest and the largest value; 0 where there is none.
  public let minimum: Double, maximum: Double
  /// The mean, and the square root of the mean squared difference from it; the greatest number where
  /// the sum or the squares are larger than any.
  public let mean: Double, deviation: Double
  /// The values of `percents`.
  public let percentiles: [Double]

  /// Which percentiles are told.
  public static let percents: [Double] = [0.1, 1, 50, 99, 99.9]

  /// Reads an array.
  ///
  /// - Parameter percents: Between 0 and 100.
  /// - Throws: What reading throws; `overflow`.
  public init(of array: some StoredArray, percents: [Double] = Self.percents) throws {
    let regions = try array.slabs(bytes: array.type.size << 24)
    let isCounted = [.bool, .int8, .uint8, .int16, .uint16].contains(array.type)
    var first = Sums()
    var bins =
      isCounted ? Bins(from: array.type == .int16 ? -32_768 : array.type == .int8 ? -128 : 0, halfStep: 0.5) : nil
    for region in regions {
      let values = try array.read(region).doubles()
      first.add(values)
      bins?.add(values)
    }
    if bins == nil, first.count > 0 {
      var measured = Bins(
        from: first.minimum, halfStep: (first.maximum / 2 - first.minimum / 2) / Double(Bins.count - 1))
      for region in regions { measured.add(try array.read(region).doubles()) }
      bins = measured
    }
    (count, notFinite) = (first.count, first.notFinite)
    (minimum, maximum) = first.count == 0 ? (0, 0) : (first.minimum, first.maximum)
    let total = Double(max(first.count, 1))
    let mean = Self.finite(first.sum / total)
    self.mean = mean
    let squares = first.squares / total
    deviation =
      squares.isFinite
      ? max(0, squares - (mean - first.origin) * (mean - first.origin)).squareRoot() : .greatestFiniteMagnitude
    percentiles = percents.map { bins?.percentile($0, of: first.count) ?? 0 }
  }
}

extension ValueStatistics {
  private static func finite(_ value: Double) -> Double {
    min(max(value, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}

extension NDArray {
  /// The elements in C order as the nearest `Double`; true is 1, a complex number is its magnitude.
  fileprivate func doubles() -> [Double] {
    switch type {
    case .int32: Memory.values(of: bytes).map { (value: Int32) in Double(value) }
    case .int64: Memory.values(of: bytes).map { (value: Int64) in Double(value) }
    case .uint32: Memory.values(of: bytes).map { (value: UInt32) in Double(value) }
    case .uint64: Memory.values(of: bytes).map { (value: UInt64) in Double(value) }
    case .float64: Memory.values(of: bytes)
    case .complex128:
      Memory.values(of: bytes).map { (value: SIMD2<Double>) in (value.x * value.x + value.y * value.y).squareRoot() }
    case .bool, .int8, .uint8, .int16, .uint16, .float16, .float32, .complex64: floats().map { Double($0) }
    }
  }
}

extension StoredArray {
  /// Boxes along the first axis, together the array, each of about so many bytes.
  func slabs(bytes: Int) throws -> [Region] {
    guard try Shape.count(shape) > 0, let first = shape.first else {
      return shape.isEmpty ? [Region(all: shape)] : []
    }
    let plane = try Shape.count(shape) / first * type.size
    // Whole chunks, or each would be decoded several times.
    let chunk = max(1, chunkShape.first ?? 1)
    let step = max(1, bytes / max(plane * chunk, 1)) * chunk
    return stride(from: 0, to: first, by: step).map { start in
      Region(
        start: [start] + shape.dropFirst().map { _ in 0 }, shape: [min(step, first - start)] + shape.dropFirst())
    }
  }
}

/// What one pass gives.
private struct Sums {
  var (count, notFinite) = (0, 0)
  var (minimum, maximum) = (Double.infinity, -Double.infinity)
  var sum = 0.0
  /// Of differences from `origin`, which is near the values, so that little is lost.
  var squares = 0.0
  var origin = 0.0

  mutating func add(_ values: [Double]) {
    if count == 0, let value = values.first(where: \.isFinite) { origin = value }
    for value in values {
      guard value.isFinite else {
        notFinite += 1
        continue
      }
      count += 1
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      sum += value
      squares += (value - origin) * (value - origin)
    }
  }
}

/// How many values lie in each of equal intervals; of halves, as a difference may be larger than any number.
private struct Bins {
  static let count = 65_536
  private let halfOrigin: Double
  private let halfStep: Double
  private var counts = [Int](repeating: 0, count: count)

  init(from origin: Double, halfStep: Double) { (halfOrigin, self.halfStep) = (origin / 2, halfStep) }

  mutating func add(_ values: [Double]) {
    for value in values where value.isFinite {
      let place = halfStep > 0 ? (value / 2 - halfOrigin) / halfStep : 0
      counts[min(Self.count - 1, max(0, Int(place)))] += 1
    }
  }

  /// Of equal ranks the lower value, without interpolation.
  func percentile(_ percent: Double, of total: Int) -> Double {
    let rank = Int(percent / 100 * Double(max(total - 1, 0)))
    var below = 0
    for (bin, count) in counts.enumerated() {
      below += count
      if below > rank { return 2 * min(halfOrigin + Double(bin) * halfStep, .greatestFiniteMagnitude / 2) }
    }
    return 2 * halfOrigin
  }
}
