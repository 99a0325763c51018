/// A type of element that a safetensors file can hold.
///
/// Read as Float32: F32; F16 and BF16, which Float32 holds exactly; F64, rounded to nearest; I64 where the number is
/// one that Float32 holds exactly, as counts of batches are. All others are refused by name.
enum SafetensorsElement: String {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"

  /// Bytes of one element.
  var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32: 4
    case .float16, .bfloat16: 2
    }
  }

  /// Types of the format that no model here is made of.
  static let refused: Set<String> = [
    "BOOL", "U8", "I8", "I16", "U16", "I32", "U32", "U64", "C64", "F4", "F6_E2M3", "F6_E3M2", "F8_E4M3", "F8_E5M2",
    "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
  ]

  /// The elements as Float32.
  ///
  /// - Parameter bytes: Little-endian, a whole number of elements.
  /// - Throws: `SafetensorsError` for a number that Float32 cannot hold.
  func floats(_ bytes: ArraySlice<UInt8>, of name: String) throws(SafetensorsError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(bytes.count / size)
    var place = bytes.startIndex
    while place < bytes.endIndex {
      var pattern: UInt64 = 0
      for byte in 0..<size { pattern |= UInt64(bytes[place + byte]) << UInt64(8 * byte) }
      guard let value = float(pattern) else {
        let number = self == .int64 ? "\(Int64(bitPattern: pattern))" : "\(Double(bitPattern: pattern))"
        throw SafetensorsError(
          "tensor '\(name)' holds \(number), which Float32 cannot hold; convert the tensor where the file was written")
      }
      values.append(value)
      place += size
    }
    return values
  }

  /// The number of a bit pattern; nil where Float32 cannot hold it.
  private func float(_ pattern: UInt64) -> Float? {
    switch self {
    case .float32: return Float(bitPattern: UInt32(truncatingIfNeeded: pattern))
    case .bfloat16: return Float(bitPattern: UInt32(truncatingIfNeeded: pattern) << 16)
    case .float16: return Self.half(UInt32(truncatingIfNeeded: pattern))
    case .int64: return Float(exactly: Int64(bitPattern: pattern))
    case .float64:
      let number = Double(bitPattern: pattern)
      let value = Float(number)
      return value.isInfinite && number.isFinite ? nil : value
    }
  }

  /// IEEE 754 binary16, which has subnormal numbers where binary32 has normal ones.
  private static func half(_ pattern: UInt32) -> Float {
    let sign = (pattern & 0x8000) << 16
    let exponent = (pattern >> 10) & 0x1f
    let fraction = pattern & 0x3ff
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 0x1f: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
