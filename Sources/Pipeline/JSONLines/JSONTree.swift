/// A JSON value that is being put together; containers are shared, so that they can be filled in any order.
final class JSONTree {
  enum Content {
    /// Nothing was said: an empty object.
    case nothing
    /// Already JSON: a number, `true`, `false` or `null`.
    case word(String)
    case text(String)
    case list([JSONTree])
    case object([(key: String, value: JSONTree)])
  }

  var content: Content

  init(_ content: Content = .nothing) { self.content = content }

  // MARK: - Filling

  /// Makes it a list, if it is none yet, and adds an item.
  func add(_ item: JSONTree) {
    if case .list(var items) = content {
      content = .nothing  // so that the array is not copied
      items.append(item)
      content = .list(items)
    } else {
      content = .list([item])
    }
  }

  /// Makes it an object, if it is none yet, and adds a value.
  func add(_ key: String, _ value: JSONTree) {
    if case .object(var entries) = content {
      content = .nothing
      entries.append((key, value))
      content = .object(entries)
    } else {
      content = .object([(key, value)])
    }
  }

  // MARK: - Bytes

  /// Adds the JSON of the value, the keys of each object sorted.
  func append(to bytes: inout [UInt8]) {
    switch content {
    case .nothing: bytes += "{}".utf8
    case .word(let word): bytes += word.utf8
    case .text(let text): Self.append(text, to: &bytes)
    case .list(let items):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        item.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let entries):
      bytes.append(UInt8(ascii: "{"))
      for (index, entry) in entries.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.append(entry.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        entry.value.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x08: bytes += #"\b"#.utf8
      case 0x09: bytes += #"\t"#.utf8
      case 0x0a: bytes += #"\n"#.utf8
      case 0x0c: bytes += #"\f"#.utf8
      case 0x0d: bytes += #"\r"#.utf8
      case 0..<0x20: bytes += #"\u00"#.utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
