
public import Fingerprints

extension Node {
  /// The value where no parameter gives it a type: what is not quoted and reads as an integer, a number, `true`,
  /// `false` or nothing is that; all else is text.
  public var canonical: CanonicalValue {
    switch content {
    case .sequence(let nodes): return .list(nodes.map(\.canonical))
    case .mapping(let entries):
      return .map(Dictionary(entries.map { ($0.name, $0.value.canonical) }) { first, _ in first })
    case .scalar(let text, true): return .text(text)
    case .scalar(let text, false):
      if isNull { return .null }
      if text == "true" || text == "false" { return .boolean(text == "true") }
      if let integer = NumberText.integer(text), let value = Int64(exactly: integer) { return .integer(value) }
      if let number = NumberText.number(text) { return .number(number) }
      return .text(text)
    }
  }
}

/// Reads numbers as the language writes them: decimal, no octal, no hexadecimal, no infinity.
enum NumberText {
  /// A whole number: digits with a sign; `08` is eight, `3.0` is none.
  static func integer(_ text: String) -> Int? {
    let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  /// A finite number such as `3`, `-0.5`, `.5`, `1e-3`.
  static func number(_ text: String) -> Double? {
    let allowed = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
    }
    guard allowed, text.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }
}
