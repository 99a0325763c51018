extension Node {
  /// The node as YAML text that parses to the same node again, with a line break at its end.
  ///
  /// What fits on a line stands in flow style; keys keep their order; comments and anchors are gone.
  public func write() -> String {
    var lines: [String] = []
    switch content {
    case .mapping(let entries) where !entries.isEmpty: Self.write(entries, indent: 0, into: &lines)
    default: lines.append(flow)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The node on one line.
  var flow: String {
    switch content {
    case .scalar(let text, let isQuoted): Self.scalarText(text, isQuoted: isQuoted)
    case .sequence(let nodes): "[" + nodes.map(\.flow).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { $0.key.flow + ": " + $0.value.flow }.joined(separator: ", ") + "}"
    }
  }

  // MARK: - Blocks

  /// Lines up to this length hold a collection in flow style.
  private static let width = 110

  private static func write(_ entries: [Entry], indent: Int, into lines: inout [String]) {
    let margin = String(repeating: " ", count: indent)
    for entry in entries {
      let flow = margin + entry.key.flow + ": " + entry.value.flow
      // The two outer levels (sections, stages) are blocks, so that a change shows as a change of its line.
      let mustBeBlock = indent < 4 && (entry.value.mapping ?? []).contains { $0.value.scalar == nil }
      guard flow.unicodeScalars.count > width || mustBeBlock else {
        lines.append(flow)
        continue
      }
      switch entry.value.content {
      case .mapping(let inner) where !inner.isEmpty:
        lines.append(margin + entry.key.flow + ":")
        write(inner, indent: indent + 2, into: &lines)
      case .sequence(let nodes) where !nodes.isEmpty:
        lines.append(margin + entry.key.flow + ":")
        lines += nodes.map { margin + "  - " + $0.flow }
      default: lines.append(flow)
      }
    }
  }

  // MARK: - Scalars

  private static func scalarText(_ text: String, isQuoted: Bool) -> String {
    if !isQuoted, text.isEmpty || text == "~" { return "null" }
    return !isQuoted && isPlainSafe(text) ? text : quoted(text)
  }

  private static func isPlainSafe(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first, scalars.count < 80 else { return false }
    if !isWord(first), first != "$", first != "/" {
      guard first == "-" || first == "." || first == "+", scalars.count > 1, isWord(scalars[1]) else { return false }
    }
    return scalars.allSatisfy { isWord($0) || "$./+-_".unicodeScalars.contains($0) }
      || isAmount(text)
  }

  /// A number with its unit, such as `24 GiB`.
  private static func isAmount(_ text: String) -> Bool {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { !$0.isEmpty && $0.unicodeScalars.allSatisfy { isWord($0) || $0 == "." } }
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x09: result += "\\t"
      case 0..<0x20, 0x7F..<0xA0: result += "\\x" + hex(scalar.value, digits: 2)
      case 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: result += "\\u" + hex(scalar.value, digits: 4)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
