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

  /// The tasks of each stage, by coordinate.
  var placed: [String: [Coordinate: Int]] = [:]
  /// The ports of other experiments' tasks that bindings take.
  var takenPorts: [String: Port] = [:]
  /// Where the tasks of each stage stand in `tasks`.
  private(set) var ranges: [String: Range<Int>] = [:]
  private let blocks: [String: StageBlock]
  private let axes: [String: Axis]

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
    if let stop = block.stop {
      report(
        .unsupported, "'stop' of '\(block.name)' is not supported yet: \(block.kind) does not stop early", stop.range,
        hint: "without it all tasks run to their end")
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
}

// MARK: - Connections

extension GraphBuilder {
  private mutating func connect(_ block: StageBlock, at coordinate: Coordinate, to ports: Ports) -> [Graph.Input] {
    var inputs: [Graph.Input] = []
    for binding in block.inputs {
      guard let port = ports.inputs.first(where: { $0.name == binding.port }) else {
        let names = ports.inputs.map(\.name)
        report(
          .unknownPort, "unknown input '\(binding.port)' of \(block.kind)", binding.portRange,
          hint: Suggestion.hint(for: binding.port, among: names)
            ?? (names.isEmpty ? "it takes nothing" : "it takes \(listed(names))"))
        continue
      }
      inputs += producers(of: binding.reference, for: block, at: coordinate, port: port)
    }
    for port in ports.inputs where port.arity != .optional {
      if !block.inputs.contains(where: { $0.port == port.name }) {
        report(.unconnected, "\(block.name): input '\(port.name)' of \(block.kind) is not connected", block.range)
      }
    }
    inputs += gathered(block, at: coordinate, ports: ports)
    return inputs
  }

  private mutating func producers(
    of reference: Reference, for block: StageBlock, at coordinate: Coordinate, port: Port
  ) -> [Graph.Input] {
    guard let source = blocks[reference.source] else { return [] }  // an input that nothing binds: `check` of a recipe
    guard let output = outputPort(of: source, named: reference.port, reference) else { return [] }
    guard output.type == port.type else {
      report(
        .typeMismatch,
        "\(block.name): input '\(port.name)' takes \(port.type), but '\(source.name).\(output.name)' is \(output.type)",
        reference.range)
      return []
    }
    let wanted = choices(of: reference, source: source, for: block, at: coordinate)
    guard !wanted.isEmpty || port.arity != .single else {
      report(.unconnected, "\(block.name): input '\(port.name)' of \(block.kind) gets an empty list", reference.range)
      return []
    }
    guard port.arity == .many || wanted.count <= 1 else {
      report(.tooMany, "\(block.name): input '\(port.name)' takes one artifact, not a list", reference.range)
      return []
    }
    var inputs: [Graph.Input] = []
    for (place, choice) in wanted.enumerated() {
      guard let producer = placed[source.name]?[choice] else {
        if source.taken != nil { continue }  // reported where the binding stands
        report(
          .leftOut, "\(block.name)\(coordinate): 'except' leaves \(source.name)\(choice) out", reference.range,
          hint: "leave \(block.name)\(coordinate) out as well")
        continue
      }
      inputs.append(
        Graph.Input(port: port.name, place: place, producer: producer, producerPort: output.name, labels: [:]))
    }
    return inputs
  }

  private mutating func outputPort(of source: StageBlock, named name: String?, _ reference: Reference) -> Port? {
    if source.taken != nil { return takenPorts[source.name] }
    guard let kind = registry[source.kind] else { return nil }  // reported where the stage stands
    let first = ranges[source.name]?.first.map { tasks[$0] }
    if first == nil, kind.ports.passesOn { return nil }  // what it gathers is reported where it stands
    let outputs = first?.prepared.ports.outputs ?? kind.ports.outputs
    if source.isBinding { return boundPort(of: source, among: outputs) }
    return outputPort(of: source, named: name, among: outputs, reference)
  }

  mutating func outputPort(
    of source: StageBlock, named name: String?, among outputs: [Port], _ reference: Reference
  ) -> Port? {
    if let name, let port = outputs.first(where: { $0.name == name }) { return port }
    if name == nil, outputs.count == 1 { return outputs[0] }
    let listing = listed(outputs.map(\.name))
    if let name {
      report(
        .unknownOutput, "'\(source.name)' (\(source.kind)) has no output '\(name)'", reference.range,
        hint: Suggestion.hint(for: name, among: outputs.map(\.name)) ?? "it gives \(listing)")
    } else {
      report(.unknownOutput, "'\(source.name)' has several outputs; name one of \(listing)", reference.range)
    }
    return nil
  }

  /// The coordinates of the producer that a reference means, in order.
  func choices(
    of reference: Reference, source: StageBlock, for block: StageBlock, at coordinate: Coordinate
  ) -> [Coordinate] {
    var all = [Coordinate([])]
    for local in source.over {
      let labels = labels(on: local, reference: reference, for: block, at: coordinate)
      all = all.flatMap { base in labels.map { Coordinate(base.entries + [(axis: local.name, label: $0)]) } }
    }
    return all
  }

  /// The labels of a producer's axis that a reference means; that they exist is checked with the recipe.
  private func labels(
    on local: LocalAxis, reference: Reference, for block: StageBlock, at coordinate: Coordinate
  ) -> [String] {
    switch reference[local.name] {
    case .axis(let name): coordinate[name].map { [$0] } ?? []
    case .field(let name, let field): fieldLabels(name, field, for: block, at: coordinate)
    case .label(let label): [label]
    case nil: coordinate[local.name].map { [$0] } ?? []
    }
  }

  private func fieldLabels(
    _ name: String, _ field: String, for block: StageBlock, at coordinate: Coordinate
  ) -> [String] {
    guard let local = block.over.first(where: { $0.name == name }), let label = coordinate[name],
      let value = axes[local.axis]?.entries.first(where: { $0.label == label })?.value[field]
    else { return [] }
    if case .sequence(let items) = value.content { return items.compactMap(\.scalar) }
    return value.scalar.map { [$0] } ?? []
  }

  mutating func report(_ code: DiagnosticCode, _ message: String, _ range: SourceRange, hint: String? = nil) {
    diagnostics.append(Diagnostic(code, message, at: range, hint: hint))
  }

  func listed(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
