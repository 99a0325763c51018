public import Fingerprints

/// A type that a parameter may have: it reads itself from a node, and has canonical bytes.
public protocol ParameterValue: Sendable {
  /// The type in messages and listings, such as `integer`.
  static var typeName: String { get }
  /// The value of a node; throws what is wrong with it, at its place.
  static func decode(_ node: Node) throws(Diagnostic) -> Self
  /// What enters fingerprints.
  var canonical: CanonicalValue { get }
  /// The value as one would write it in YAML.
  var text: String { get }
  /// What JSON Schema says of values of the type.
  static var jsonSchema: CanonicalValue { get }
}

extension ParameterValue {
  /// The value as one would write it in YAML.
  public var text: String { canonical.yamlText }

  /// What is said about a node of another type.
  static func mismatch(_ node: Node, hint: String? = nil) -> Diagnostic {
    Diagnostic(.wrongType, "expected \(typeName), found \(node.described)", at: node.range, hint: hint)
  }
}

// MARK: - Numbers, truth and text

extension Int: ParameterValue {
  /// `an integer`.
  public static var typeName: String { "an integer" }

  /// A whole decimal number; `3.0`, `1e3` and `"3"` are none.
  public static func decode(_ node: Node) throws(Diagnostic) -> Int {
    guard let text = node.plainScalar, let value = NumberText.integer(text) else { throw mismatch(node) }
    return value
  }

  /// The integer.
  public var canonical: CanonicalValue { .integer(Int64(self)) }
}

extension Double: ParameterValue {
  /// `a number`.
  public static var typeName: String { "a number" }

  /// A finite decimal number such as `1e-3`.
  public static func decode(_ node: Node) throws(Diagnostic) -> Double {
    guard let text = node.plainScalar, let value = NumberText.number(text) else { throw mismatch(node) }
    return value
  }

  /// The number.
  public var canonical: CanonicalValue { .number(self) }
}

extension Bool: ParameterValue {
  /// `true or false`.
  public static var typeName: String { "true or false" }

  /// `true` or `false`; `yes`, `no`, `on` and `off` stay text.
  public static func decode(_ node: Node) throws(Diagnostic) -> Bool {
    switch node.plainScalar {
    case "true": return true
    case "false": return false
    case "yes", "on", "True", "TRUE", "Yes", "On": throw mismatch(node, hint: "write 'true'")
    case "no", "off", "False", "FALSE", "No", "Off": throw mismatch(node, hint: "write 'false'")
    default: throw mismatch(node)
    }
  }

  /// The truth value.
  public var canonical: CanonicalValue { .boolean(self) }
}

extension String: ParameterValue {
  /// `a text`.
  public static var typeName: String { "a text" }

  /// Any scalar as it is written, also `no` and `08`.
  public static func decode(_ node: Node) throws(Diagnostic) -> String {
    guard let text = node.scalar, !node.isNull else { throw mismatch(node) }
    return text
  }

  /// The text.
  public var canonical: CanonicalValue { .text(self) }
}

// MARK: - Lists and values that may be absent

extension Array: ParameterValue where Element: ParameterValue {
  /// `a list of` the element's type.
  public static var typeName: String { "a list, each entry \(Element.typeName)" }

  /// A list, each entry of the element's type; the first wrong entry is thrown.
  public static func decode(_ node: Node) throws(Diagnostic) -> [Element] {
    guard let nodes = node.sequence else { throw mismatch(node) }
    var elements: [Element] = []
    for node in nodes { elements.append(try Element.decode(node)) }
    return elements
  }

  /// The list of the elements' values.
  public var canonical: CanonicalValue { .list(map(\.canonical)) }

  /// The elements in brackets.
  public var text: String { "[" + map(\.text).joined(separator: ", ") + "]" }
}

extension Optional: ParameterValue where Wrapped: ParameterValue {
  /// The type of the value that may be absent, `or nothing`.
  public static var typeName: String { "\(Wrapped.typeName) or nothing" }

  /// Nothing for an empty value, `~` or `null`, else the value.
  public static func decode(_ node: Node) throws(Diagnostic) -> Wrapped? {
    if node.isNull { return nil }
    return try Wrapped.decode(node)
  }

  /// Null, or the value's.
  public var canonical: CanonicalValue { self?.canonical ?? .null }

  /// `null`, or the value's text.
  public var text: String { self?.text ?? "null" }
}

// MARK: - Choices

extension ParameterValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  /// `one of` the choices.
  public static var typeName: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }

  /// The choice of a word; another word throws the list of them.
  public static func decode(_ node: Node) throws(Diagnostic) -> Self {
    guard let word = node.scalar, !node.isNull else { throw mismatch(node) }
    if let choice = Self(rawValue: word) { return choice }
    let hint = Suggestion.hint(for: word, among: allCases.map(\.rawValue))
    throw Diagnostic(.unknownChoice, "'\(word)' is not \(typeName)", at: node.range, hint: hint)
  }

  /// The choice's word.
  public var canonical: CanonicalValue { .text(rawValue) }
}

extension CanonicalValue {
  /// The value as one would write it in YAML on one line.
  public var yamlText: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    case .text(let value): Node.text(value).flow
    case .bytes(let value): "\(value.count) bytes"
    case .list(let values): "[" + values.map(\.yamlText).joined(separator: ", ") + "]"
    case .map(let values):
      "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.yamlText)" }.joined(separator: ", ") + "}"
    }
  }
}
