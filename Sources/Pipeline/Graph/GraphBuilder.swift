import Fingerprints
import Recipes

/// Expands stages over axes, connects them, and collects every mistake on the way.
struct GraphBuilder {
  let recipe: Recipe
  let registry: StageRegistry
  let profile: Profile?
  var diagnostics: [Diagnostic] = []
  var tasks: [Graph.Task] = []
  var order: [StageBlock] = []
  var halvings: [Halving] = []

  /// The tasks of each stage, by coordinate.
  var placed: [String: [Coordinate: Int]] = [:]
  /// The ports of other experiments' tasks that bindings take.
  var takenPorts: [String: Port] = [:]
  /// Where the tasks of each stage stand in `tasks`.
  var ranges: [String: Range<Int>] = [:]
  let blocks: [String: StageBlock]
  let axes: [String: Axis]

  init(_ recipe: Recipe, registry: StageRegistry, profile: Profile?) {
    self.recipe = recipe
    self.registry = registry
    self.profile = profile
    blocks = Dictionary(recipe.stages.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    axes = Dictionary(recipe.axes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func build() {
    for experiment in recipe.experiments { take(from: experiment) }
    let taken = order
    sortStages()
    for block in order { expand(block) }
    order = taken + order
    // A stage over an axis makes each of its mistakes once a label.
    var seen: Set<Diagnostic> = []
    diagnostics = diagnostics.filter { seen.insert($0).inserted }
  }

  /// Puts producers before consumers; a checked recipe has no cycles.
  private mutating func sortStages() {
    var visited: Set<String> = []
    func visit(_ block: StageBlock, into sorted: inout [StageBlock]) {
      guard visited.insert(block.name).inserted else { return }
      for name in block.inputs.map(\.reference.source) + block.gather.map(\.from) {
        if let source = blocks[name] { visit(source, into: &sorted) }
      }
      sorted.append(block)
    }
    var sorted: [StageBlock] = []
    for block in recipe.stages { visit(block, into: &sorted) }
    order = sorted.filter { $0.taken == nil }
  }

  // MARK: - One stage

  private mutating func expand(_ block: StageBlock) {
    placed[block.name] = [:]
    let start = tasks.count
    defer { ranges[block.name] = start..<tasks.count }
    guard let kind = registry[block.kind] else {
      let hint = Suggestion.hint(for: block.kind, among: registry.kinds.map(\.kind))
      diagnostics.append(
        Diagnostic(.unknownKind, "unknown stage kind '\(block.kind)'", at: block.kindRange, hint: hint))
      return
    }
    for coordinate in recipe.coordinates(of: block) {
      let (node, values) = block.parameters(at: coordinate, axes: recipe.axes)
      var prepared = kind.prepared(node, diagnostics: &diagnostics)
      let inputs = connect(block, at: coordinate, to: prepared.ports)
      if prepared.ports.passesOn { prepared.ports = passedOn(by: block, from: inputs) }
      let task = Graph.Task(
        index: tasks.count, stage: block.name, experiment: nil, coordinate: coordinate, prepared: prepared,
        parameters: node, inputs: inputs,
        seed: seed(of: block, reading: values, replicate: recipe.replicate(of: coordinate, in: block)),
        needs: profile?.needs(of: block) ?? block.needs, keep: block.keep)
      placed[block.name]?[coordinate] = task.index
      tasks.append(task)
    }
    halve(block, kind, start..<tasks.count)
  }

  /// The seed of a task: from the recipe's seed, the kind, the values it reads through axes and the replicate; never
  /// from names.
  private mutating func seed(of block: StageBlock, reading values: [Node], replicate: Int) -> UInt64 {
    let parts: [CanonicalValue] = [
      .text("lightbench.seed"), .integer(recipe.seed), .text(block.kind), .list(values.map(\.canonical)),
      .integer(Int64(replicate)),
    ]
    do {
      return Digest.of(try CanonicalValue.list(parts).encoded()).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    } catch {
      report(.wrongShape, "\(block.name): a value of its axes cannot be used: \(error)", block.range)
      return 0
    }
  }

  // MARK: - Mistakes

  mutating func report(_ code: DiagnosticCode, _ message: String, _ range: SourceRange, hint: String? = nil) {
    diagnostics.append(Diagnostic(code, message, at: range, hint: hint))
  }

  func listed(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
