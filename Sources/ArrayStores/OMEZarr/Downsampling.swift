/// Makes a coarser level of an image or of labels from boxes of the finer one.
public enum Downsampling: String, Sendable, Hashable {
  /// The mean of the values, integers rounded to the nearest, halves up: for images.
  case mean
  /// The value that occurs most often, the smallest of several: for labels.
  case mode

  /// Every window of `factors` elements becomes one; windows at the far edge may be smaller.
  ///
  /// - Parameter array: One entry of `factors` an axis, each 1 or 2.
  func apply(to array: NDArray, by factors: [Int]) throws -> NDArray {
    switch array.type {
    case .bool, .uint8: try reduce(array, factors, UInt8.self)
    case .uint16: try reduce(array, factors, UInt16.self)
    case .uint32: try reduce(array, factors, UInt32.self)
    case .uint64: try reduce(array, factors, UInt64.self)
    case .int8: try reduce(array, factors, Int8.self)
    case .int16: try reduce(array, factors, Int16.self)
    case .int32: try reduce(array, factors, Int32.self)
    case .int64: try reduce(array, factors, Int64.self)
    case .float32: try reduce(array, factors, Float.self, Self.mean)
    case .float64: try reduce(array, factors, Double.self, Self.mean)
    case .float16, .complex64, .complex128:
      throw ArrayStoreError(.unsupportedType, "levels of \(array.type.rawValue) are not made")
    }
  }

  private func reduce<T: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ array: NDArray, _ factors: [Int], _: T.Type
  ) throws -> NDArray {
    try reduce(array, factors, T.self, Self.mean)
  }

  /// Halves go up, also below zero; the sum of eight values of 64 bits needs more than 64.
  private static func mean<T: FixedWidthInteger>(_ values: ArraySlice<T>) -> T {
    let count = values.count
    var (sum, high) = (0, 0)
    for value in values {
      // Each value as a multiple of the count and a rest, so that nothing overflows.
      let (quotient, rest) = value.quotientAndRemainder(dividingBy: T(count))
      high &+= Int(truncatingIfNeeded: quotient)
      sum += Int(truncatingIfNeeded: rest)
    }
    let rounded = 2 * sum + count
    let carry = rounded >= 0 ? rounded / (2 * count) : -((-rounded + 2 * count - 1) / (2 * count))
    return T(truncatingIfNeeded: high &+ carry)
  }

  private static func mean<T: BinaryFloatingPoint>(_ values: ArraySlice<T>) -> T {
    values.reduce(0, +) / T(values.count)
  }

  private static func mode<T: Comparable>(_ values: ArraySlice<T>) -> T? {
    var best: (value: T, count: Int)?
    for value in values {
      let count = values.count { $0 == value }
      if let known = best, count < known.count || (count == known.count && value >= known.value) { continue }
      best = (value, count)
    }
    return best?.value
  }

  private func reduce<T: Comparable & BitwiseCopyable & Sendable>(
    _ array: NDArray, _ factors: [Int], _: T.Type, _ mean: @Sendable (ArraySlice<T>) -> T
  ) throws -> NDArray {
    let shape = zip(array.shape, factors).map { ($0 + $1 - 1) / $1 }
    let source: [T] = Memory.values(of: array.bytes)
    let strides = Shape.strides(array.shape)
    let outer = Array(shape.dropLast())
    let rows = PerNumber<[T]>(outer.reduce(1, *))
    try Parallel.forEach(outer.reduce(1, *), state: ()) { _, number in
      let index = Shape.index(number, in: outer)
      // The starts of the rows of the finer level under this row.
      var starts = [0]
      for axis in outer.indices {
        let taken = min(factors[axis], array.shape[axis] - index[axis] * factors[axis])
        starts = starts.flatMap { start in
          (0..<taken).map { start + (index[axis] * factors[axis] + $0) * strides[axis] }
        }
      }
      rows[number] = row(starts, source, width: array.shape.last ?? 1, factor: factors.last ?? 1, mean)
    }
    let values = rows.all.flatMap { $0 ?? [] }
    return NDArray(checked: array.type, shape, Memory.bytes(of: values))
  }

  private func row<T: Comparable>(
    _ starts: [Int], _ source: [T], width: Int, factor: Int, _ mean: (ArraySlice<T>) -> T
  ) -> [T] {
    var window: [T] = []
    window.reserveCapacity(starts.count * factor)
    return stride(from: 0, to: width, by: factor).map { first in
      window.removeAll(keepingCapacity: true)
      for start in starts { window += source[start + first..<start + min(first + factor, width)] }
      return self == .mode ? Self.mode(window[...]) ?? window[0] : mean(window[...])
    }
  }
}
