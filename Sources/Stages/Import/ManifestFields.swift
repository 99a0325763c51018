import Recipes

/// The entries of one mapping of a manifest: each is read by its declared name, and what nobody asked for is an error.
///
/// Every mistake goes to `mistakes`, so that one look at a manifest finds all of them.
final class ManifestFields {
  /// Gathers the mistakes of one manifest.
  final class Mistakes {
    var collector = DiagnosticCollector()

    /// The value of a node, or nil where it is wrong.
    func value<Value: ParameterValue>(_ node: Node, _ owner: String, _ type: Value.Type) -> Value? {
      do throws(Diagnostic) {
        return try Value.decode(node)
      } catch {
        collector.add(error.prefixed(owner))
        return nil
      }
    }
  }

  let owner: String
  let mistakes: Mistakes
  private let node: Node
  private var known: [String] = []

  /// The entries of a mapping; nil, and a mistake, for any other node.
  init?(_ node: Node, of owner: String, _ mistakes: Mistakes) {
    self.owner = owner
    self.mistakes = mistakes
    self.node = node
    guard node.mapping != nil else {
      mistakes.collector.report(.wrongShape, "\(owner): expected a mapping, found \(node.described)", at: node.range)
      return nil
    }
  }

  // MARK: - Declared entries

  /// The node of a key that must be there.
  func required(_ key: String) -> Node? {
    if let value = optional(key) { return value }
    if node[key] == nil { mistakes.collector.report(.missingKey, "\(owner) needs '\(key)'", at: node.range) }
    return nil
  }

  /// The node of a key that may be absent; nil where nothing stands after it.
  func optional(_ key: String) -> Node? {
    known.append(key)
    guard let value = node[key] else { return nil }
    if value.isNull, let entry = node.entry(key) {
      mistakes.collector.report(.wrongShape, "\(owner): nothing stands after '\(key)'", at: entry.key.range)
      return nil
    }
    return value
  }

  /// A value that must be there.
  func required<Value: ParameterValue>(_ key: String, _ type: Value.Type) -> Value? {
    required(key).flatMap { mistakes.value($0, "\(owner): \(key)", type) }
  }

  /// A value that may be absent.
  func optional<Value: ParameterValue>(_ key: String, _ type: Value.Type) -> Value? {
    optional(key).flatMap { mistakes.value($0, "\(owner): \(key)", type) }
  }

  /// The items of a list that may be absent, each with its place.
  func list(_ key: String) -> [Node] {
    guard let value = optional(key) else { return [] }
    guard let items = value.sequence else {
      mistakes.collector.report(
        .wrongShape, "\(owner): \(key): expected a list, found \(value.described)", at: value.range)
      return []
    }
    return items
  }

  /// The entries of a mapping from names that may be absent.
  func names(_ key: String, isRequired: Bool = false) -> [Node.Entry] {
    guard let value = isRequired ? required(key) : optional(key) else { return [] }
    guard let entries = value.mapping else {
      mistakes.collector.report(
        .wrongShape, "\(owner): \(key): expected a mapping from names, found \(value.described)", at: value.range)
      return []
    }
    for entry in entries where !entry.name.utf8.allSatisfy(Self.isAllowed) || entry.name.isEmpty {
      mistakes.collector.report(
        .badName, "\(owner): \(key): '\(entry.name)' is no name", at: entry.key.range,
        hint: "use letters, digits and '.', '_', '+', '-'")
    }
    return entries
  }

  /// Reports a mistake; without a place it is the whole mapping.
  func report(_ code: DiagnosticCode, _ message: String, at range: SourceRange?, hint: String? = nil) {
    mistakes.collector.report(code, message, at: range ?? node.range, hint: hint)
  }

  /// Reports the keys that were never asked for.
  func end() {
    for entry in node.mapping ?? [] where !known.contains(entry.name) {
      mistakes.collector.report(
        .unknownKey, "unknown key '\(entry.name)' of \(owner)", at: entry.key.range,
        hint: Suggestion.hint(for: entry.name, among: known) ?? "it has \(known.joined(separator: ", "))")
    }
  }

  /// The bytes of labels in the recipe language.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
