import Fingerprints

/// The element for chunks that are not stored, as the JSON of the metadata gives it.
enum FillValue {
  /// One element, little-endian.
  static func bytes(_ json: JSON, _ type: ElementType) throws -> [UInt8] {
    let bytes: [UInt8]? =
      switch (type, json) {
      case (.bool, .boolean(let value)): [value ? 1 : 0]
      case (.float16, _), (.float32, _), (.float64, _): real(json, type)
      case (.complex64, .list(let parts)) where parts.count == 2: complex(parts, .float32)
      case (.complex128, .list(let parts)) where parts.count == 2: complex(parts, .float64)
      case (.bool, _): nil
      case (_, .number(let lexeme)): integer(lexeme, type)
      default: nil
      }
    guard let bytes else {
      throw ArrayStoreError(.metadataInvalid, "fill value \(json.compact) is none of \(type.rawValue)")
    }
    return bytes
  }

  private static func complex(_ parts: [JSON], _ type: ElementType) -> [UInt8]? {
    guard let first = real(parts[0], type), let second = real(parts[1], type) else { return nil }
    return first + second
  }

  private static func real(_ json: JSON, _ type: ElementType) -> [UInt8]? {
    switch (json, type) {
    case (.text(let text), _): floatWord(text, type)
    case (.number(let lexeme), .float16): Float16(lexeme).map { Memory.bytes(of: [$0]) }
    case (.number(let lexeme), .float32): Float(lexeme).map { Memory.bytes(of: [$0]) }
    case (.number(let lexeme), _): Double(lexeme).map { Memory.bytes(of: [$0]) }
    default: nil
    }
  }

  /// Zero, for metadata that leaves the value open.
  static func zero(_ type: ElementType) -> [UInt8] {
    [UInt8](repeating: 0, count: type.size)
  }

  /// One element, little-endian, as the JSON of metadata; bits that no number or word stands for are hexadecimal.
  static func json(_ bytes: [UInt8], _ type: ElementType) -> JSON {
    func number<T: BitwiseCopyable & CustomStringConvertible>(_: T.Type) -> JSON {
      let values: [T] = Memory.values(of: bytes)
      return .number(values.first?.description ?? "0")
    }
    return switch type {
    case .bool: .boolean(bytes != [0])
    case .int8: number(Int8.self)
    case .int16: number(Int16.self)
    case .int32: number(Int32.self)
    case .int64: number(Int64.self)
    case .uint8: number(UInt8.self)
    case .uint16: number(UInt16.self)
    case .uint32: number(UInt32.self)
    case .uint64: number(UInt64.self)
    case .float16: realJSON(Float16.self, bytes)
    case .float32: realJSON(Float.self, bytes)
    case .float64: realJSON(Double.self, bytes)
    case .complex64: .list([json(Array(bytes[..<4]), .float32), json(Array(bytes[4...]), .float32)])
    case .complex128: .list([json(Array(bytes[..<8]), .float64), json(Array(bytes[8...]), .float64)])
    }
  }

  /// The same for version 2, which has no form for the bits of a number.
  static func version2JSON(_ bytes: [UInt8], _ type: ElementType) throws -> JSON {
    let json = json(bytes, type)
    let parts = if case .list(let parts) = json { parts } else { [json] }
    for case .text(let text) in parts where text.hasPrefix("0x") {
      throw ArrayStoreError(.invalidArgument, "version 2 has no form for the fill value \(text)")
    }
    return json
  }

  private static func realJSON<T: BinaryFloatingPoint & BitwiseCopyable & CustomStringConvertible>(
    _: T.Type, _ bytes: [UInt8]
  ) -> JSON {
    let values: [T] = Memory.values(of: bytes)
    let value = values.first ?? 0
    if value.isFinite { return .number(value.description) }
    if value.isInfinite { return .text(value > 0 ? "Infinity" : "-Infinity") }
    // Other readers know this word in both versions, the hexadecimal form in version 3 alone.
    if floatWord("NaN", T.self == Float16.self ? .float16 : T.self == Float.self ? .float32 : .float64) == bytes {
      return .text("NaN")
    }
    return .text("0x" + bytes.reversed().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
  }

  /// The words that JSON lacks, and bits in hexadecimal: Zarr version 3, section on fill values.
  private static func floatWord(_ text: String, _ type: ElementType) -> [UInt8]? {
    let words: (nan: UInt64, infinity: UInt64, sign: UInt64) =
      switch type {
      case .float16: (0x7e00, 0x7c00, 0x8000)
      case .float32: (0x7fc0_0000, 0x7f80_0000, 0x8000_0000)
      default: (0x7ff8_0000_0000_0000, 0x7ff0_0000_0000_0000, 0x8000_0000_0000_0000)
      }
    let bits: UInt64? =
      switch text {
      case "NaN": words.nan
      case "Infinity": words.infinity
      case "-Infinity": words.infinity | words.sign
      // Digits alone: the integer's own reading takes a sign, too.
      case _
      where text.hasPrefix("0x") && text.utf8.count == 2 + 2 * type.size && text.dropFirst(2).allSatisfy(\.isHexDigit):
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
