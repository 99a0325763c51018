import Fingerprints
import Recipes

/// Expands stages over axes, connects them, and collects every mistake on the way.
struct GraphBuilder {
  let recipe: Recipe
  let registry: StageRegistry
  var diagnostics: [Diagnostic] = []
  var tasks: [Graph.Task] = []
  var order: [StageBlock] = []

  /// The tasks of each stage, by coordinate.
  private var placed: [String: [Coordinate: Int]] = [:]
  private let blocks: [String: StageBlock]
  private let axes: [String: Axis]

  init(_ recipe: Recipe, registry: StageRegistry) {
    self.recipe = recipe
    self.registry = registry
    blocks = Dictionary(recipe.stages.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    axes = Dictionary(recipe.axes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func build() {
    guard sortStages() else { return }
    for block in order { expand(block) }
    // A stage over an axis makes each of its mistakes once a label.
    var seen: Set<Diagnostic> = []
    diagnostics = diagnostics.filter { seen.insert($0).inserted }
  }

  // MARK: - Order of stages

  private func sources(of block: StageBlock) -> [(name: String, range: SourceRange)] {
    block.inputs.map { ($0.reference.source, $0.reference.range) } + block.gather.map { ($0.from, $0.range) }
  }

  /// Puts producers before consumers; false where there is a cycle.
  private mutating func sortStages() -> Bool {
    var state: [String: Bool] = [:]  // false: on the path to here, true: done
    var path: [String] = []
    var isSound = true
    func visit(_ block: StageBlock, into sorted: inout [StageBlock], _ diagnostics: inout [Diagnostic]) {
      state[block.name] = false
      path.append(block.name)
      for (name, range) in sources(of: block) {
        guard let source = blocks[name] else { continue }
        if state[name] == false {
          let start = path.firstIndex(of: name) ?? 0
          let cycle = (path[start...] + [name]).joined(separator: " -> ")
          diagnostics.append(Diagnostic(.cycle, "stages need each other: \(cycle)", at: range))
          isSound = false
        } else if state[name] == nil {
          visit(source, into: &sorted, &diagnostics)
        }
      }
      path.removeLast()
      state[block.name] = true
      sorted.append(block)
    }
    var sorted: [StageBlock] = []
    var cycles: [Diagnostic] = []
    for block in recipe.stages where state[block.name] == nil { visit(block, into: &sorted, &cycles) }
    diagnostics += cycles
    order = sorted
    return isSound
  }

  // MARK: - One stage

  private mutating func expand(_ block: StageBlock) {
    placed[block.name] = [:]
    guard let kind = registry[block.kind] else {
      let hint = Suggestion.hint(for: block.kind, among: registry.kinds.map(\.kind))
      diagnostics.append(
        Diagnostic(.unknownKind, "unknown stage kind '\(block.kind)'", at: block.kindRange, hint: hint))
      return
    }
    for coordinate in recipe.coordinates(of: block) {
      let (node, values) = block.parameters(at: coordinate, axes: recipe.axes)
      let prepared = kind.prepared(node, diagnostics: &diagnostics)
      let inputs = connect(block, at: coordinate, to: prepared.ports)
      let task = Graph.Task(
        index: tasks.count, stage: block.name, coordinate: coordinate, prepared: prepared, parameters: node,
        inputs: inputs, seed: seed(of: block.kind, reading: values), needs: block.needs)
      placed[block.name]?[coordinate] = task.index
      tasks.append(task)
    }
  }

  /// The seed of a task: from the recipe's seed, the kind and the values it reads through axes; never from names.
  private func seed(of kind: String, reading values: [Node]) -> UInt64 {
    let parts: [CanonicalValue] = [
      .text("lightbench.seed"), .integer(recipe.seed), .text(kind), .list(values.map(\.canonical)), .integer(0),
    ]
    // Only text, integers and lists of them: nothing in it can refuse to be encoded.
    let bytes = (try? CanonicalValue.list(parts).encoded()) ?? []
    return Digest.of(bytes).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
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
          hint: Suggestion.hint(for: binding.port, among: names) ?? "it takes \(listed(names))")
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
    guard let source = blocks[reference.source] else {
      if recipe.inputs.contains(where: { $0.name == reference.source }) { return [] }  // not bound: `check` of a recipe
      let names = recipe.stages.map(\.name)
      report(
        .unknownSource, "\(block.name): no stage or input '\(reference.source)'", reference.range,
        hint: Suggestion.hint(for: reference.source, among: names))
      return []
    }
    guard let output = outputPort(of: source, named: reference.port, reference) else { return [] }
    guard output.type == port.type else {
      report(
        .typeMismatch,
        "\(block.name): input '\(port.name)' takes \(port.type), but '\(source.name).\(output.name)' is \(output.type)",
        reference.range)
      return []
    }
    let wanted = choices(of: reference, source: source, for: block, at: coordinate)
    guard port.arity == .many || wanted.count <= 1 else {
      report(.tooMany, "\(block.name): input '\(port.name)' takes one artifact, not a list", reference.range)
      return []
    }
    return wanted.enumerated().compactMap { place, choice in
      placed[source.name]?[choice].map {
        Graph.Input(port: port.name, place: place, producer: $0, producerPort: output.name, labels: [:])
      }
    }
  }

  private mutating func outputPort(of source: StageBlock, named name: String?, _ reference: Reference) -> Port? {
    guard let kind = registry[source.kind] else { return nil }  // reported where the stage stands
    let outputs = tasks.first { $0.stage == source.name }?.prepared.ports.outputs ?? kind.ports.outputs
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
  private mutating func choices(
    of reference: Reference, source: StageBlock, for block: StageBlock, at coordinate: Coordinate
  ) -> [Coordinate] {
    for bound in reference.bindings where !source.over.contains(where: { $0.name == bound.axis }) {
      report(
        .extraAxis, "\(block.name): '\(source.name)' has no axis '\(bound.axis)'", reference.range,
        hint: source.over.isEmpty ? "it has no axes" : "its axes are \(listed(source.over.map(\.name)))")
      return []
    }
    var all = [Coordinate([])]
    for local in source.over {
      guard let labels = labels(on: local, reference: reference, source: source, for: block, at: coordinate) else {
        return []
      }
      all = all.flatMap { base in labels.map { Coordinate(base.entries + [(axis: local.name, label: $0)]) } }
    }
    return all
  }

  private mutating func labels(
    on local: LocalAxis, reference: Reference, source: StageBlock, for block: StageBlock, at coordinate: Coordinate
  ) -> [String]? {
    let known = axes[local.axis]?.entries.map(\.label) ?? []
    let wanted: [String]
    switch reference.bindings.first(where: { $0.axis == local.name })?.value {
    case .axis(let name): wanted = coordinate[name].map { [$0] } ?? []
    case .field(let name, let field): wanted = fieldLabels(name, field, for: block, at: coordinate)
    case .label(let label): wanted = [label]
    case nil: wanted = coordinate[local.name].map { [$0] } ?? []
    }
    guard !wanted.isEmpty else {
      let own = block.over.map(\.name)
      report(
        .missingAxis,
        "\(block.name): '\(source.name)' has the axis '\(local.name)', which \(block.name) (\(own.isEmpty ? "no axes" : listed(own))) does not choose",
        reference.range, hint: own.first.map { "say which, such as \"\(source.name)[\(local.name)=$\($0)]\"" })
      return nil
    }
    for label in wanted where !known.contains(label) {
      report(
        .unknownLabel, "\(block.name): '\(label)' is not on the axis '\(local.axis)'", reference.range,
        hint: Suggestion.hint(for: label, among: known) ?? "it has \(listed(known))")
      return nil
    }
    return wanted
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

  // MARK: - Gather

  private mutating func gathered(_ block: StageBlock, at coordinate: Coordinate, ports: Ports) -> [Graph.Input] {
    guard !block.gather.isEmpty else {
      if ports.gathers {
        report(.gatherMissing, "\(block.name): \(block.kind) gathers; say 'gather: {from: ...}'", block.range)
      }
      return []
    }
    guard ports.gathers else {
      report(.gatherUnwanted, "\(block.name): \(block.kind) does not gather", block.range)
      return []
    }
    let rows = block.gather.map(\.rows).first { !$0.isEmpty } ?? []
    var inputs: [Graph.Input] = []
    var seen: Set<[String]> = []
    for source in block.gather {
      guard blocks[source.from] != nil else {
        report(
          .unknownSource, "\(block.name): no stage '\(source.from)'", source.range,
          hint: Suggestion.hint(for: source.from, among: recipe.stages.map(\.name)))
        continue
      }
      for task in tasks where task.stage == source.from {
        guard source.by.allSatisfy({ task.coordinate[$0] == coordinate[$0] }) else { continue }
        guard let row = label(of: task, on: source.rows.isEmpty ? rows : source.rows, source),
          let column = label(of: task, on: source.columns, source)
        else { return [] }
        if !seen.insert([row, column]).inserted && source.mean.isEmpty {
          report(.twoValues, "\(block.name): two values for the cell (\(row), \(column))", source.range)
          return []
        }
        inputs.append(
          Graph.Input(
            port: "metrics", place: inputs.count, producer: task.index, producerPort: "metrics",
            labels: ["row": row, "column": column]))
      }
    }
    return inputs
  }

  /// The label of a task on a row or column: its labels on those axes, or what `as` says.
  private mutating func label(of task: Graph.Task, on names: [String], _ source: GatherSource) -> String? {
    var labels: [String] = []
    for name in names {
      if let label = task.coordinate[name] ?? source.as.first(where: { $0.axis == name })?.label {
        if !labels.contains(label) || names.count > 1 { labels.append(label) }
      } else {
        report(
          .gatherAxis, "'\(source.from)' has no axis '\(name)' to gather by", source.range,
          hint:
            "its axes are \(listed(task.coordinate.entries.map(\.axis))); 'as: {\(name): ...}' stands for a missing one"
        )
        return nil
      }
    }
    return labels.joined(separator: " ")
  }

  private mutating func report(_ code: DiagnosticCode, _ message: String, _ range: SourceRange, hint: String? = nil) {
    diagnostics.append(Diagnostic(code, message, at: range, hint: hint))
  }

  private func listed(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
