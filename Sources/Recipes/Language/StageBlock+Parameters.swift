import Fingerprints

extension StageBlock {
  /// The parameters of the task at a coordinate, as YAML, and the values of axes they read.
  ///
  /// Layers apply as in `Assignment.applies(before:)`; `$axis` and `$axis.field` are replaced by the axis's values,
  /// which keep the place where the variable stands.
  ///
  /// - Returns: `node`, a mapping, nil without parameters; `axisValues`, each value read through `$axis` once, in an
  ///   order that depends on the values alone: what enters the seed.
  public func parameters(at coordinate: Coordinate, axes: [Axis]) -> (node: Node?, axisValues: [Node]) {
    guard let node = layered(at: coordinate) else { return (nil, []) }
    var values: [Node] = []
    let substituted = substitute(node, at: coordinate, axes: axes, reading: &values)
    var byKey: [String: Node] = [:]
    for value in values { byKey[value.canonical.sortKey] = byKey[value.canonical.sortKey] ?? value }
    return (substituted, byKey.sorted { $0.key < $1.key }.map(\.value))
  }

  /// The parameters at a coordinate before variables are replaced; nil where nobody sets any.
  ///
  /// - Parameter coordinate: Nil for what holds in every cell.
  func layered(at coordinate: Coordinate?) -> Node? {
    var node = with
    for assignment in assignments {
      guard assignment.cells.isEmpty || coordinate.map(assignment.holds) ?? false else { continue }
      let base = node ?? Node(.mapping([]), range: assignment.range)
      node = base.setting(assignment.keys[...], to: assignment.value)
    }
    return node
  }

  /// The variables that parameters read in any layer, with their places.
  var variables: [(variable: Variable, range: SourceRange)] {
    ([with].compactMap(\.self) + assignments.map(\.value)).flatMap(\.variables)
  }

  private func substitute(
    _ node: Node, at coordinate: Coordinate, axes: [Axis], reading values: inout [Node]
  ) -> Node {
    switch node.content {
    case .sequence(let nodes):
      var result: [Node] = []
      for node in nodes { result.append(substitute(node, at: coordinate, axes: axes, reading: &values)) }
      return Node(.sequence(result), range: node.range)
    case .mapping(let entries):
      var result: [Node.Entry] = []
      for entry in entries {
        let value = substitute(entry.value, at: coordinate, axes: axes, reading: &values)
        result.append(Node.Entry(key: entry.key, value: value))
      }
      return Node(.mapping(result), range: node.range)
    case .scalar(let text, _):
      guard let variable = Variable(text), let value = value(of: variable, at: coordinate, axes: axes) else {
        return node
      }
      values.append(value)
      return value.placed(at: node.range)
    }
  }

  private func value(of variable: Variable, at coordinate: Coordinate, axes: [Axis]) -> Node? {
    guard let local = over.first(where: { $0.name == variable.axis }), let label = coordinate[local.name],
      let entry = axes.first(where: { $0.name == local.axis })?[label]
    else { return nil }
    return variable.field.map { entry.value[$0] } ?? entry.value
  }
}

extension Node {
  /// The same content, all of it at one place.
  fileprivate func placed(at range: SourceRange) -> Node {
    switch content {
    case .scalar: Node(content, range: range)
    case .sequence(let nodes): Node(.sequence(nodes.map { $0.placed(at: range) }), range: range)
    case .mapping(let entries):
      Node(
        .mapping(entries.map { Entry(key: $0.key.placed(at: range), value: $0.value.placed(at: range)) }), range: range)
    }
  }

  /// The variables in a node, with their places.
  var variables: [(variable: Variable, range: SourceRange)] {
    switch content {
    case .scalar(let text, _): Variable(text).map { [($0, range)] } ?? []
    case .sequence(let nodes): nodes.flatMap(\.variables)
    case .mapping(let entries): entries.flatMap(\.value.variables)
    }
  }
}

extension CanonicalValue {
  /// A text that is equal for equal values only.
  fileprivate var sortKey: String {
    switch self {
    case .null: "0"
    case .boolean(let value): "b\(value)"
    case .integer(let value): "i\(value)"
    case .number(let value): "n\(value.bitPattern)"
    case .text(let value): "t\(value.utf8.count):\(value)"
    case .bytes(let value): "y\(value)"
    case .list(let values): "l\(values.count):" + values.map(\.sortKey).joined(separator: ",")
    case .map(let values):
      "m\(values.count):"
        + values.sorted { $0.key < $1.key }.map { "\($0.key.utf8.count):\($0.key)=\($0.value.sortKey)" }
        .joined(separator: ",")
    }
  }
}
