/// Decodes one value of a tape.
struct JSONTapeDecoder: Decoder {
  let tape: JSONTape
  let place: Int

  /// Left empty: mistakes name the byte.
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ tape: JSONTape, at place: Int) {
    self.tape = tape
    self.place = place
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard tape.kind(place) == .object else { throw tape.mismatch("an object", place) }
    return KeyedDecodingContainer(Fields(tape: tape, object: place))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try Items(tape, list: place) }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }
}

extension JSONTapeDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { tape.kind(place) == .null }
  func decode(_ type: Bool.Type) throws -> Bool { try tape.boolean(place) }
  func decode(_ type: String.Type) throws -> String { try tape.text(place) }
  func decode(_ type: Double.Type) throws -> Double { try tape.number(place) }
  func decode(_ type: Float.Type) throws -> Float { Float(try tape.number(place)) }
  func decode(_ type: Int.Type) throws -> Int { try tape.integer(place) }
  func decode(_ type: Int8.Type) throws -> Int8 { try tape.integer(place) }
  func decode(_ type: Int16.Type) throws -> Int16 { try tape.integer(place) }
  func decode(_ type: Int32.Type) throws -> Int32 { try tape.integer(place) }
  func decode(_ type: Int64.Type) throws -> Int64 { try tape.integer(place) }
  func decode(_ type: UInt.Type) throws -> UInt { try tape.integer(place) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try tape.integer(place) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try tape.integer(place) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try tape.integer(place) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try tape.integer(place) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    // Maps of texts are everywhere, and the standard library looks each key up twice.
    if Value.self == [String: String].self, tape.kind(place) == .object {
      var texts: [String: String] = [:]
      for key in tape.keys(of: place) { texts[try tape.text(key)] = try tape.text(key + 1) }
      if let texts = texts as? Value { return texts }
    }
    return try Value(from: self)
  }
}

// MARK: - Objects

private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let tape: JSONTape
  let object: Int

  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    // A key that is no text was found to be one when the tape was made.
    tape.keys(of: object).compactMap { place in (try? tape.text(place)).flatMap { Key(stringValue: $0) } }
  }

  func contains(_ key: Key) -> Bool { ((try? tape.value(of: key.stringValue, in: object)) ?? nil) != nil }

  private func value(_ key: Key) throws -> JSONTapeDecoder {
    guard let place = try tape.value(of: key.stringValue, in: object) else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: [], debugDescription: "there is no '\(key.stringValue)'"))
    }
    return JSONTapeDecoder(tape, at: place)
  }

  func decodeNil(forKey key: Key) throws -> Bool { try value(key).decodeNil() }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).decode(type) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).decode(type) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).decode(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).decode(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).decode(type) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try value(key).decode(type) }

  func nestedContainer<Inner: CodingKey>(
    keyedBy type: Inner.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Inner> { try value(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try value(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { JSONTapeDecoder(tape, at: object) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }
}

// MARK: - Lists

private struct Items: UnkeyedDecodingContainer {
  private let tape: JSONTape
  private let end: Int
  private var place: Int
  let count: Int?
  private(set) var currentIndex = 0

  var codingPath: [any CodingKey] { [] }
  var isAtEnd: Bool { place == end }

  init(_ tape: JSONTape, list: Int) throws {
    guard tape.kind(list) == .list else { throw tape.mismatch("a list", list) }
    self.tape = tape
    end = tape.next(list)
    place = list + 1
    var count = 0
    var item = place
    while item < end {
      count += 1
      item = tape.next(item)
    }
    self.count = count
  }

  private mutating func item() throws -> JSONTapeDecoder {
    guard place < end else {
      throw DecodingError.valueNotFound(
        String.self, .init(codingPath: [], debugDescription: "the list has no item \(currentIndex)"))
    }
    defer {
      place = tape.next(place)
      currentIndex += 1
    }
    return JSONTapeDecoder(tape, at: place)
  }

  mutating func decodeNil() throws -> Bool {
    guard place < end, tape.kind(place) == .null else { return false }
    return try item().decodeNil()
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try item().decode(type) }
  mutating func decode(_ type: String.Type) throws -> String { try item().decode(type) }
  mutating func decode(_ type: Double.Type) throws -> Double { try item().decode(type) }
  mutating func decode(_ type: Float.Type) throws -> Float { try item().decode(type) }
  mutating func decode(_ type: Int.Type) throws -> Int { try item().decode(type) }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try item().decode(type) }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try item().decode(type) }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try item().decode(type) }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try item().decode(type) }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try item().decode(type) }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try item().decode(type) }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try item().decode(type) }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try item().decode(type) }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try item().decode(type) }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try item().decode(type) }

  mutating func nestedContainer<Inner: CodingKey>(
    keyedBy type: Inner.Type
  ) throws -> KeyedDecodingContainer<Inner> { try item().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try item().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try item() }
}
