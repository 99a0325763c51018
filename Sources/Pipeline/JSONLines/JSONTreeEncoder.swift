/// Encodes one value into a tree.
struct JSONTreeEncoder: Encoder {
  private let tree: JSONTree

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ tree: JSONTree) { self.tree = tree }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .object = tree.content {} else { tree.content = .object([]) }
    return KeyedEncodingContainer(Fields(tree: tree))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .list = tree.content {} else { tree.content = .list([]) }
    return Items(tree: tree)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension JSONTreeEncoder: SingleValueEncodingContainer {
  func encodeNil() { tree.content = .word("null") }
  func encode(_ value: Bool) { tree.content = .word(value ? "true" : "false") }
  func encode(_ value: String) { tree.content = .text(value) }
  func encode(_ value: Int) { tree.content = .word(String(value)) }
  func encode(_ value: Int8) { tree.content = .word(String(value)) }
  func encode(_ value: Int16) { tree.content = .word(String(value)) }
  func encode(_ value: Int32) { tree.content = .word(String(value)) }
  func encode(_ value: Int64) { tree.content = .word(String(value)) }
  func encode(_ value: UInt) { tree.content = .word(String(value)) }
  func encode(_ value: UInt8) { tree.content = .word(String(value)) }
  func encode(_ value: UInt16) { tree.content = .word(String(value)) }
  func encode(_ value: UInt32) { tree.content = .word(String(value)) }
  func encode(_ value: UInt64) { tree.content = .word(String(value)) }
  func encode(_ value: Float) throws { try encode(number: value) }
  func encode(_ value: Double) throws { try encode(number: value) }

  func encode<Value: Encodable>(_ value: Value) throws {
    if Value.self == [String: String].self, let texts = value as? [String: String] {
      tree.content = .object(texts.map { (key: $0.key, value: JSONTree(.text($0.value))) })
    } else {
      try value.encode(to: self)
    }
  }

  private func encode<Number: BinaryFloatingPoint & CustomStringConvertible>(number: Number) throws {
    guard number.isFinite else {
      throw EncodingError.invalidValue(number, .init(codingPath: [], debugDescription: "JSON has no \(number)"))
    }
    let text = number.description
    tree.content = .word(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }
}

// MARK: - Objects

private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let tree: JSONTree

  var codingPath: [any CodingKey] { [] }

  private func value(_ key: Key) -> JSONTreeEncoder {
    let value = JSONTree()
    tree.add(key.stringValue, value)
    return JSONTreeEncoder(value)
  }

  func encodeNil(forKey key: Key) { value(key).encodeNil() }
  func encode(_ value: Bool, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: String, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: Double, forKey key: Key) throws { try self.value(key).encode(value) }
  func encode(_ value: Float, forKey key: Key) throws { try self.value(key).encode(value) }
  func encode(_ value: Int, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: Int8, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: Int16, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: Int32, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: Int64, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: UInt, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: UInt8, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: UInt16, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: UInt32, forKey key: Key) { self.value(key).encode(value) }
  func encode(_ value: UInt64, forKey key: Key) { self.value(key).encode(value) }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try self.value(key).encode(value) }

  func nestedContainer<Inner: CodingKey>(
    keyedBy type: Inner.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Inner> { value(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { value(key).unkeyedContainer() }
  func superEncoder() -> any Encoder { superEncoder(named: "super") }
  func superEncoder(forKey key: Key) -> any Encoder { value(key) }

  private func superEncoder(named name: String) -> any Encoder {
    let value = JSONTree()
    tree.add(name, value)
    return JSONTreeEncoder(value)
  }
}

// MARK: - Lists

private struct Items: UnkeyedEncodingContainer {
  let tree: JSONTree
  private(set) var count = 0

  var codingPath: [any CodingKey] { [] }

  init(tree: JSONTree) {
    self.tree = tree
    if case .list(let items) = tree.content { count = items.count }
  }

  private mutating func item() -> JSONTreeEncoder {
    let item = JSONTree()
    tree.add(item)
    count += 1
    return JSONTreeEncoder(item)
  }

  mutating func encodeNil() { item().encodeNil() }
  mutating func encode(_ value: Bool) { item().encode(value) }
  mutating func encode(_ value: String) { item().encode(value) }
  mutating func encode(_ value: Double) throws { try item().encode(value) }
  mutating func encode(_ value: Float) throws { try item().encode(value) }
  mutating func encode(_ value: Int) { item().encode(value) }
  mutating func encode(_ value: Int8) { item().encode(value) }
  mutating func encode(_ value: Int16) { item().encode(value) }
  mutating func encode(_ value: Int32) { item().encode(value) }
  mutating func encode(_ value: Int64) { item().encode(value) }
  mutating func encode(_ value: UInt) { item().encode(value) }
  mutating func encode(_ value: UInt8) { item().encode(value) }
  mutating func encode(_ value: UInt16) { item().encode(value) }
  mutating func encode(_ value: UInt32) { item().encode(value) }
  mutating func encode(_ value: UInt64) { item().encode(value) }
  mutating func encode<Value: Encodable>(_ value: Value) throws { try item().encode(value) }

  mutating func nestedContainer<Inner: CodingKey>(
    keyedBy type: Inner.Type
  ) -> KeyedEncodingContainer<Inner> { item().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { item().unkeyedContainer() }
  mutating func superEncoder() -> any Encoder { item() }
}
