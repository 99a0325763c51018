/// Values as one line of JSON with sorted keys: rows, records and messages; never hashed.
///
/// The bytes are those of Foundation's coders with the options `sortedKeys` and `withoutEscapingSlashes`, in a third of
/// their time: a plan of ten thousand tasks reads ten thousand rows.
enum JSONLine {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let tree = JSONTree()
    try value.encode(to: JSONTreeEncoder(tree))
    var bytes: [UInt8] = []
    tree.append(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from bytes: [UInt8]) throws -> Value {
    try Value(from: JSONTapeDecoder(try JSONTape(parsing: bytes), at: 0))
  }
}
