/// The type of an array's elements; the raw value is the name that Zarr version 3 uses.
public enum ElementType: String, CaseIterable, Sendable, Codable {
  case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64
  /// Two numbers: the real part, then the imaginary one.
  case complex64, complex128

  /// The bytes of one element.
  public var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// The bytes of one number: half an element of complex types.
  var componentSize: Int { isComplex ? size / 2 : size }
  var isComplex: Bool { self == .complex64 || self == .complex128 }
  var isFloatingPoint: Bool { [.float16, .float32, .float64].contains(self) }
}

/// A Swift type that is an element of an `NDArray`.
public protocol ArrayElement: BitwiseCopyable, Sendable {
  /// The type in files that this is in memory.
  static var elementType: ElementType { get }
}

extension Bool: ArrayElement { public static var elementType: ElementType { .bool } }
extension Int8: ArrayElement { public static var elementType: ElementType { .int8 } }
extension Int16: ArrayElement { public static var elementType: ElementType { .int16 } }
extension Int32: ArrayElement { public static var elementType: ElementType { .int32 } }
extension Int64: ArrayElement { public static var elementType: ElementType { .int64 } }
extension UInt8: ArrayElement { public static var elementType: ElementType { .uint8 } }
extension UInt16: ArrayElement { public static var elementType: ElementType { .uint16 } }
extension UInt32: ArrayElement { public static var elementType: ElementType { .uint32 } }
extension UInt64: ArrayElement { public static var elementType: ElementType { .uint64 } }
extension Float16: ArrayElement { public static var elementType: ElementType { .float16 } }
extension Float: ArrayElement { public static var elementType: ElementType { .float32 } }
extension Double: ArrayElement { public static var elementType: ElementType { .float64 } }
