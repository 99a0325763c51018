extension JSON {
  /// Reads one document.
  ///
  /// - Throws: `JSONError` for anything RFC 8259 does not allow, a key that stands twice, and
  ///   nesting beyond `maximumDepth`.
  package init(parsing bytes: [UInt8]) throws {
    var parser = JSONParser(bytes: bytes)
    parser.skipSpace()
    self = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.offset == bytes.count else { throw parser.failure("something follows the document") }
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var offset = 0

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  func failure(_ message: String) -> JSONError {
    JSONError(message: message, offset: offset)
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
  }

  mutating func value(depth: Int) throws -> JSON {
    guard depth <= JSON.maximumDepth else { throw failure("nesting is deeper than \(JSON.maximumDepth)") }
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .list(try list(depth: depth))
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some: return .number(try number())
    case .none: throw failure("the document ends early")
    }
  }

  // MARK: -

  private mutating func word(_ word: String, _ value: JSON) throws -> JSON {
    guard bytes[offset...].starts(with: word.utf8) else { throw failure("not a JSON value") }
    offset += word.utf8.count
    return value
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard next == UInt8(ascii: character) else { throw failure("'\(character)' expected") }
    offset += 1
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func list(depth: Int) throws -> [JSON] {
    try expect("[")
    skipSpace()
    var values: [JSON] = []
    if accept("]") { return values }
    repeat {
      skipSpace()
      values.append(try value(depth: depth + 1))
      skipSpace()
    } while accept(",")
    try expect("]")
    return values
  }

  private mutating func object(depth: Int) throws -> [JSON.Entry] {
    try expect("{")
    skipSpace()
    var entries: [JSON.Entry] = []
    var keys: Set<String> = []
    if accept("}") { return entries }
    repeat {
      skipSpace()
      let key = try text()
      guard keys.insert(key).inserted else { throw failure("key '\(key)' stands twice") }
      skipSpace()
      try expect(":")
      skipSpace()
      entries.append(JSON.Entry(key, try value(depth: depth + 1)))
      skipSpace()
    } while accept(",")
    try expect("}")
    return entries
  }

  private mutating func number() throws -> String {
    let start = offset
    _ = accept("-")
    if !accept("0") { try digits() }
    if accept(".") { try digits() }
    if accept("e") || accept("E") {
      if !accept("+") { _ = accept("-") }
      try digits()
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func digits() throws {
    let start = offset
    while let byte = next, byte >= 0x30 && byte <= 0x39 { offset += 1 }
    guard offset > start else { throw failure("not a JSON value") }
  }

  private mutating func text() throws -> String {
    try expect("\"")
    var utf8: [UInt8] = []
    while let byte = next {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: utf8, as: UTF8.self) else { throw failure("a text is not UTF-8") }
        return text
      case UInt8(ascii: "\\"): try escape(into: &utf8)
      case 0..<0x20: throw failure("a control character stands in a text")
      default: utf8.append(byte)
      }
    }
    throw failure("a text does not end")
  }

  private mutating func escape(into utf8: inout [UInt8]) throws {
    guard let byte = next else { throw failure("a text does not end") }
    offset += 1
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": utf8.append(byte)
    case "b": utf8.append(0x08)
    case "f": utf8.append(0x0c)
    case "n": utf8.append(0x0a)
    case "r": utf8.append(0x0d)
    case "t": utf8.append(0x09)
    case "u": utf8 += Array(String(try unicodeScalar()).utf8)
    default: throw failure("an unknown escape")
    }
  }

  private mutating func unicodeScalar() throws -> Unicode.Scalar {
    var code = try fourDigits()
    if code & 0xfc00 == 0xd800 {
      try expect("\\")
      try expect("u")
      let low = try fourDigits()
      guard low & 0xfc00 == 0xdc00 else { throw failure("half of a surrogate pair") }
      code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair") }
    return scalar
  }

  private mutating func fourDigits() throws -> UInt32 {
    guard bytes.count - offset >= 4, let code = hexadecimal(bytes[offset..<offset + 4]) else {
      throw failure("four hexadecimal digits expected")
    }
    offset += 4
    return code
  }

  private func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32? {
    var code: UInt32 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: code = code << 4 | UInt32(digit - 0x30)
      case 0x41...0x46: code = code << 4 | UInt32(digit - 0x41 + 10)
      case 0x61...0x66: code = code << 4 | UInt32(digit - 0x61 + 10)
      default: return nil
      }
    }
    return code
  }
}
