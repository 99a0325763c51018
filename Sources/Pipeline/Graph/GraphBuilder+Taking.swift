import Recipes

/// Tasks of other experiments, and what bindings give.
extension GraphBuilder {
  /// Puts the tasks that bindings take from another experiment, with all that these need, before the recipe's own.
  mutating func take(from other: TakenExperiment) {
    var theirs = GraphBuilder(other.recipe, registry: registry, profile: profile)
    theirs.build()
    let bindings = recipe.stages.filter { $0.taken?.experiment == other.name }
    var wanted: [String: [Coordinate: Int]] = [:]
    for binding in bindings { wanted[binding.name] = taken(by: binding, from: &theirs) }
    diagnostics += theirs.diagnostics.filter { !$0.isWarning }

    let reached = theirs.tasks.ancestors(of: Set(wanted.values.flatMap(\.values)), halvings: theirs.halvings)
    var places: [Int: Int] = [:]
    for task in theirs.tasks where reached.contains(task.index) {
      places[task.index] = tasks.count
      tasks.append(task.taken(from: other.name, at: tasks.count) { places[$0] ?? 0 })
    }
    for (name, cells) in wanted { placed[name] = cells.compactMapValues { places[$0] } }
    halvings += theirs.halvings.filter { reached.isSuperset(of: $0.members) }
      .map { $0.moved(to: "\(other.name)/\($0.stage)") { places[$0] ?? 0 } }
    let stages = Set(reached.map { theirs.tasks[$0].stage })
    order += theirs.order.filter { stages.contains($0.name) }.map { $0.taken(from: other.name) }
  }

  /// The tasks of another experiment that a binding stands for, by the binding's coordinate.
  private mutating func taken(by binding: StageBlock, from theirs: inout GraphBuilder) -> [Coordinate: Int] {
    guard let reference = binding.taken?.reference, let source = theirs.source(reference.source) else { return [:] }
    let outputs = theirs.tasks.first { $0.stage == source.name }?.prepared.ports.outputs
    guard let outputs else { return [:] }  // reported where the stage stands, or no task is left of it
    let port: Port?
    if source.isBinding {
      port = theirs.boundPort(of: source, among: outputs)
    } else {
      port = outputPort(of: source, named: reference.port, among: outputs, reference)
    }
    guard let port, accepts(port, for: binding, at: reference.range) else { return [:] }
    takenPorts[binding.name] = port
    var found: [Coordinate: Int] = [:]
    for coordinate in recipe.coordinates(of: binding) {
      let wanted = choices(of: reference, source: source, for: binding, at: coordinate)
      guard wanted.count == 1 else {
        report(.tooMany, "binding '\(binding.name)' takes one artifact for each cell, not a list", reference.range)
        return found
      }
      if let task = theirs.placed[source.name]?[wanted[0]] {
        found[coordinate] = task
      } else {
        report(
          .leftOut, "\(binding.name)\(coordinate): 'except' leaves \(source.name)\(wanted[0]) out", reference.range)
      }
    }
    return found
  }

  private func source(_ name: String) -> StageBlock? { recipe.stage(name) }

  /// The output of a binding that an input takes: the one of the input's type.
  mutating func boundPort(of binding: StageBlock, among outputs: [Port]) -> Port? {
    guard let input = recipe.inputs.first(where: { $0.name == binding.name }) else { return nil }
    let fitting = outputs.filter { $0.type.name == input.type }
    if fitting.count == 1 { return fitting[0] }
    guard fitting.isEmpty else {
      report(
        .unknownOutput,
        "binding '\(binding.name)': \(binding.kind) has several outputs of type \(input.type): "
          + listed(fitting.map(\.name)), binding.kindRange)
      return nil
    }
    if let port = outputs.first { _ = accepts(port, for: binding, at: binding.kindRange) }
    return nil
  }

  /// Whether what a binding gives is of its input's type; reported if not.
  private mutating func accepts(_ port: Port, for binding: StageBlock, at range: SourceRange) -> Bool {
    guard let input = recipe.inputs.first(where: { $0.name == binding.name }), port.type.name != input.type else {
      return true
    }
    report(
      .typeMismatch, "the input '\(input.name)' is \(input.type), but its binding gives \(port.type)", range)
    return false
  }
}

extension Graph.Task {
  /// The task in the graph of an experiment that takes it from another.
  fileprivate func taken(from experiment: String, at index: Int, producer: (Int) -> Int) -> Graph.Task {
    Graph.Task(
      index: index, stage: "\(experiment)/\(stage)",
      experiment: self.experiment.map { "\(experiment)/\($0)" } ?? experiment, coordinate: coordinate,
      prepared: prepared, parameters: parameters,
      inputs: inputs.map {
        Graph.Input(
          port: $0.port, place: $0.place, producer: producer($0.producer), producerPort: $0.producerPort,
          labels: $0.labels)
      }, seed: seed, needs: needs, keep: keep)
  }
}
