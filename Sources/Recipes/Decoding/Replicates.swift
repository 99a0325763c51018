/// How often each training is done, with a seed of its own each time: `replicates: 3`.
struct Replicates {
  /// The axis that stages get; its labels are `0`, `1`, ...
  static let axis = "replicate"
  private static let allowed = 1...1000

  let count: Int
  let range: SourceRange

  /// The replicates of a mapping, nil where it has none or (reported) they are wrong.
  init?(_ reader: MappingReader, into collector: inout DiagnosticCollector) {
    guard let node = reader["replicates"] else { return nil }
    self.init(node, of: reader.owner, into: &collector)
  }

  init?(_ node: Node, of owner: String, into collector: inout DiagnosticCollector) {
    do throws(Diagnostic) {
      count = try Int.decode(node)
      range = node.range
    } catch {
      collector.add(error.prefixed("'replicates' of \(owner)"))
      return nil
    }
    guard Self.allowed.contains(count) else {
      collector.report(
        .outOfRange,
        "'replicates' of \(owner): '\(count)' is not between \(Self.allowed.lowerBound) and \(Self.allowed.upperBound)",
        at: node.range)
      return nil
    }
  }

  /// The axis `replicate`, and the stages that run over it: trainings, and what depends on them.
  ///
  /// Tables gather over it. One replicate is no axis, so that it is the recipe without replicates.
  ///
  /// - Parameter stages: Get the axis as their last.
  func multiply(_ stages: inout [StageBlock], axes: [Axis], into collector: inout DiagnosticCollector) -> Axis? {
    guard count > 1 else { return nil }
    let local = stages.first { $0.over.contains { $0.name == Self.axis } }
    if let taken = axes.first(where: { $0.name == Self.axis })?.range ?? local?.range {
      collector.report(
        .duplicateName, "'replicates' makes an axis '\(Self.axis)', and the recipe has one of that name", at: range,
        hint: "rename the recipe's", notes: ["it is at \(taken)"])
      return nil
    }
    let multiplied = Self.dependents(in: stages)
    for index in stages.indices where multiplied.contains(stages[index].name) {
      if stages[index].gather.isEmpty {
        stages[index].over.append(LocalAxis(name: Self.axis, axis: Self.axis))
      } else if !stages[index].isTable {
        stages[index].gather = stages[index].gather.map { source in
          multiplied.contains(source.from) ? source.by(adding: Self.axis) : source
        }
      }
    }
    let entries = (0..<count).map {
      Axis.Entry(label: "\($0)", value: Node(.scalar("\($0)", isQuoted: false), range: range))
    }
    return Axis(name: Self.axis, entries: entries, allLabels: entries.map(\.label), range: range)
  }

  /// The stages `train.*` and those that depend on one, but not through a table.
  private static func dependents(in stages: [StageBlock]) -> Set<String> {
    let tables = Set(stages.filter(\.isTable).map(\.name))
    var found = Set(stages.filter { $0.kind.hasPrefix("train.") }.map(\.name))
    while true {
      let more = stages.filter { stage in
        !found.contains(stage.name)
          && stage.sources.contains { found.contains($0) && !tables.contains($0) }
      }
      if more.isEmpty { return found.subtracting(tables) }
      found.formUnion(more.map(\.name))
    }
  }
}

extension StageBlock {
  /// Whether the stage makes a table, which shows all replicates.
  var isTable: Bool { kind.hasPrefix("table.") }

  /// The stages and inputs that it takes something from.
  var sources: [String] { inputs.map(\.reference.source) + gather.map(\.from) }
}

extension GatherSource {
  fileprivate func by(adding axis: String) -> GatherSource {
    GatherSource(from: from, as: self.as, by: by + [axis], rows: rows, columns: columns, mean: mean, range: range)
  }

  /// The source as another experiment names it that takes its tasks.
  func taken(from experiment: String) -> GatherSource {
    GatherSource(
      from: "\(experiment)/\(from)", as: self.as, by: by, rows: rows, columns: columns, mean: mean, range: range)
  }

  /// The source as the user wrote it.
  func by(removing axis: String) -> GatherSource {
    GatherSource(
      from: from, as: self.as, by: by.filter { $0 != axis }, rows: rows, columns: columns, mean: mean, range: range)
  }
}
