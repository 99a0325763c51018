import Recipes

/// Who gives each input of a task.
extension GraphBuilder {
  mutating func connect(_ block: StageBlock, at coordinate: Coordinate, to ports: Ports) -> [Graph.Input] {
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
}
