/// A typed n-dimensional array in memory.
///
/// Volumes have the shape `[z, y, x]`. Bytes are in C order (the last axis varies fastest), little-endian.
public struct NDArray: Hashable, Sendable {
  /// The type of the elements.
  public let type: ElementType
  /// The number of elements along each axis; empty for a scalar.
  public let shape: [Int]
  /// The elements in C order, little-endian; booleans are one byte, 0 or 1.
  public let bytes: [UInt8]

  /// An array from its bytes.
  ///
  /// - Throws: `invalid_argument` when the bytes are not as many as type and shape ask for,
  ///   `overflow` when their number does not fit an integer.
  public init(type: ElementType, shape: [Int], bytes: [UInt8]) throws {
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw ArrayStoreError(.invalidArgument, "shape \(shape) has a negative extent")
    }
    let expected = try Shape.bytes(shape, type, limit: .max, what: "an array")
    guard bytes.count == expected else {
      throw ArrayStoreError(
        .invalidArgument, "shape \(shape) of \(type.rawValue) needs \(expected) bytes, not \(bytes.count)")
    }
    (self.type, self.shape, self.bytes) = (type, shape, bytes)
  }

  /// An array from its values in C order.
  ///
  /// - Throws: `invalid_argument` when the values are not as many as the shape asks for.
  public init<T: ArrayElement>(_ values: [T], shape: [Int]) throws {
    guard shape.allSatisfy({ $0 >= 0 }), try Shape.count(shape) == values.count else {
      throw ArrayStoreError(.invalidArgument, "\(values.count) values do not fill shape \(shape)")
    }
    (type, self.shape, bytes) = (T.elementType, shape, Memory.bytes(of: values))
  }

  /// Takes what its caller has checked.
  init(checked type: ElementType, _ shape: [Int], _ bytes: [UInt8]) {
    (self.type, self.shape, self.bytes) = (type, shape, bytes)
  }

  // MARK: -

  /// The number of elements.
  public var count: Int { bytes.count / type.size }

  /// The elements in C order.
  ///
  /// - Throws: `invalid_argument` when the array has another type.
  public func values<T: ArrayElement>(as element: T.Type = T.self) throws -> [T] {
    guard T.elementType == type else {
      throw ArrayStoreError(
        .invalidArgument, "an array of \(type.rawValue) has no values of type \(T.elementType.rawValue)")
    }
    return Memory.values(of: bytes)
  }

  /// The elements in C order as the nearest `Float`; true is 1, a complex number is its magnitude.
  public func floats() -> [Float] {
    switch type {
    case .bool, .uint8: bytes.map { Float($0) }
    case .int8: Memory.values(of: bytes).map { (value: Int8) in Float(value) }
    case .int16: Memory.values(of: bytes).map { (value: Int16) in Float(value) }
    case .int32: Memory.values(of: bytes).map { (value: Int32) in Float(value) }
    case .int64: Memory.values(of: bytes).map { (value: Int64) in Float(value) }
    case .uint16: Memory.values(of: bytes).map { (value: UInt16) in Float(value) }
    case .uint32: Memory.values(of: bytes).map { (value: UInt32) in Float(value) }
    case .uint64: Memory.values(of: bytes).map { (value: UInt64) in Float(value) }
    case .float16: Memory.values(of: bytes).map { (value: Float16) in Float(value) }
    case .float32: Memory.values(of: bytes)
    case .float64: Memory.values(of: bytes).map { (value: Double) in Float(value) }
    case .complex64:
      Memory.values(of: bytes).map { (value: SIMD2<Float>) in
        Float((value.x * value.x + value.y * value.y).squareRoot())
      }
    case .complex128:
      Memory.values(of: bytes).map { (value: SIMD2<Double>) in
        Float((value.x * value.x + value.y * value.y).squareRoot())
      }
    }
  }

  /// A copy of a box of the array.
  ///
  /// - Throws: `invalid_argument` when the box does not lie in the array.
  public func region(_ region: Region) throws -> NDArray {
    try region.check(inside: shape)
    if region.shape == shape { return self }
    var target = [UInt8](repeating: 0, count: try Shape.count(region.shape) * type.size)
    Memory.copy(
      region.shape, elementSize: type.size,
      from: bytes, shape: shape, at: region.start,
      to: &target, shape: region.shape, at: region.shape.map { _ in 0 })
    return NDArray(checked: type, region.shape, target)
  }

  /// The same elements in another shape of as many elements.
  ///
  /// - Throws: `invalid_argument` when the counts differ.
  public func reshaped(_ shape: [Int]) throws -> NDArray {
    try NDArray(type: type, shape: shape, bytes: bytes)
  }
}
