import Fingerprints
import Pipeline
import Recipes

/// Prints a document as one line of JSON.
func printJSON(_ document: CanonicalValue) throws { print(document.json) }

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
    return names.isEmpty ? "-" : names.joined(separator: ", ")
  }

  /// The names of the outputs, for a list.
  var outputNames: String { ports.outputs.map(\.name).joined(separator: ", ") }
}
