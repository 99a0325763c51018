/// A JSON document as a list of its values in the order written; texts and numbers stay bytes until they are asked for.
final class JSONTape: Sendable {
  enum Kind: UInt8, Sendable { case null, yes, no, number, text, escapedText, list, object }

  struct Node: Sendable {
    let kind: Kind
    /// The first byte of a number, or of what stands between the quotes of a text.
    let start: Int
    /// The byte after it.
    var end: Int
    /// The place of the value after this one and all that is in it.
    var next: Int
  }

  private let bytes: [UInt8]
  private let nodes: [Node]

  /// Reads one document.
  ///
  /// - Throws: `DecodingError.dataCorrupted` for what is not JSON.
  init(parsing bytes: [UInt8]) throws {
    var parser = JSONTapeParser(bytes)
    nodes = try parser.document()
    self.bytes = bytes
  }

  // MARK: - Values

  func kind(_ place: Int) -> Kind { nodes[place].kind }

  /// The place after a value and all that is in it.
  func next(_ place: Int) -> Int { nodes[place].next }

  func text(_ place: Int) throws -> String {
    let node = nodes[place]
    switch node.kind {
    case .text:
      guard let text = String(validating: bytes[node.start..<node.end], as: UTF8.self) else {
        throw Self.corrupted("a text is not UTF-8", at: node.start)
      }
      return text
    case .escapedText: return try unescaped(node)
    default: throw mismatch("a text", place)
    }
  }

  func boolean(_ place: Int) throws -> Bool {
    switch nodes[place].kind {
    case .yes: true
    case .no: false
    default: throw mismatch("true or false", place)
    }
  }

  func number(_ place: Int) throws -> Double {
    guard let value = Double(try digits(place)) else { throw mismatch("a number", place) }
    return value
  }

  func integer<Value: FixedWidthInteger>(_ place: Int) throws -> Value {
    let digits = try digits(place)
    // Other writers may say 1.0 or 1e3.
    guard let value = Value(digits) ?? Double(digits).flatMap({ Value(exactly: $0) }) else {
      throw mismatch("a whole number of \(Value.self)", place)
    }
    return value
  }

  private func digits(_ place: Int) throws -> String {
    let node = nodes[place]
    guard node.kind == .number else { throw mismatch("a number", place) }
    return String(decoding: bytes[node.start..<node.end], as: UTF8.self)
  }

  // MARK: - Objects and lists

  /// The place of the value of a key; nil where there is none.
  func value(of key: String, in object: Int) throws -> Int? {
    var place = object + 1
    let end = nodes[object].next
    while place < end {
      if try isText(place, key) { return place + 1 }
      place = nodes[place + 1].next
    }
    return nil
  }

  private func isText(_ place: Int, _ text: String) throws -> Bool {
    let node = nodes[place]
    guard node.kind == .text else { return try self.text(place) == text }
    let utf8 = text.utf8
    guard utf8.count == node.end - node.start else { return false }
    var index = node.start
    for byte in utf8 {
      if bytes[index] != byte { return false }
      index += 1
    }
    return true
  }

  /// The places of all keys of an object; each value stands behind its key.
  func keys(of object: Int) -> [Int] {
    var places: [Int] = []
    var place = object + 1
    while place < nodes[object].next {
      places.append(place)
      place = nodes[place + 1].next
    }
    return places
  }

  // MARK: - Mistakes

  static func corrupted(_ message: String, at offset: Int) -> DecodingError {
    .dataCorrupted(.init(codingPath: [], debugDescription: "\(message), at byte \(offset)"))
  }

  func mismatch(_ wanted: String, _ place: Int) -> DecodingError {
    .typeMismatch(
      String.self,
      .init(
        codingPath: [],
        debugDescription: "expected \(wanted), found \(nodes[place].kind), at byte \(nodes[place].start)"))
  }

  // MARK: - Escapes

  private func unescaped(_ node: Node) throws -> String {
    var utf8: [UInt8] = []
    var offset = node.start
    while offset < node.end {
      let byte = bytes[offset]
      offset += 1
      if byte != UInt8(ascii: "\\") {
        utf8.append(byte)
        continue
      }
      // The parser has seen that a character follows.
      let escape = bytes[offset]
      offset += 1
      if escape == UInt8(ascii: "u") {
        utf8 += String(try scalar(&offset, node)).utf8
      } else if let plain = Self.escapes[escape] {
        utf8.append(plain)
      } else {
        throw Self.corrupted("a text has an unknown escape", at: offset - 1)
      }
    }
    guard let text = String(validating: utf8, as: UTF8.self) else {
      throw Self.corrupted("a text is not UTF-8", at: node.start)
    }
    return text
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5c, UInt8(ascii: "/"): 0x2f, UInt8(ascii: "b"): 0x08,
    UInt8(ascii: "f"): 0x0c, UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09,
  ]

  /// The scalar of `\uXXXX`, or of a pair of them.
  private func scalar(_ offset: inout Int, _ node: Node) throws -> Unicode.Scalar {
    let first = try unit(&offset, node)
    if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
    guard first < 0xdc00, offset + 1 < node.end, bytes[offset] == UInt8(ascii: "\\"),
      bytes[offset + 1] == UInt8(ascii: "u")
    else { throw Self.corrupted("half of a surrogate pair", at: offset) }
    offset += 2
    let second = try unit(&offset, node)
    guard 0xdc00...0xdfff ~= second,
      let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00))
    else { throw Self.corrupted("half of a surrogate pair", at: offset) }
    return scalar
  }

  private func unit(_ offset: inout Int, _ node: Node) throws -> UInt16 {
    guard offset + 4 <= node.end else { throw Self.corrupted("an escape ends early", at: offset) }
    let digits = String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
    guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let unit = UInt16(digits, radix: 16)
    else { throw Self.corrupted("an escape without four hexadecimal digits", at: offset) }
    offset += 4
    return unit
  }
}
