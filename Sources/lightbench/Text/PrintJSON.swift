import Fingerprints
import Pipeline
import Recipes

/// What every `--json` prints: one line, with the name of the listing and the version of its schema.
///
/// A version rises when a field goes or changes its meaning; new fields may come at any time.
func printJSON(_ listing: String, schema: Int64 = 1, _ fields: [String: CanonicalValue]) {
  let head: [String: CanonicalValue] = ["schema": .integer(schema), "listing": .text(listing)]
  print(CanonicalValue.map(fields.merging(head) { $1 }).json)
}

extension CanonicalValue {
  /// A text, or null.
  static func optional(_ text: String?) -> CanonicalValue { text.map { .text($0) } ?? .null }
  /// A number, or null.
  static func optional(_ number: Double?) -> CanonicalValue { number.map { .number($0) } ?? .null }
  /// A count, or null.
  static func optional(_ count: Int?) -> CanonicalValue { count.map { .integer(Int64($0)) } ?? .null }
  /// A count.
  static func count(_ count: Int) -> CanonicalValue { .integer(Int64(count)) }
}

extension StageKind {
  /// The kind as a document.
  var document: CanonicalValue {
    [
      "kind": .text(kind), "revision": .integer(Int64(revision)), "summary": .text(summary),
      "inputs": .list(ports.inputs.map { ["name": .text($0.name), "type": .text($0.type.name)] }),
      "outputs": .list(ports.outputs.map { ["name": .text($0.name), "type": .text($0.type.name)] }),
      "parameters": .list(
        parameters.map {
          [
            "name": .text($0.name), "type": .text($0.type), "default": $0.defaultText.map { .text($0) } ?? .null,
            "required": .boolean($0.isRequired), "documentation": .text($0.documentation),
          ]
        }),
    ]
  }

  /// The names of the inputs, for a list.
  var inputNames: String {
    let names = ports.inputs.map(\.name) + (ports.gathers ? ["gather"] : [])
    if names.isEmpty { return isDeclared("inputs") ? "those of 'inputs'" : "-" }
    return names.joined(separator: ", ")
  }

  /// The names of the outputs, for a list.
  var outputNames: String {
    if ports.passesOn { return "those gathered" }
    if ports.outputs.isEmpty, isDeclared("outputs") { return "those of 'outputs'" }
    return ports.outputs.map(\.name).joined(separator: ", ")
  }

  /// Whether a parameter declares the ports.
  private func isDeclared(_ parameter: String) -> Bool { parameters.contains { $0.name == parameter } }
}
