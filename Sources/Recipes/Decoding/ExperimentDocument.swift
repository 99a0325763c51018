/// What one experiment file says: which recipe, its data, its settings and variants.
struct ExperimentDocument {
  var recipe: Node?
  var bindings: [Node.Entry] = []
  var dataRoot: DataRoot?
  var overlay = Overlay(layer: .experiment)
  var variants: [(name: String, overlay: Overlay)] = []

  static let keys = ["lightbench", "recipe", "data", "bind", "set", "axes", "replicates", "variants"]

  /// Whether a file is an experiment: it picks a recipe, or has what only experiments have.
  static func isExperiment(_ root: Node) -> Bool {
    if root["recipe"] != nil { return true }
    return root["stages"] == nil && root["extends"] == nil && ["set", "variants"].contains { root[$0] != nil }
  }

  init?(_ root: Node, file: String, into collector: inout DiagnosticCollector) {
    guard let reader = MappingReader(root, of: "the experiment", keys: Self.keys, into: &collector) else { return nil }
    LanguageVersion.check(reader, file: file, into: &collector)
    recipe = reader.required(
      "recipe", at: SourceRange(file: file, line: 1, column: 1, length: 1), into: &collector)
    if let recipe, recipe.scalar == nil {
      collector.report(.wrongShape, "'recipe': expected a path, found \(recipe.described)", at: recipe.range)
    }
    if let node = reader["data"] { dataRoot = DataRootDecoder.root(node, into: &collector) }
    if let node = reader["bind"] { bindings = BindingList.entries(node, into: &collector) }
    overlay = Overlay(reader, layer: .experiment, into: &collector)
    guard let node = reader["variants"] else { return }
    guard let entries = node.mapping else {
      collector.report(.wrongShape, "'variants': expected a mapping, found \(node.described)", at: node.range)
      return
    }
    for entry in entries where AxisDecoder.checkName(entry.key, "a variant", into: &collector) {
      guard
        let body = MappingReader(
          entry.value, of: "variant '\(entry.name)'", keys: ["set", "axes", "replicates"], into: &collector)
      else { continue }
      variants.append((entry.name, Overlay(body, layer: .variant, into: &collector)))
    }
  }
}
