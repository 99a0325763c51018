/// Finds the values of a JSON document; what RFC 8259 does not allow is an error.
struct JSONTapeParser {
  private static let maximumDepth = 512

  private let bytes: [UInt8]
  private var offset = 0
  private var nodes: [JSONTape.Node] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    nodes.reserveCapacity(bytes.count / 12)
  }

  mutating func document() throws -> [JSONTape.Node] {
    try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw failure("something follows the document") }
    return nodes
  }

  private func failure(_ message: String) -> DecodingError { JSONTape.corrupted(message, at: offset) }

  private mutating func skipSpace() {
    while offset < bytes.count {
      let byte = bytes[offset]
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
      offset += 1
    }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    skipSpace()
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws {
    guard depth <= Self.maximumDepth else { throw failure("nesting is deeper than \(Self.maximumDepth)") }
    skipSpace()
    guard offset < bytes.count else { throw failure("the document ends early") }
    switch bytes[offset] {
    case UInt8(ascii: "{"): try object(depth: depth)
    case UInt8(ascii: "["): try list(depth: depth)
    case UInt8(ascii: "\""): try text()
    case UInt8(ascii: "t"): try word("true", .yes)
    case UInt8(ascii: "f"): try word("false", .no)
    case UInt8(ascii: "n"): try word("null", .null)
    default: try number()
    }
  }

  // MARK: - Inside

  private mutating func object(depth: Int) throws {
    let place = open(.object)
    if !accept(UInt8(ascii: "}")) {
      repeat {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw failure("a key expected") }
        try text()
        guard accept(UInt8(ascii: ":")) else { throw failure("':' expected") }
        try value(depth: depth + 1)
      } while accept(UInt8(ascii: ","))
      guard accept(UInt8(ascii: "}")) else { throw failure("'}' expected") }
    }
    close(place)
  }

  private mutating func list(depth: Int) throws {
    let place = open(.list)
    if !accept(UInt8(ascii: "]")) {
      repeat { try value(depth: depth + 1) } while accept(UInt8(ascii: ","))
      guard accept(UInt8(ascii: "]")) else { throw failure("']' expected") }
    }
    close(place)
  }

  private mutating func open(_ kind: JSONTape.Kind) -> Int {
    nodes.append(.init(kind: kind, start: offset, end: offset, next: 0))
    offset += 1
    return nodes.count - 1
  }

  private mutating func close(_ place: Int) {
    nodes[place].end = offset
    nodes[place].next = nodes.count
  }

  private mutating func add(_ kind: JSONTape.Kind, _ start: Int, _ end: Int) {
    nodes.append(.init(kind: kind, start: start, end: end, next: nodes.count + 1))
  }

  // MARK: - Leaves

  private mutating func text() throws {
    offset += 1
    let start = offset
    var kind = JSONTape.Kind.text
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") {
        add(kind, start, offset)
        offset += 1
        return
      }
      guard byte >= 0x20 else { throw failure("a control character in a text") }
      if byte == UInt8(ascii: "\\") {
        kind = .escapedText
        offset += 1
      }
      offset += 1
    }
    throw failure("a text does not end")
  }

  private mutating func word(_ word: String, _ kind: JSONTape.Kind) throws {
    let start = offset
    for byte in word.utf8 {
      guard offset < bytes.count, bytes[offset] == byte else { throw failure("not a JSON value") }
      offset += 1
    }
    add(kind, start, offset)
  }

  private mutating func number() throws {
    let start = offset
    skip(UInt8(ascii: "-"))
    if !skip(UInt8(ascii: "0")) { try digits() }
    if skip(UInt8(ascii: ".")) { try digits() }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
      try digits()
    }
    add(.number, start, offset)
  }

  @discardableResult
  private mutating func skip(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  private mutating func digits() throws {
    let start = offset
    while offset < bytes.count, 0x30...0x39 ~= bytes[offset] { offset += 1 }
    guard offset > start else { throw failure("not a JSON value") }
  }
}
