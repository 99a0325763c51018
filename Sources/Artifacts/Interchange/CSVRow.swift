/// A row of a table of comma-separated values, RFC 4180 with any line ends; blank lines are skipped.
package struct CSVRow: Hashable {
  /// The line on which it starts, from 1.
  package let number: Int
  /// The fields, without their quotes.
  package let fields: [String]

  /// What no reader can make sense of.
  package struct Malformed: Error {
    package let row: Int
    package let message: String
  }

  /// The rows of a text.
  package static func rows(of bytes: [UInt8]) throws(Malformed) -> [CSVRow] {
    var parser = CSVParser(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...])
    return try parser.rows()
  }
}

/// Walks over the bytes of a table.
private struct CSVParser {
  private let bytes: ArraySlice<UInt8>
  private var index: Int
  private var line = 1
  private var start = 1
  private var fields: [String] = []
  private var field: [UInt8] = []
  private var result: [CSVRow] = []

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  mutating func rows() throws(CSVRow.Malformed) -> [CSVRow] {
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "\""): try quoted()
      case UInt8(ascii: ","): endField()
      case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
        endRow()
        skipLineEnd()
        start = line
        continue
      default: field.append(bytes[index])
      }
      index += 1
    }
    endRow()
    return result
  }

  /// A field in quotes, up to its closing quote; two quotes inside are one.
  private mutating func quoted() throws(CSVRow.Malformed) {
    guard field.allSatisfy({ $0 == UInt8(ascii: " ") }) else {
      throw CSVRow.Malformed(row: start, message: "has a quote inside of a field")
    }
    field = []
    index += 1
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "\"") {
        guard index + 1 < bytes.endIndex, bytes[index + 1] == UInt8(ascii: "\"") else { return }
        index += 1
      } else if bytes[index] == UInt8(ascii: "\n") {
        line += 1
      }
      field.append(bytes[index])
      index += 1
    }
    throw CSVRow.Malformed(row: start, message: "opens a quote that is never closed")
  }

  private mutating func endField() {
    fields.append(trimmed(String(decoding: field, as: UTF8.self)))
    field = []
  }

  private mutating func endRow() {
    endField()
    if fields != [""] { result.append(CSVRow(number: start, fields: fields)) }
    fields = []
  }

  private mutating func skipLineEnd() {
    let isPair = bytes[index...].starts(with: [0x0D, 0x0A])
    index += isPair ? 2 : 1
    line += 1
  }

  private func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }
}
