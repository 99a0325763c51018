import Recipes

/// Gathering: whose metrics come in, in which order, and under which labels.
extension GraphBuilder {
  /// The axis that `replicates` makes: tables average over it unless they say otherwise.
  static let replicateAxis = "replicate"

  mutating func gathered(_ block: StageBlock, at coordinate: Coordinate, ports: Ports) -> [Graph.Input] {
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
    let before = diagnostics.count
    let inputs =
      ports.passesOn ? candidates(of: block, at: coordinate) : cells(of: block, at: coordinate)
    if inputs.isEmpty, diagnostics.count == before {
      report(.gathersNothing, "\(block.name)\(coordinate): there is nothing to gather", block.range)
    }
    return inputs
  }

  /// The tasks of a source that belong to a gathering task, by the axes that it runs over.
  private func members(of source: GatherSource, for block: StageBlock, at coordinate: Coordinate) -> [Graph.Task] {
    var axes = source.by
    if coordinate[Self.replicateAxis] != nil, !axes.contains(Self.replicateAxis) { axes.append(Self.replicateAxis) }
    return tasks[ranges[source.from] ?? 0..<0].filter { task in
      axes.allSatisfy { axis in
        let own = label(of: task, on: axis, source)
        // A source without replicates serves all of them.
        return own == coordinate[axis] || (own == nil && axis == Self.replicateAxis)
      }
    }
  }

  private func label(of task: Graph.Task, on axis: String, _ source: GatherSource) -> String? {
    task.coordinate[axis] ?? source.as.first { $0.axis == axis }?.label
  }

  // MARK: - Tables

  /// What stands in a cell so far: values of one source that differ in the axes averaged over, and in no other.
  private struct Occupant {
    let source: Int
    let rest: [String]
    let task: Graph.Task
  }

  private mutating func cells(of block: StageBlock, at coordinate: Coordinate) -> [Graph.Input] {
    let rows = block.gather.map(\.rows).first { !$0.isEmpty } ?? []
    let columns = block.gather.map(\.columns).first { !$0.isEmpty } ?? []
    var inputs: [Graph.Input] = []
    var occupied: [[String]: Occupant] = [:]
    for (place, source) in block.gather.enumerated() {
      let rowAxes = source.rows.isEmpty ? rows : source.rows
      let columnAxes = source.columns.isEmpty ? columns : source.columns
      for task in members(of: source, for: block, at: coordinate) {
        guard let row = label(of: task, on: rowAxes, source), let column = label(of: task, on: columnAxes, source)
        else { return [] }
        let shown = Set(rowAxes + columnAxes + source.by)
        let averaged = task.coordinate.entries.filter { axis, _ in
          !shown.contains(axis) && (source.mean.contains(axis) || axis == Self.replicateAxis)
        }
        let rest = task.coordinate.axes.filter { axis in
          !shown.contains(axis) && !averaged.contains { $0.axis == axis }
        }
        let occupant = Occupant(source: place, rest: rest.map { task.coordinate[$0] ?? "" }, task: task)
        if let first = occupied[[row, column]], first.source != place || first.rest != occupant.rest {
          reportTwoValues(block, (row, column), first, occupant, rest, source)
          return []
        }
        occupied[[row, column]] = occupied[[row, column]] ?? occupant
        var labels = ["row": row, "column": column]
        let group = averaged.filter { $0.axis != Self.replicateAxis }
        if !group.isEmpty { labels["group"] = group.map(\.label).joined(separator: " ") }
        labels[Self.replicateAxis] = averaged.first { $0.axis == Self.replicateAxis }?.label
        inputs.append(
          Graph.Input(
            port: "metrics", place: inputs.count, producer: task.index, producerPort: "metrics", labels: labels))
      }
    }
    return inputs
  }

  private mutating func reportTwoValues(
    _ block: StageBlock, _ cell: (row: String, column: String), _ first: Occupant, _ second: Occupant,
    _ axes: [String], _ source: GatherSource
  ) {
    let differing = first.source == second.source ? zip(axes, zip(first.rest, second.rest)).filter { $1.0 != $1.1 } : []
    let cure =
      differing.isEmpty
      ? "; 'as' gives one of them another label"
      : "; name \(listed(differing.map(\.0))) in 'rows', 'columns', 'by' or 'mean'"
    report(
      .twoValues, "\(block.name): two values for the cell (\(cell.row), \(cell.column))", source.range,
      hint: "of \(first.task.address) and \(second.task.address)\(cure)")
  }

  /// The label of a task on a row or column: its labels on those axes, or what `as` says.
  private mutating func label(of task: Graph.Task, on names: [String], _ source: GatherSource) -> String? {
    var labels: [String] = []
    for name in names {
      if let label = label(of: task, on: name, source) {
        labels.append(label)
      } else {
        report(
          .gatherAxis, "'\(source.from)' has no axis '\(name)' to gather by", source.range,
          hint: (task.coordinate.axes.isEmpty ? "it has no axes" : "its axes are \(listed(task.coordinate.axes))")
            + "; 'as: {\(name): ...}' stands for a missing one")
        return nil
      }
    }
    return labels.joined(separator: " ")
  }

  // MARK: - Selection

  /// The metrics of every candidate, and with each its other outputs, under their names.
  private mutating func candidates(of block: StageBlock, at coordinate: Coordinate) -> [Graph.Input] {
    var inputs: [Graph.Input] = []
    var place = 0
    for source in block.gather {
      for (key, names) in [("rows", source.rows), ("columns", source.columns), ("mean", source.mean)]
      where !names.isEmpty {
        report(
          .gatherUnused, "\(block.name): \(block.kind) has no use for '\(key)' of 'gather'", source.range,
          hint: "it takes 'from', 'by' and 'as'")
        return []
      }
      for task in members(of: source, for: block, at: coordinate) {
        let group = task.coordinate.entries.filter { !source.by.contains($0.axis) && coordinate[$0.axis] == nil }
        let labels = ["group": group.map(\.label).joined(separator: " ")]
        for port in ["metrics"] + task.prepared.ports.outputs.map(\.name) {
          inputs.append(
            Graph.Input(port: port, place: place, producer: task.index, producerPort: port, labels: labels))
        }
        place += 1
      }
    }
    let gives = Dictionary(grouping: inputs.map(\.producer)) { Set(tasks[$0].prepared.ports.outputs) }
    if gives.count > 1, let first = gives.values.compactMap(\.first).min(),
      let other = inputs.map(\.producer).first(where: {
        Set(tasks[$0].prepared.ports.outputs) != Set(tasks[first].prepared.ports.outputs)
      })
    {
      report(
        .gatherUnlike,
        "\(block.name): '\(tasks[first].stage)' and '\(tasks[other].stage)' have different outputs, \(block.kind) cannot choose between them",
        block.range, hint: "\(given(by: first)), \(given(by: other))")
      return []
    }
    return inputs
  }

  private func given(by index: Int) -> String {
    "'\(tasks[index].stage)' gives \(tasks[index].prepared.ports.outputs.map { "\($0.name): \($0.type)" }.joined(separator: ", "))"
  }

  /// The ports of a stage that passes on what it gathers.
  func passedOn(by block: StageBlock, from inputs: [Graph.Input]) -> Ports {
    let outputs = inputs.first.map { tasks[$0.producer].prepared.ports.outputs } ?? []
    return Ports(outputs: outputs, gathers: true, passesOn: true)
  }
}
