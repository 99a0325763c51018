extension Recipe {
  /// One recipe file with all layers settled, which parses again to the same tasks and needs no experiment.
  ///
  /// - Parameter place: Where it will lie; nil for beside the file that it was read from.
  public func resolvedYAML(in place: ResolvedPlace? = nil) -> String { resolved(in: place).write() }

  private func resolved(in place: ResolvedPlace?) -> Node {
    var entries: [(String, Node)] = [
      ("lightbench", .text("1")), ("name", .text(recipeName)), ("seed", .text(String(seed))),
    ]
    if let folder = place.map({ $0.folder(of: self) }) ?? statedFolder {
      entries.append(("folder", .text(folder)))
    }
    switch dataRoot {
    case .path(let path, let isFromCommandLine):
      let root = place?.root(path, isFromCommandLine: isFromCommandLine, of: self) ?? path
      entries.append(("data", .map([("root", .text(root))])))
    case .environment(let name): entries.append(("data", .map([("root", .map([("env", .text(name))]))])))
    case nil: break
    }
    if replicates > 1 { entries.append(("replicates", .text(String(replicates)))) }
    let axes = axes.filter { !isOfReplicates($0.name) }
    if !axes.isEmpty { entries.append(("axes", .map(axes.map { ($0.name, $0.resolved) }))) }
    if !inputs.isEmpty {
      entries.append(
        ("inputs", .map(inputs.map { ($0.name, .map([("over", $0.over.resolved), ("type", .text($0.type))])) })))
    }
    let bindings = stages.filter(\.isBinding)
    if !bindings.isEmpty { entries.append(("bind", .map(bindings.map { ($0.name, resolved($0)) }))) }
    if !experiments.isEmpty {
      entries.append(("experiments", .map(experiments.map { ($0.name, $0.recipe.resolved(in: place)) })))
    }
    entries.append(("stages", .map(stages.filter { !$0.isBinding }.map { ($0.name, resolved($0)) })))
    return .map(entries)
  }

  /// Whether an axis is the one that `replicates` makes, which a resolved recipe leaves to `replicates`.
  private func isOfReplicates(_ axis: String) -> Bool { replicates > 1 && axis == Replicates.axis }

  private func resolved(_ stage: StageBlock) -> Node {
    if let taken = stage.taken {
      return .map([
        ("from", .text(taken.experiment)), ("select", .text(taken.reference.text, isQuoted: true)),
      ])
    }
    var entries: [(String, Node)] = [("use", .text(stage.kind))]
    let over = stage.over.filter { !isOfReplicates($0.axis) }
    if !stage.isBinding, stage.gather.isEmpty, !over.isEmpty { entries.append(("over", over.resolved)) }
    if !stage.inputs.isEmpty {
      entries.append(("in", .map(stage.inputs.map { ($0.port, .text($0.reference.text)) })))
    }
    if !stage.gather.isEmpty {
      let sources = stage.gather.map { replicates > 1 && !stage.isTable ? $0.by(removing: Replicates.axis) : $0 }
      entries.append(("gather", .list(sources.map(\.resolved))))
    }
    let base = stage.layered(at: nil)
    if let base { entries.append(("with", base)) }
    let vary = varied(stage, from: base)
    if !vary.isEmpty { entries.append(("vary", .map(vary))) }
    let except = stage.except.compactMap { narrowed($0, of: stage) }
    if !except.isEmpty { entries.append(("except", .list(except.map { .text($0, isQuoted: true) }))) }
    if let needs = stage.needs.resolved { entries.append(("needs", needs)) }
    if stage.keep != .always { entries.append(("keep", .text(stage.keep.rawValue))) }
    if let stop = stage.stop { entries.append(("stop", stop.resolved)) }
    if stage.allowLeakage { entries.append(("allow_leakage", .text("true"))) }
    return .map(entries)
  }

  // MARK: - Cells

  /// The cells whose parameters differ from those of all, each named on every axis that settings name, so that no
  /// two of them meet.
  private func varied(_ stage: StageBlock, from base: Node?) -> [(String, Node)] {
    let named = Set(stage.assignments.flatMap { $0.cells.map(\.axis) })
    let locals = stage.over.filter { named.contains($0.name) }
    guard !locals.isEmpty else { return [] }
    var cells: [Coordinate] = [Coordinate(axes: [], labels: [])]
    for local in locals {
      cells = cells.flatMap { cell in
        (axis(local.axis)?.labels ?? []).map {
          Coordinate(axes: cell.axes + [local.name], labels: cell.labels + [$0])
        }
      }
    }
    return cells.compactMap { cell in
      let changed = (stage.layered(at: cell)?.mapping ?? []).filter { entry in
        !(base?[entry.name].map(entry.value.hasSameContent) ?? false)
      }
      return changed.isEmpty ? nil : (cell.address, .map(changed.map { ($0.name, $0.value) }))
    }
  }

  private func narrowed(_ selector: Selector, of stage: StageBlock) -> String? {
    var cells: [Selector.Cell] = []
    for cell in selector.cells {
      guard let local = stage.over.first(where: { $0.name == cell.axis }), let axis = axis(local.axis) else {
        return nil
      }
      let labels = cell.labels.filter { axis[$0] != nil }
      if labels.isEmpty { return nil }
      cells.append(Selector.Cell(axis: cell.axis, labels: labels))
    }
    return Selector(stage: nil, cells: cells, range: selector.range).description
  }
}

extension Axis {
  fileprivate var resolved: Node {
    if entries.allSatisfy({ $0.value.scalar == $0.label }) { return .list(entries.map(\.value)) }
    return .map(entries.map { ($0.label, $0.value) })
  }
}

extension [LocalAxis] {
  fileprivate var resolved: Node {
    if allSatisfy({ $0.name == $0.axis }) { return .list(map { .text($0.name) }) }
    return .map(map { ($0.name, .text($0.axis)) })
  }
}

extension GatherSource {
  fileprivate var resolved: Node {
    var entries: [(String, Node)] = [("from", .text(from))]
    if !self.as.isEmpty { entries.append(("as", .map(self.as.map { ($0.axis, .text($0.label)) }))) }
    for (key, names) in [("by", by), ("rows", rows), ("columns", columns), ("mean", mean)] where !names.isEmpty {
      entries.append((key, names.count == 1 ? .text(names[0]) : .list(names.map { .text($0) })))
    }
    return .map(entries)
  }
}

extension StopRule {
  fileprivate var resolved: Node {
    .map([
      ("rule", .text(rule.rawValue)), ("metric", .text(metric)), ("eta", .text(String(eta))),
      ("min", .text(String(min))),
    ])
  }
}

extension Needs {
  fileprivate var resolved: Node? {
    var entries: [(String, Node)] = []
    if let cores { entries.append(("cores", .text(String(cores)))) }
    if let memory { entries.append(("memory", .text(memory.text))) }
    if let time { entries.append(("time", .text(time.text))) }
    if let retry { entries.append(("retry", .text(String(retry)))) }
    return entries.isEmpty ? nil : .map(entries)
  }
}
