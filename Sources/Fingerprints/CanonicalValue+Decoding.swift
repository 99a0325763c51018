extension CanonicalValue {
  /// The value of canonical bytes.
  ///
  /// - Throws: `CanonicalError` with the offset for anything that `encoded()` does not write: a
  ///   longer head than needed, indefinite lengths, tags, other floats, -0, NaN, texts that are not
  ///   in normal form C, keys out of order or twice, lengths beyond the input, nesting beyond
  ///   `maximumDepth`, bytes after the value.
  public static func decoded(from bytes: [UInt8]) throws -> CanonicalValue {
    var reader = CanonicalReader(bytes: bytes)
    let value = try reader.value(depth: 0)
    guard reader.offset == bytes.count else {
      throw CanonicalError("\(bytes.count - reader.offset) bytes follow the value at byte \(reader.offset)")
    }
    return value
  }
}

private struct CanonicalReader {
  let bytes: [UInt8]
  var offset = 0

  mutating func value(depth: Int) throws -> CanonicalValue {
    guard depth <= CanonicalValue.maximumDepth else {
      throw failure("nesting is deeper than \(CanonicalValue.maximumDepth)")
    }
    let initial = try byte()
    switch initial {
    case 0xf4: return .boolean(false)
    case 0xf5: return .boolean(true)
    case 0xf6: return .null
    case 0xfb: return .number(try number())
    default: break
    }
    guard initial >> 5 <= 5 else {
      throw failure("byte 0x\(String(initial, radix: 16)) starts no canonical value")
    }
    let argument = try argument(initial & 0x1f)
    switch initial >> 5 {
    case 0: return .integer(try small(argument))
    case 1: return .integer(~(try small(argument)))
    case 2: return .bytes(Array(try take(argument)))
    case 3: return .text(try text(argument))
    case 4: return .list(try list(argument, depth: depth))
    default: return .map(try map(argument, depth: depth))
    }
  }

  // MARK: -

  private func failure(_ message: String) -> CanonicalError {
    CanonicalError("\(message), at byte \(offset)")
  }

  private mutating func byte() throws -> UInt8 {
    guard offset < bytes.count else { throw failure("the input ends early") }
    defer { offset += 1 }
    return bytes[offset]
  }

  private mutating func bigEndian(_ count: Int) throws -> UInt64 {
    var result: UInt64 = 0
    for _ in 0..<count { result = result << 8 | UInt64(try byte()) }
    return result
  }

  private mutating func argument(_ short: UInt8) throws -> UInt64 {
    let (count, least): (Int, UInt64)
    switch short {
    case 0..<24: return UInt64(short)
    case 24: (count, least) = (1, 24)
    case 25: (count, least) = (2, 0x100)
    case 26: (count, least) = (4, 0x1_0000)
    case 27: (count, least) = (8, 0x1_0000_0000)
    default: throw failure("a length is indefinite or reserved")
    }
    let result = try bigEndian(count)
    guard result >= least else { throw failure("\(result) is not in its shortest form") }
    return result
  }

  private func small(_ argument: UInt64) throws -> Int64 {
    guard let value = Int64(exactly: argument) else { throw failure("an integer needs more than 64 bits") }
    return value
  }

  private mutating func take(_ count: UInt64) throws -> ArraySlice<UInt8> {
    guard count <= UInt64(bytes.count - offset) else {
      throw failure("a length of \(count) exceeds the \(bytes.count - offset) bytes left")
    }
    defer { offset += Int(count) }
    return bytes[offset..<offset + Int(count)]
  }

  private mutating func number() throws -> Double {
    let value = Double(bitPattern: try bigEndian(8))
    guard !value.isNaN else { throw failure("NaN has no canonical form") }
    guard value != 0 || value.sign == .plus else { throw failure("-0 is not canonical") }
    return value
  }

  private mutating func text(_ count: UInt64) throws -> String {
    let utf8 = try take(count)
    guard let text = String(validating: utf8, as: UTF8.self) else { throw failure("a text is not UTF-8") }
    guard text.normalisedUTF8.elementsEqual(utf8) else {
      throw failure("a text is not in normal form C")
    }
    return text
  }

  private mutating func list(_ count: UInt64, depth: Int) throws -> [CanonicalValue] {
    guard count <= UInt64(bytes.count - offset) else {
      throw failure("a list of \(count) exceeds the bytes left")
    }
    return try (0..<count).map { _ in try value(depth: depth + 1) }
  }

  private mutating func map(_ count: UInt64, depth: Int) throws -> [String: CanonicalValue] {
    guard count <= UInt64(bytes.count - offset) / 2 else {
      throw failure("a map of \(count) exceeds the bytes left")
    }
    var entries: [String: CanonicalValue] = [:]
    var previous: ArraySlice<UInt8> = []
    for _ in 0..<count {
      let start = offset
      let head = try byte()
      guard head >> 5 == 3 else { throw failure("a key is not a text") }
      let key = try text(try argument(head & 0x1f))
      let encoded = bytes[start..<offset]
      guard previous.lexicographicallyPrecedes(encoded) else {
        throw failure("key '\(key)' is out of order or stands twice")
      }
      previous = encoded
      entries[key] = try value(depth: depth + 1)
    }
    return entries
  }
}
