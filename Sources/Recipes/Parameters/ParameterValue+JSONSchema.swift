public import Fingerprints

/// What JSON Schema says of values, as YAML 1.2 reads them.
extension ParameterValue {
  /// Anything.
  public static var jsonSchema: CanonicalValue { [:] }
}

extension Int {
  /// An integer.
  public static var jsonSchema: CanonicalValue { ["type": "integer"] }
}

extension Double {
  /// A number.
  public static var jsonSchema: CanonicalValue { ["type": "number"] }
}

extension Bool {
  /// `true` or `false`.
  public static var jsonSchema: CanonicalValue { ["type": "boolean"] }
}

extension String {
  /// Any scalar, because a text is what is written, also `08`.
  public static var jsonSchema: CanonicalValue { ["type": ["string", "number", "boolean"]] }
}

extension Array where Element: ParameterValue {
  /// A list of the element's values.
  public static var jsonSchema: CanonicalValue { ["type": "array", "items": Element.jsonSchema.orVariable] }
}

extension Optional where Wrapped: ParameterValue {
  /// The wrapped type's values, or nothing.
  public static var jsonSchema: CanonicalValue { Wrapped.jsonSchema.or(["type": "null"]) }
}

extension ParameterValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  /// One of the words.
  public static var jsonSchema: CanonicalValue { ["enum": .list(allCases.map { .text($0.rawValue) })] }
}

extension Micrometres {
  /// A number with its unit.
  public static var jsonSchema: CanonicalValue { .amount(of: "um|µm|μm|nm|mm") }
}

extension Pixels {
  /// A number with its unit.
  public static var jsonSchema: CanonicalValue { .amount(of: "px") }
}

extension ByteCount {
  /// A number with its unit.
  public static var jsonSchema: CanonicalValue { .amount(of: "B|[kKMGT]B|[KMGT]iB") }
}

extension Seconds {
  /// Numbers with their units.
  public static var jsonSchema: CanonicalValue {
    ["type": "string", "pattern": "^([-+.0-9eE]+ *(ms|s|min|m|h|d) *)+$"]
  }
}

extension CanonicalValue {
  /// A schema that also allows `$axis` and `$axis.field`.
  var orVariable: CanonicalValue {
    self == [:] ? self : or(["type": "string", "pattern": "^\\$[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z][A-Za-z0-9_-]*)?$"])
  }

  /// A schema of what this one or another allows.
  func or(_ other: CanonicalValue) -> CanonicalValue { ["anyOf": [self, other]] }

  /// The schema of a mapping with these entries more, wherever a number is meant.
  func bounded(by bounds: [String: CanonicalValue]) -> CanonicalValue {
    guard case .map(let entries) = self else { return self }
    if case .list(let choices)? = entries["anyOf"] { return ["anyOf": .list(choices.map { $0.bounded(by: bounds) })] }
    if let items = entries["items"] { return .map(entries.merging(["items": items.bounded(by: bounds)]) { $1 }) }
    return ["integer", "number"].contains(entries["type"]) ? .map(entries.merging(bounds) { $1 }) : self
  }

  /// The schema with these entries more.
  func with(_ more: [String: CanonicalValue]) -> CanonicalValue {
    guard case .map(let entries) = self else { return self }
    return .map(entries.merging(more) { $1 })
  }

  fileprivate static func amount(of units: String) -> CanonicalValue {
    ["type": "string", "pattern": .text("^[-+.0-9eE]+ *(\(units))$")]
  }
}

extension ParameterBounds {
  /// A range as JSON Schema says it.
  static func jsonSchema<V: ParameterValue & Comparable>(_ range: ClosedRange<V>) -> [String: CanonicalValue] {
    var bounds: [String: CanonicalValue] = [:]
    if range.lowerBound.canonical == .number(.leastNonzeroMagnitude) {
      bounds["exclusiveMinimum"] = 0
    } else if !isUnbounded(range.lowerBound) {
      bounds["minimum"] = range.lowerBound.canonical
    }
    if !isUnbounded(range.upperBound) { bounds["maximum"] = range.upperBound.canonical }
    return bounds
  }
}
