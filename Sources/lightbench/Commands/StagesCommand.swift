import ArgumentParser
import Fingerprints
import Pipeline
import Recipes
import Stages

/// `lightbench stages [KIND]`.
struct StagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stages", abstract: "List the stage kinds, or one kind's ports and parameters.")

  @Argument(help: "A stage kind, such as train.detector.")
  var kind: String?

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let registry = StageRegistry.lightbench
    guard let kind else {
      if json { return printJSON("stages", ["stages": .list(registry.kinds.map(\.document))]) }
      var table = TextTable(["kind", "inputs", "outputs", "what it does"])
      for kind in registry.kinds {
        table.append([kind.kind, kind.inputNames, kind.outputNames, kind.summary])
      }
      print(table.text)
      return
    }
    guard let found = registry[kind] else {
      let hint = Suggestion.hint(for: kind, among: registry.kinds.map(\.kind)) ?? "'lightbench stages' lists them"
      throw SelectorError("there is no stage kind '\(kind)'; \(hint)")
    }
    if json { return printJSON("stage", ["stage": found.document]) }
    describe(found)
  }

  private func describe(_ kind: StageKind) {
    print("\(kind.kind) (revision \(kind.revision)): \(kind.summary)")
    for port in kind.ports.inputs { print("  in   \(port.name): \(port.type)\(port.arity.suffix)") }
    if kind.ports.gathers { print("  in   gather: metrics of the gathered tasks") }
    if kind.ports.passesOn { print("  in   gather: all other outputs of the gathered tasks, one of each goes out") }
    for port in kind.ports.outputs { print("  out  \(port.name): \(port.type)") }
    print("  out  metrics: named numbers")
    if !kind.details.isEmpty { print("\n" + kind.details) }
    guard !kind.parameters.isEmpty else { return }
    print("\nparameters")
    var table = TextTable(["  name", "type", "range", "default", "what it is"])
    func add(_ listings: [ParameterListing], indent: String) {
      for listing in listings {
        let type = [listing.type, listing.unit ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
        table.append([
          indent + listing.name, type, listing.range ?? "", listing.isRequired ? "required" : listing.defaultText ?? "",
          listing.documentation,
        ])
        add(listing.nested, indent: indent + "  ")
      }
    }
    add(kind.parameters, indent: "  ")
    print(table.text)
  }
}

extension Port.Arity {
  fileprivate var suffix: String {
    switch self {
    case .single: ""
    case .optional: " (optional)"
    case .many: " (one or more)"
    }
  }
}
