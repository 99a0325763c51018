/// A value of a YAML text with its place: a scalar, a list or a mapping; aliases are replaced by what they name.
public struct Node: Sendable {
  /// What a node holds.
  public indirect enum Content: Sendable {
    /// A text, and whether it stood in quotes: `"3"` is text, `3` may be a number.
    case scalar(String, isQuoted: Bool)
    /// A list.
    case sequence([Node])
    /// Keys and values in the order written; no key comes twice.
    case mapping([Entry])
  }

  /// A key and its value.
  public struct Entry: Sendable {
    /// The key, a scalar.
    public var key: Node
    /// The value.
    public var value: Node

    /// An entry from its parts.
    public init(key: Node, value: Node) {
      self.key = key
      self.value = value
    }

    /// The key's text.
    public var name: String { key.scalar ?? "" }
  }

  /// What the node holds.
  public var content: Content
  /// Where it stands.
  public var range: SourceRange

  /// A node from its parts.
  public init(_ content: Content, range: SourceRange) {
    self.content = content
    self.range = range
  }
}

// MARK: - Reading

extension Node {
  /// The text of a scalar.
  public var scalar: String? {
    if case .scalar(let text, _) = content { return text }
    return nil
  }

  /// The text of a scalar without quotes.
  public var plainScalar: String? {
    if case .scalar(let text, false) = content { return text }
    return nil
  }

  /// The nodes of a list.
  public var sequence: [Node]? {
    if case .sequence(let nodes) = content { return nodes }
    return nil
  }

  /// The entries of a mapping.
  public var mapping: [Entry]? {
    if case .mapping(let entries) = content { return entries }
    return nil
  }

  /// Whether nothing was written: an empty plain scalar, `~` or `null`.
  public var isNull: Bool {
    guard let text = plainScalar else { return false }
    return text.isEmpty || text == "~" || text == "null"
  }

  /// The value of a key of a mapping.
  public subscript(key: String) -> Node? {
    mapping?.first { $0.name == key }?.value
  }

  /// The entry of a key of a mapping.
  public func entry(_ key: String) -> Entry? {
    mapping?.first { $0.name == key }
  }

  /// The node in a message: `a mapping`, `a list`, `nothing` or the text in quotes.
  public var described: String {
    switch content {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(let text, let isQuoted): isNull ? "nothing" : isQuoted ? "'\"\(text)\"'" : "'\(text)'"
    }
  }

  /// Whether both hold the same, wherever they stand; the order of keys does not count.
  public func hasSameContent(as other: Node) -> Bool {
    switch (content, other.content) {
    case (.scalar(let text, let isQuoted), .scalar(let text2, let isQuoted2)):
      return text == text2 && isQuoted == isQuoted2
    case (.sequence(let nodes), .sequence(let nodes2)):
      return nodes.count == nodes2.count && zip(nodes, nodes2).allSatisfy { $0.hasSameContent(as: $1) }
    case (.mapping(let entries), .mapping(let entries2)):
      guard entries.count == entries2.count else { return false }
      return entries.allSatisfy { entry in
        other[entry.name].map { entry.value.hasSameContent(as: $0) } ?? false
      }
    default: return false
    }
  }
}

// MARK: - Building

extension Node {
  /// The place of nodes that no user wrote.
  static let nowhere = SourceRange(file: "", line: 1, column: 1, length: 1)

  /// A text that no user wrote.
  static func text(_ text: String, isQuoted: Bool = false) -> Node {
    Node(.scalar(text, isQuoted: isQuoted), range: nowhere)
  }

  /// A list that no user wrote.
  static func list(_ nodes: [Node]) -> Node { Node(.sequence(nodes), range: nowhere) }

  /// A mapping that no user wrote.
  static func map(_ entries: [(String, Node)]) -> Node {
    Node(.mapping(entries.map { Entry(key: .text($0.0), value: $0.1) }), range: nowhere)
  }

  /// The mapping with the value at a path of keys replaced whole; what is missing on the way is made.
  ///
  /// - Parameter path: The keys with their places, which the new entries carry.
  func setting(_ path: ArraySlice<Node>, to value: Node) -> Node {
    guard let first = path.first else { return value }
    var entries = mapping ?? []
    let index = entries.firstIndex { $0.name == first.scalar }
    let rest = path.dropFirst()
    let inner = rest.isEmpty ? value : (index.map { entries[$0].value } ?? Node(.mapping([]), range: first.range))
    let entry = Entry(key: first, value: inner.setting(rest, to: value))
    if let index {
      // The key keeps its place when only something below it changes.
      entries[index] = rest.isEmpty ? entry : Entry(key: entries[index].key, value: entry.value)
    } else {
      entries.append(entry)
    }
    return Node(.mapping(entries), range: mapping == nil ? first.range : range)
  }

  /// The node and everything in it, brought in by an alias.
  func used(at position: SourcePosition) -> Node {
    let inner: Content =
      switch content {
      case .scalar: content
      case .sequence(let nodes): .sequence(nodes.map { $0.used(at: position) })
      case .mapping(let entries):
        .mapping(entries.map { Entry(key: $0.key.used(at: position), value: $0.value.used(at: position)) })
      }
    return Node(inner, range: range.used(at: position))
  }
}
