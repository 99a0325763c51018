import Fingerprints

/// One parameter of a stage kind: how it is read, written, listed and fingerprinted, declared once.
public struct ParameterField<Parameters: Sendable>: Sendable {
  /// The parameter's name in YAML.
  public let name: String
  /// Whether a recipe must set it.
  public let isRequired: Bool
  let decode: @Sendable (Node, String, inout Parameters, inout DiagnosticCollector) -> Void
  let canonical: @Sendable (Parameters) -> CanonicalValue?
  let listing: @Sendable (Parameters) -> ParameterListing

  /// A single value.
  ///
  /// - Parameters:
  ///   - name: The name in YAML.
  ///   - path: Where the value lives.
  ///   - unit: The unit of a bare number, for listings.
  ///   - neutral: The value that leaves fingerprints as they were before the parameter existed.
  ///   - required: Whether a recipe must set it.
  ///   - documentation: One sentence for `lightbench stages`.
  public static func value<V: ParameterValue>(
    _ name: String, _ path: any WritableKeyPath<Parameters, V> & Sendable, unit: String? = nil, neutral: V? = nil,
    required: Bool = false, _ documentation: String
  ) -> Self {
    make(name, path, unit, neutral, required, documentation, range: nil, bounds: [:]) { _ in nil }
  }

  /// A single value within a range.
  public static func value<V: ParameterValue & Comparable>(
    _ name: String, _ path: any WritableKeyPath<Parameters, V> & Sendable, unit: String? = nil, range: ClosedRange<V>,
    neutral: V? = nil, required: Bool = false, _ documentation: String
  ) -> Self {
    let words = ParameterBounds.words(range)
    return make(
      name, path, unit, neutral, required, documentation, range: words, bounds: ParameterBounds.jsonSchema(range)
    ) { value in
      range.contains(value) ? nil : "'\(value.text)' is not \(words)"
    }
  }

  /// A value that may be absent, within a range where it is not.
  public static func value<V: ParameterValue & Comparable>(
    _ name: String, _ path: any WritableKeyPath<Parameters, V?> & Sendable, unit: String? = nil, range: ClosedRange<V>,
    neutral: V?? = nil, required: Bool = false, _ documentation: String
  ) -> Self {
    let words = ParameterBounds.words(range)
    return make(
      name, path, unit, neutral, required, documentation, range: words, bounds: ParameterBounds.jsonSchema(range)
    ) { value in
      value.map { range.contains($0) } ?? true ? nil : "'\(value.text)' is not \(words)"
    }
  }

  /// A list whose entries lie within a range.
  ///
  /// - Parameter count: How many entries the list must have, if that is fixed.
  public static func value<V: ParameterValue & Comparable>(
    _ name: String, _ path: any WritableKeyPath<Parameters, [V]> & Sendable, unit: String? = nil,
    each range: ClosedRange<V>, count: Int? = nil, neutral: [V]? = nil, required: Bool = false, _ documentation: String
  ) -> Self {
    let words = "each " + ParameterBounds.words(range)
    let bounds = count.map { "\($0) entries, \(words)" } ?? words
    return make(
      name, path, unit, neutral, required, documentation, range: bounds, bounds: ParameterBounds.jsonSchema(range),
      count: count
    ) { values in
      if let count, values.count != count { return "'\(values.text)' has \(values.count) entries, not \(count)" }
      guard let bad = values.first(where: { !range.contains($0) }) else { return nil }
      return "'\(bad.text)' is not \(ParameterBounds.words(range))"
    }
  }

  /// Values that belong together under one name, such as `model: {kind:, dim:}`.
  public static func record<R>(
    _ name: String, _ path: any WritableKeyPath<Parameters, R> & Sendable, _ schema: ParameterSchema<R>,
    _ documentation: String
  ) -> Self {
    ParameterField(
      name: name, isRequired: false,
      decode: { node, owner, parameters, collector in
        parameters[keyPath: path] = schema.decode(node, of: "\(owner).\(name)", into: &collector)
      },
      canonical: { parameters in
        // A record of neutral values alone is neutral, so that adding one leaves fingerprints as they were.
        let values = schema.canonical(parameters[keyPath: path])
        return values.isEmpty ? nil : .map(values)
      },
      listing: { parameters in
        ParameterListing(
          name: name, type: "a record", unit: nil, range: nil, defaultText: nil, neutralText: nil, isRequired: false,
          documentation: documentation, schema: [:], nested: schema.listing(of: parameters[keyPath: path]))
      })
  }

  private static func make<V: ParameterValue>(
    _ name: String, _ path: any WritableKeyPath<Parameters, V> & Sendable, _ unit: String?, _ neutral: V?,
    _ required: Bool, _ documentation: String, range: String?, bounds: [String: CanonicalValue], count: Int? = nil,
    problem: @escaping @Sendable (V) -> String?
  ) -> Self {
    let size = count.map { ["minItems": CanonicalValue.integer(Int64($0)), "maxItems": .integer(Int64($0))] } ?? [:]
    let schema = V.jsonSchema.bounded(by: bounds).with(size).orVariable
    return ParameterField(
      name: name, isRequired: required,
      decode: { node, owner, parameters, collector in
        do throws(Diagnostic) {
          let value = try V.decode(node)
          if let problem = problem(value) {
            collector.report(.outOfRange, "\(owner).\(name): \(problem)", at: node.range)
          }
          parameters[keyPath: path] = value
        } catch {
          collector.add(error.prefixed("\(owner).\(name)"))
        }
      },
      canonical: { parameters in
        let value = parameters[keyPath: path].canonical
        // Spelt out: a bare `nil` may become the value null, which is something else.
        return value == neutral?.canonical ? Optional<CanonicalValue>.none : Optional(value)
      },
      listing: { parameters in
        ParameterListing(
          name: name, type: V.typeName, unit: unit, range: range,
          defaultText: required ? nil : parameters[keyPath: path].text, neutralText: neutral?.text,
          isRequired: required, documentation: documentation, schema: schema, nested: [])
      })
  }
}

extension Diagnostic {
  /// The same diagnostic, its message after the name of what it is about.
  public func prefixed(_ name: String) -> Diagnostic {
    Diagnostic(code, "\(name): \(message)", at: range, hint: hint, notes: notes, isWarning: isWarning)
  }
}

/// Ranges in words.
enum ParameterBounds {
  static func words<V: ParameterValue & Comparable>(_ range: ClosedRange<V>) -> String {
    let isOpenAbove = isUnbounded(range.upperBound)
    let isOpenBelow = isUnbounded(range.lowerBound)
    if isOpenAbove, range.lowerBound.canonical == .number(.leastNonzeroMagnitude) { return "more than 0" }
    if isOpenAbove, isOpenBelow { return "finite" }
    if isOpenAbove { return "at least \(range.lowerBound.text)" }
    if isOpenBelow { return "at most \(range.upperBound.text)" }
    if range.lowerBound.canonical == .number(.leastNonzeroMagnitude) {
      return "more than 0 and at most \(range.upperBound.text)"
    }
    return "between \(range.lowerBound.text) and \(range.upperBound.text)"
  }

  static func isUnbounded(_ value: some ParameterValue) -> Bool {
    switch value.canonical {
    case .integer(let value): value == .max || value == .min
    case .number(let value): value.magnitude >= .greatestFiniteMagnitude
    default: false
    }
  }
}
