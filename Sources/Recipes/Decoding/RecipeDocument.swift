import SystemPackage

/// What one recipe file says, before anything is bound or set.
struct RecipeDocument {
  var name: String?
  var seed: Int64?
  /// Where the seed stands.
  var seedRange: SourceRange?
  /// The recipe that this one extends, as it was written.
  var extends: Node?
  var axes: [Axis] = []
  var inputs: [InputDeclaration] = []
  var stages: [StageBlock] = []
  var bindings: [Node.Entry] = []
  /// Where the files lie that stages name, as written and from the working folder; nil for beside the file.
  var folder: (text: String, path: FilePath)?
  var dataRoot: DataRoot?
  var replicates: Replicates?
  /// The experiments that bindings take tasks from, resolved.
  var experiments: [Node.Entry] = []

  static let keys = ["lightbench", "name", "seed", "extends", "axes", "inputs", "stages"]
  /// These stand in resolved recipes, which carry what their experiment said.
  static let resolvedKeys = ["folder", "data", "replicates", "bind", "experiments"]

  init?(_ root: Node, file: String, into collector: inout DiagnosticCollector) {
    let keys = Self.keys + Self.resolvedKeys
    guard let reader = MappingReader(root, of: "the recipe", keys: keys, into: &collector) else { return nil }
    LanguageVersion.check(reader, file: file, into: &collector)
    name = reader.value("name", into: &collector)
    if let name, !Names.isName(name), let node = reader["name"] {
      collector.report(.badName, "'\(name)' cannot name a recipe", at: node.range)
    }
    seed = reader.value("seed", as: Int.self, into: &collector).map(Int64.init)
    seedRange = reader["seed"]?.range
    extends = reader["extends"]
    if let extends, extends.scalar == nil {
      collector.report(.wrongShape, "'extends': expected a path, found \(extends.described)", at: extends.range)
    }
    if let node = reader["axes"] { axes = AxisDecoder.axes(node, into: &collector) }
    inputs = Self.inputs(reader, into: &collector)
    if let node = reader["bind"] { bindings = BindingList.entries(node, into: &collector) }
    folder = Self.folder(reader, file: file, into: &collector)
    if let node = reader["data"] { dataRoot = DataRootDecoder.root(node, into: &collector) }
    replicates = Replicates(reader, into: &collector)
    if let node = reader["experiments"] { experiments = Self.experiments(node, into: &collector) }
    stages = Self.stages(reader, file: file, into: &collector)
  }

  private static func folder(
    _ reader: MappingReader, file: String, into collector: inout DiagnosticCollector
  ) -> (text: String, path: FilePath)? {
    guard let node = reader["folder"] else { return nil }
    guard let text = node.scalar, !text.isEmpty else {
      collector.report(.wrongShape, "'folder': expected a path, found \(node.described)", at: node.range)
      return nil
    }
    return (text, FilePath(file).removingLastComponent().pushing(FilePath(text)).lexicallyNormalized())
  }

  private static func inputs(
    _ reader: MappingReader, into collector: inout DiagnosticCollector
  ) -> [InputDeclaration] {
    guard let node = reader["inputs"] else { return [] }
    guard let entries = node.mapping else {
      collector.report(.wrongShape, "'inputs': expected a mapping, found \(node.described)", at: node.range)
      return []
    }
    var inputs: [InputDeclaration] = []
    for entry in entries {
      guard AxisDecoder.checkName(entry.key, "an input", into: &collector),
        let body = MappingReader(
          entry.value, of: "input '\(entry.name)'", keys: ["over", "type"], into: &collector)
      else { continue }
      let type = body.required("type", at: entry.key.range, into: &collector)?.scalar ?? ""
      let over = StageDecoder.over(body, into: &collector)
      inputs.append(InputDeclaration(name: entry.name, over: over, type: type, range: entry.key.range))
    }
    return inputs
  }

  private static func experiments(_ node: Node, into collector: inout DiagnosticCollector) -> [Node.Entry] {
    if let entries = node.mapping { return entries }
    collector.report(
      .wrongShape, "'experiments': expected a mapping of resolved recipes, found \(node.described)", at: node.range)
    return []
  }

  private static func stages(
    _ reader: MappingReader, file: String, into collector: inout DiagnosticCollector
  ) -> [StageBlock] {
    let place = SourceRange(file: file, line: 1, column: 1, length: 1)
    let isOptional = reader["extends"] != nil
    guard let node = isOptional ? reader["stages"] : reader.required("stages", at: place, into: &collector) else {
      return []
    }
    guard let entries = node.mapping else {
      collector.report(.wrongShape, "'stages': expected a mapping, found \(node.described)", at: node.range)
      return []
    }
    var stages: [StageBlock] = []
    for entry in entries where AxisDecoder.checkName(entry.key, "a stage", into: &collector) {
      if entry.name == "axes" || entry.name == "data" {
        collector.report(
          .badName, "'\(entry.name)' cannot name a stage", at: entry.key.range,
          hint: "'-S \(entry.name).NAME' means something else")
      }
      if let stage = StageDecoder.stage(entry, isBinding: false, into: &collector) { stages.append(stage) }
    }
    return stages
  }
}

/// The language version that every file states.
enum LanguageVersion {
  static func check(_ reader: MappingReader, file: String, into collector: inout DiagnosticCollector) {
    guard let node = reader["lightbench"] else {
      collector.report(
        .version, "the language version is missing", at: SourceRange(file: file, line: 1, column: 1, length: 1),
        hint: "write 'lightbench: 1' at the top")
      return
    }
    if node.plainScalar != "1" {
      collector.report(
        .version, "language version \(node.described) is not known, this build reads version 1", at: node.range)
    }
  }
}

/// `data: {root: DIR}` and `data: {root: {env: NAME}}`.
enum DataRootDecoder {
  static func root(_ node: Node, into collector: inout DiagnosticCollector) -> DataRoot? {
    guard let reader = MappingReader(node, of: "'data'", keys: ["root"], into: &collector),
      let root = reader.required("root", into: &collector)
    else { return nil }
    if let path = root.scalar { return .path(path, isFromCommandLine: false) }
    guard let inner = MappingReader(root, of: "'root' of 'data'", keys: ["env"], into: &collector),
      let name = inner.required("env", into: &collector)
    else { return nil }
    guard let text = name.scalar else {
      collector.report(
        .wrongShape, "'env': expected the name of a variable, found \(name.described)", at: name.range)
      return nil
    }
    return .environment(text)
  }
}

/// The entries of `bind`.
enum BindingList {
  static func entries(_ node: Node, into collector: inout DiagnosticCollector) -> [Node.Entry] {
    if let entries = node.mapping { return entries }
    collector.report(.wrongShape, "'bind': expected a mapping of inputs, found \(node.described)", at: node.range)
    return []
  }
}
