/// A JSON document (RFC 8259) that keeps numbers as written and entries in their order.
///
/// Zarr metadata holds integers up to 2^64 - 1, which a parser by way of `Double` would change.
package indirect enum JSON: Equatable, Sendable {
  case null
  case boolean(Bool)
  /// The number as it is written.
  case number(String)
  case text(String)
  case list([JSON])
  case object([Entry])

  /// A key with its value.
  package struct Entry: Equatable, Sendable {
    package let key: String
    package let value: JSON

    package init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// How deeply lists and objects may stand in one another.
  package static let maximumDepth = 128

  /// The value of a key of an object; nil when it is absent or this is no object.
  package subscript(key: String) -> JSON? {
    guard case .object(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }
}

/// Why a text is not JSON, with the byte where it stops to be.
package struct JSONError: Error, CustomStringConvertible {
  package let message: String
  package let offset: Int

  package var description: String { "\(message), at byte \(offset)" }
}

// MARK: - Writing

extension JSON {
  /// The document with two spaces a level; the same value gives the same bytes.
  package var formatted: String {
    var text = ""
    write(to: &text, indent: 0, pretty: true)
    return text
  }

  /// The document in one line.
  package var compact: String {
    var text = ""
    write(to: &text, indent: 0, pretty: false)
    return text
  }

  private func write(to text: inout String, indent: Int, pretty: Bool) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .number(let lexeme): text += lexeme
    case .text(let value): text += Self.quoted(value)
    case .list(let values):
      // Short lists of plain values (shapes, scales) read best in one line.
      let plain = values.allSatisfy { if case .list = $0 { false } else if case .object = $0 { false } else { true } }
      Self.write(values, "[", "]", to: &text, indent: indent, pretty: pretty && !plain) { value, text, indent in
        value.write(to: &text, indent: indent, pretty: pretty)
      }
    case .object(let entries):
      Self.write(entries, "{", "}", to: &text, indent: indent, pretty: pretty) { entry, text, indent in
        text += Self.quoted(entry.key) + (pretty ? ": " : ":")
        entry.value.write(to: &text, indent: indent, pretty: pretty)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], _ open: String, _ close: String, to text: inout String, indent: Int, pretty: Bool,
    item write: (Item, inout String, Int) -> Void
  ) {
    text += open
    for (index, item) in items.enumerated() {
      if index > 0 { text += pretty ? "," : ", " }
      if pretty { text += "\n" + String(repeating: "  ", count: indent + 1) }
      write(item, &text, indent + 1)
    }
    if pretty && !items.isEmpty { text += "\n" + String(repeating: "  ", count: indent) }
    text += close
  }

  /// A text between quotation marks, with what JSON must escape escaped.
  package static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
