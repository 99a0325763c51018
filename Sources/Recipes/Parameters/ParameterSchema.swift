public import Fingerprints

/// The parameters of a stage kind, declared once: decoding, canonical bytes and listings come from it.
public struct ParameterSchema<Parameters: Sendable>: Sendable {
  /// What holds where a recipe says nothing.
  public let defaults: Parameters
  /// The fields in the order of listings.
  public let fields: [ParameterField<Parameters>]
  private let check: @Sendable (Parameters) -> [ParameterProblem]

  /// A schema of fields.
  ///
  /// - Parameter check: What does not go together in values that are right one by one.
  public init(
    default: Parameters, _ fields: [ParameterField<Parameters>],
    check: @escaping @Sendable (Parameters) -> [ParameterProblem] = { _ in [] }
  ) {
    defaults = `default`
    self.fields = fields
    self.check = check
  }

  /// The parameters of a mapping; mistakes go to the collector, and the default stands for what is wrong.
  ///
  /// - Parameters:
  ///   - node: The mapping; nil or nothing for all defaults.
  ///   - owner: Whose parameters they are, in messages: `train.detector`.
  ///   - range: What is marked where a required parameter is missing and there is no node.
  public func decode(
    _ node: Node?, of owner: String, at range: SourceRange? = nil, into collector: inout DiagnosticCollector
  ) -> Parameters {
    var parameters = defaults
    let before = collector.diagnostics.count
    let entries = node.map { $0.isNull ? [] : $0.mapping } ?? []
    guard let entries else {
      if let node {
        collector.report(
          .wrongType, "\(owner): expected a mapping of parameters, found \(node.described)", at: node.range)
      }
      return parameters
    }
    for entry in entries {
      guard let field = fields.first(where: { $0.name == entry.name }) else {
        collector.report(
          .unknownParameter, "unknown parameter '\(entry.name)' of \(owner)", at: entry.key.range,
          hint: hint(for: entry.name))
        continue
      }
      field.decode(entry.value, owner, &parameters, &collector)
    }
    for field in fields where field.isRequired && !entries.contains(where: { $0.name == field.name }) {
      collector.report(.missingParameter, "\(owner) needs the parameter '\(field.name)'", at: node?.range ?? range)
    }
    guard collector.diagnostics.count == before else { return parameters }
    for problem in check(parameters) {
      let place = node?.deepest(problem.field) ?? range
      collector.report(.inconsistent, "\(owner).\(problem.field): \(problem.message)", at: place, hint: problem.hint)
    }
    return parameters
  }

  /// The parameters of a mapping, with the mistakes in a plain list.
  public func decode(_ node: Node?, of owner: String, into diagnostics: inout [Diagnostic]) -> Parameters {
    var collector = DiagnosticCollector()
    let parameters = decode(node, of: owner, into: &collector)
    diagnostics += collector.diagnostics
    return parameters
  }

  /// What enters fingerprints: every parameter by name, those with their neutral value left out.
  public func canonical(_ parameters: Parameters) -> [String: CanonicalValue] {
    var values: [String: CanonicalValue] = [:]
    for field in fields {
      if let value = field.canonical(parameters) { values[field.name] = value }
    }
    return values
  }

  /// The parameters for `lightbench stages`.
  public var listing: [ParameterListing] { listing(of: defaults) }

  func listing(of parameters: Parameters) -> [ParameterListing] { fields.map { $0.listing(parameters) } }

  private func hint(for name: String) -> String? {
    if StageDecoder.keys.contains(name) { return "'\(name)' is a key of the stage, which its recipe has beside 'with'" }
    if let meant = Suggestion.hint(for: name, among: fields.map(\.name)) { return meant }
    let names = fields.map(\.name)
    return names.isEmpty ? "it has no parameters" : names.count > 12 ? nil : "it has " + names.joined(separator: ", ")
  }
}

/// What does not go together in the values of a record.
public struct ParameterProblem: Hashable, Sendable {
  /// The parameter to blame, with dots into records.
  public let field: String
  /// What is wrong, in lower case.
  public let message: String
  /// What to do.
  public let hint: String?

  /// A problem from its parts.
  public init(_ field: String, _ message: String, hint: String? = nil) {
    self.field = field
    self.message = message
    self.hint = hint
  }
}

/// One parameter as `lightbench stages` shows it.
public struct ParameterListing: Hashable, Sendable {
  /// The name in YAML.
  public let name: String
  /// The type in words.
  public let type: String
  /// The unit of a bare number.
  public let unit: String?
  /// The range in words.
  public let range: String?
  /// The default as YAML; nil for a record and for what must be set.
  public let defaultText: String?
  /// The neutral value as YAML.
  public let neutralText: String?
  /// Whether a recipe must set it.
  public let isRequired: Bool
  /// One sentence.
  public let documentation: String
  /// What JSON Schema says of values; empty for a record.
  public let schema: CanonicalValue
  /// The parameters of a record.
  public let nested: [ParameterListing]
}

extension Node {
  /// The place of the value at a dotted path, as deep as it exists.
  fileprivate func deepest(_ path: String) -> SourceRange {
    var node = self
    for key in path.split(separator: ".") {
      guard let next = node[String(key)] else { break }
      node = next
    }
    return node.range
  }
}
