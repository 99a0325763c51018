import Fingerprints

/// The element for chunks that are not stored, as the JSON of the metadata gives it.
enum FillValue {
  /// One element, little-endian.
  static func bytes(_ json: JSON, _ type: ElementType) throws -> [UInt8] {
    let bytes: [UInt8]? =
      switch (type, json) {
      case (.bool, .boolean(let value)): [value ? 1 : 0]
      case (.float32, .number(let lexeme)): Float(lexeme).map { Memory.bytes(of: [$0]) }
      case (.float64, .number(let lexeme)): Double(lexeme).map { Memory.bytes(of: [$0]) }
      case (.float32, .text(let text)), (.float64, .text(let text)): floatWord(text, type)
      case (.bool, _): nil
      case (_, .number(let lexeme)): integer(lexeme, type)
      default: nil
      }
    guard let bytes else {
      throw ArrayStoreError(.metadataInvalid, "fill value \(json.compact) is none of \(type.rawValue)")
    }
    return bytes
  }

  /// Zero, for metadata that leaves the value open.
  static func zero(_ type: ElementType) -> [UInt8] {
    [UInt8](repeating: 0, count: type.size)
  }

  /// The words that JSON lacks, and bits in hexadecimal: Zarr version 3, section on fill values.
  private static func floatWord(_ text: String, _ type: ElementType) -> [UInt8]? {
    let isSingle = type == .float32
    let bits: UInt64? =
      switch text {
      case "NaN": isSingle ? 0x7fc0_0000 : 0x7ff8_0000_0000_0000
      case "Infinity": isSingle ? 0x7f80_0000 : 0x7ff0_0000_0000_0000
      case "-Infinity": isSingle ? 0xff80_0000 : 0xfff0_0000_0000_0000
      case _ where text.hasPrefix("0x") && text.utf8.count == 2 + 2 * type.size:
        UInt64(text.dropFirst(2), radix: 16)
      default: nil
      }
    return bits.map { Array(Memory.bytes(of: [$0]).prefix(type.size)) }
  }

  private static func integer(_ lexeme: String, _ type: ElementType) -> [UInt8]? {
    // 7.0 is accepted as every other reader does; 1.5 is not.
    var digits = lexeme
    if digits.contains(where: { ".eE".contains($0) }) {
      guard let value = Double(lexeme), value == value.rounded(), abs(value) < 0x1p53 else { return nil }
      digits = String(Int64(value))
    }
    return switch type {
    case .int8: Int8(digits).map { Memory.bytes(of: [$0]) }
    case .int16: Int16(digits).map { Memory.bytes(of: [$0]) }
    case .int32: Int32(digits).map { Memory.bytes(of: [$0]) }
    case .int64: Int64(digits).map { Memory.bytes(of: [$0]) }
    case .uint8: UInt8(digits).map { Memory.bytes(of: [$0]) }
    case .uint16: UInt16(digits).map { Memory.bytes(of: [$0]) }
    case .uint32: UInt32(digits).map { Memory.bytes(of: [$0]) }
    case .uint64: UInt64(digits).map { Memory.bytes(of: [$0]) }
    default: nil
    }
  }
}
