extension CanonicalValue {
  /// Reads a JSON document: numbers without fraction and exponent become integers where 64 bits
  /// hold them, an object with the single key `$bytes` and hexadecimal text becomes bytes.
  ///
  /// - Throws: `CanonicalError` for what is not JSON, repeated keys and too deep nesting.
  public init(json: [UInt8]) throws {
    do {
      self.init(try JSON(parsing: json))
    } catch let error as JSONError {
      throw CanonicalError("not JSON: \(error)")
    }
  }

  /// One line of JSON with sorted keys, for display and for provenance; never hashed.
  ///
  /// Infinite numbers, which JSON lacks, are written as the texts 'Infinity' and '-Infinity'.
  public var json: String { document.compact }

  /// The value of a JSON document; see `init(json:)`.
  package init(_ json: JSON) {
    switch json {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .number(let lexeme):
      if let value = Int64(lexeme) {
        self = .integer(value)
      } else {
        self = .number(Double(lexeme) ?? .infinity)
      }
    case .text(let value): self = .text(value)
    case .list(let values): self = .list(values.map { CanonicalValue($0) })
    case .object(let entries):
      if entries.count == 1, case .text(let hex)? = json["$bytes"], let bytes = Self.bytes(hex: hex) {
        self = .bytes(bytes)
      } else {
        self = .map(Dictionary(entries.map { ($0.key, CanonicalValue($0.value)) }, uniquingKeysWith: { $1 }))
      }
    }
  }

  /// The value as a JSON document with sorted keys.
  package var document: JSON {
    switch self {
    case .null: .null
    case .boolean(let value): .boolean(value)
    case .integer(let value): .number(String(value))
    case .number(let value) where value.isFinite: .number("\(value)")
    case .number(let value): .text(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    case .text(let value): .text(value)
    case .bytes(let value): .object([.init("$bytes", .text(Hexadecimal.text(value)))])
    case .list(let values): .list(values.map(\.document))
    case .map(let entries):
      .object(
        entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
          .map { JSON.Entry($0.key, $0.value.document) })
    }
  }

  private static func bytes(hex: String) -> [UInt8]? {
    let digits = hex.utf8.compactMap { Unicode.Scalar($0).properties.isASCIIHexDigit ? $0 : nil }
    guard digits.count == hex.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
  }
}

extension CanonicalValue: CustomStringConvertible {
  /// How `explain` shows the value: `1e-3`, `'text'`, `[1, 2]`, `{key: value}` with sorted keys.
  public var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): String(value)
    case .integer(let value): String(value)
    case .number(let value): Self.short(value)
    case .text(let value): "'\(value)'"
    case .bytes(let value): "0x" + Hexadecimal.text(value)
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .map(let entries):
      "{"
        + entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    }
  }

  /// The shortest digits that give the number back, as people write it: 0.05, 1e-3, 2.5e7.
  private static func short(_ value: Double) -> String {
    let plain = "\(value)"
    let size = value.magnitude
    guard value.isFinite, size != 0, size < 0.01 || size >= 1e6 else { return plain }
    let parts = "\(size)".split(separator: "e")
    let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = point.count > 1 && point[1] != "0" ? point[1] : ""
    let all = point[0] + fraction
    let digits = all.drop { $0 == "0" }
    var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + point[0].count - 1
    exponent -= all.count - digits.count
    var mantissa = String(digits)
    while mantissa.last == "0" { mantissa.removeLast() }
    if mantissa.count > 1 { mantissa.insert(".", at: mantissa.index(after: mantissa.startIndex)) }
    return (value < 0 ? "-" : "") + "\(mantissa)e\(exponent)"
  }
}
