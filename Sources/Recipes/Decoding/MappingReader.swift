/// Reads a mapping whose keys the language lists, and reports those that it does not.
struct MappingReader {
  let node: Node
  let owner: String

  /// A reader, or nil (reported) where the node is no mapping.
  ///
  /// - Parameters:
  ///   - owner: Whose keys they are, in messages: `stage 'train'`.
  ///   - keys: The keys that may stand.
  init?(
    _ node: Node, of owner: String, keys: [String], into collector: inout DiagnosticCollector
  ) {
    self.node = node
    self.owner = owner
    guard let entries = node.isNull ? [] : node.mapping else {
      collector.report(.wrongShape, "\(owner): expected a mapping, found \(node.described)", at: node.range)
      return nil
    }
    for (index, entry) in entries.enumerated() where !keys.contains(entry.name) {
      if let trap = Self.forgottenQuote(entries, at: index) {
        collector.add(trap)
      } else {
        let hint = Suggestion.hint(for: entry.name, among: keys) ?? "it may have " + keys.joined(separator: ", ")
        collector.report(.unknownKey, "unknown key '\(entry.name)' of \(owner)", at: entry.key.range, hint: hint)
      }
    }
  }

  /// The value of a key, nil where it is missing or nothing.
  subscript(key: String) -> Node? {
    guard let value = node[key], !value.isNull else { return nil }
    return value
  }

  /// The value of a key that must be there; a missing one is reported.
  func required(_ key: String, at range: SourceRange? = nil, into collector: inout DiagnosticCollector) -> Node? {
    if let value = self[key] { return value }
    collector.report(
      .missingKey, "\(owner) needs the key '\(key)'", at: node.entry(key)?.key.range ?? range ?? node.range)
    return nil
  }

  /// A value of a type, nil where it is missing or (reported) wrong.
  func value<V: ParameterValue>(
    _ key: String, as type: V.Type = V.self, into collector: inout DiagnosticCollector
  ) -> V? {
    guard let node = self[key] else { return nil }
    do throws(Diagnostic) {
      return try V.decode(node)
    } catch {
      collector.add(error.prefixed("'\(key)' of \(owner)"))
      return nil
    }
  }

  /// Names, as a list or as one alone.
  func names(_ key: String, into collector: inout DiagnosticCollector) -> [String] {
    guard let node = self[key] else { return [] }
    var names: [String] = []
    for item in node.sequence ?? [node] {
      guard let name = item.scalar, Names.isName(name) else {
        collector.report(.badName, "'\(key)' of \(owner): \(item.described) is not a name", at: item.range)
        continue
      }
      names.append(name)
    }
    return names
  }

  /// `{from: a@b=c,d=e}` without quotes reads as a second key `d=e` without a value.
  private static func forgottenQuote(_ entries: [Node.Entry], at index: Int) -> Diagnostic? {
    let entry = entries[index]
    guard index > 0, entry.name.contains("="), entry.value.isNull,
      let before = entries[index - 1].value.plainScalar, before.contains("=")
    else { return nil }
    let text = "\(before),\(entry.name)"
    return Diagnostic(
      .forgottenQuote, "'\(entry.name)' became a key of its own: a selector with a comma must stand in quotes",
      at: entry.key.range, hint: "write \"\(text)\"")
  }
}
