/// Reads one stage, or one binding, of a recipe.
enum StageDecoder {
  static let keys = [
    "use", "over", "in", "gather", "with", "vary", "except", "needs", "keep", "stop", "allow_leakage",
  ]
  /// What a binding may have that makes its artifact here; `takenKeys` where it takes one of another experiment.
  static let bindingKeys = keys.filter { $0 != "over" && $0 != "gather" }
  static let takenKeys = ["from", "select"]

  /// The stage of an entry, nil where it is no mapping.
  ///
  /// - Parameter input: The input that a binding is for; nil for a stage.
  static func stage(
    _ entry: Node.Entry, binding input: InputDeclaration? = nil, isBinding: Bool,
    into collector: inout DiagnosticCollector
  ) -> StageBlock? {
    let owner = isBinding ? "binding '\(entry.name)'" : "stage '\(entry.name)'"
    if isBinding, takenKeys.contains(where: { entry.value[$0] != nil }) {
      return taken(entry, of: owner, over: input?.over ?? [], into: &collector)
    }
    let allowed = isBinding ? bindingKeys : keys
    guard let reader = MappingReader(entry.value, of: owner, keys: allowed, into: &collector) else { return nil }
    let use = reader.required("use", at: entry.key.range, into: &collector)
    if let use, use.scalar == nil {
      collector.report(
        .wrongShape, "'use' of \(owner): expected a stage kind, found \(use.described)", at: use.range)
    }
    // Without a kind it stays, so that references to it are not mistakes as well.
    let kind = StageBlock.Kind(name: use?.scalar ?? "", range: use?.range ?? entry.key.range)
    var stage = StageBlock(name: entry.name, range: entry.key.range, isBinding: isBinding, use: kind)
    stage.over = input?.over ?? over(reader, into: &collector)
    stage.inputs = inputs(reader, into: &collector)
    stage.gather = gather(reader, into: &collector)
    stage.with = with(reader, into: &collector)
    stage.assignments = vary(reader, into: &collector)
    stage.except = except(reader, into: &collector)
    stage.needs = needs(reader, into: &collector)
    stage.keep = reader.value("keep", into: &collector) ?? .always
    stage.stop = stop(reader, into: &collector)
    stage.allowLeakage = reader.value("allow_leakage", into: &collector) ?? false
    return stage
  }

  /// `{from: EXPERIMENT, select: "stage.port[axis=label]"}`.
  private static func taken(
    _ entry: Node.Entry, of owner: String, over: [LocalAxis], into collector: inout DiagnosticCollector
  ) -> StageBlock? {
    guard let reader = MappingReader(entry.value, of: owner, keys: takenKeys, into: &collector) else { return nil }
    let from = reader.required("from", at: entry.key.range, into: &collector)
    let select = reader.required("select", at: entry.key.range, into: &collector)
    guard let from, let select else { return nil }
    guard let experiment = from.scalar else {
      collector.report(
        .wrongShape, "'from' of \(owner): expected an experiment, found \(from.described)", at: from.range)
      return nil
    }
    do throws(Diagnostic) {
      let kind = StageBlock.Kind(name: "", range: from.range)
      var stage = StageBlock(name: entry.name, range: entry.key.range, isBinding: true, use: kind)
      stage.over = over
      stage.taken = TakenTask(from: experiment, range: from.range, reference: try Reference(select))
      return stage
    } catch {
      collector.add(error.prefixed("'select' of \(owner)"))
      return nil
    }
  }

  /// `over: [marker]` or `over: {model: marker}`.
  static func over(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> [LocalAxis] {
    guard let node = reader["over"] else { return [] }
    if node.mapping == nil {
      let names = reader.names("over", into: &collector)
      let repeated = names.indices.first { names[..<$0].contains(names[$0]) }
      if let repeated {
        collector.report(
          .duplicateName, "'over' of \(reader.owner): the axis '\(names[repeated])' comes twice", at: node.range,
          hint: "give it two names, as in {model: \(names[repeated]), test: \(names[repeated])}")
      }
      return names.enumerated().filter { !names[..<$0.offset].contains($0.element) }
        .map { LocalAxis(name: $0.element, axis: $0.element) }
    }
    var axes: [LocalAxis] = []
    for entry in node.mapping ?? [] where AxisDecoder.checkName(entry.key, "an axis", into: &collector) {
      guard let axis = entry.value.scalar else {
        collector.report(
          .wrongShape, "'over' of \(reader.owner): expected an axis, found \(entry.value.described)",
          at: entry.value.range)
        continue
      }
      axes.append(LocalAxis(name: entry.name, axis: axis))
    }
    return axes
  }

  // MARK: - What goes in

  private static func inputs(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> [StageBlock.Input] {
    guard let node = reader["in"] else { return [] }
    guard let entries = node.mapping else {
      collector.report(
        .wrongShape, "'in' of \(reader.owner): expected a mapping of ports, found \(node.described)", at: node.range)
      return []
    }
    var inputs: [StageBlock.Input] = []
    for entry in entries {
      do throws(Diagnostic) {
        let reference = try Reference(entry.value)
        inputs.append(.init(port: entry.name, reference: reference, portRange: entry.key.range))
      } catch {
        collector.add(error)
      }
    }
    return inputs
  }

  private static func gather(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> [GatherSource] {
    guard let node = reader["gather"] else { return [] }
    var sources: [GatherSource] = []
    for item in node.sequence ?? [node] {
      let owner = "'gather' of \(reader.owner)"
      let keys = ["from", "as", "by", "rows", "columns", "mean"]
      guard let source = MappingReader(item, of: owner, keys: keys, into: &collector),
        let from = source.required("from", into: &collector)
      else { continue }
      sources.append(
        GatherSource(
          from: from.scalar ?? "", as: stands(source, into: &collector), by: source.names("by", into: &collector),
          rows: source.names("rows", into: &collector), columns: source.names("columns", into: &collector),
          mean: source.names("mean", into: &collector), range: from.range))
    }
    if let over = reader["over"], !sources.isEmpty {
      collector.report(
        .inconsistent, "\(reader.owner) has both 'over' and 'gather'", at: over.range,
        hint: "'by' of 'gather' gives it its axes")
    }
    return sources
  }

  private static func stands(
    _ reader: MappingReader, into collector: inout DiagnosticCollector
  ) -> [GatherSource.Stand] {
    guard let node = reader["as"] else { return [] }
    guard let entries = node.mapping else {
      collector.report(
        .wrongShape, "'as' of \(reader.owner): expected a mapping, found \(node.described)", at: node.range)
      return []
    }
    var stands: [GatherSource.Stand] = []
    for entry in entries {
      guard let label = entry.value.scalar, Names.isLabel(label) else {
        collector.report(
          .badName, "'as' of \(reader.owner): \(entry.value.described) cannot be a label", at: entry.value.range)
        continue
      }
      stands.append(.init(axis: entry.name, label: label))
    }
    return stands
  }

  // MARK: - Parameters

  private static func with(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> Node? {
    guard let node = reader["with"] else { return nil }
    guard node.mapping != nil else {
      collector.report(
        .wrongShape, "'with' of \(reader.owner): expected a mapping of parameters, found \(node.described)",
        at: node.range)
      return nil
    }
    return node
  }

  private static func vary(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> [Assignment] {
    guard let node = reader["vary"] else { return [] }
    guard let entries = node.mapping else {
      collector.report(
        .wrongShape, "'vary' of \(reader.owner): expected a mapping of cells, found \(node.described)", at: node.range)
      return []
    }
    var assignments: [Assignment] = []
    for entry in entries {
      guard let cell = cell(entry.key, into: &collector) else { continue }
      guard let values = entry.value.mapping else {
        collector.report(
          .wrongShape, "'vary' of \(reader.owner): expected a mapping of parameters, found \(entry.value.described)",
          at: entry.value.range)
        continue
      }
      for value in values {
        let keys = PathKeys.all(value.key)
        assignments.append(
          Assignment(
            keys: keys, cells: cell.cells, value: value.value, layer: .recipe, range: value.key.range,
            cellRange: entry.key.range))
      }
    }
    return assignments
  }

  private static func except(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> [Selector] {
    guard let node = reader["except"] else { return [] }
    return (node.sequence ?? [node]).compactMap { cell($0, into: &collector) }
  }

  /// `"[axis=label]"` without a stage.
  private static func cell(_ node: Node, into collector: inout DiagnosticCollector) -> Selector? {
    guard let text = node.scalar, !node.isNull else {
      collector.report(
        .badSelector, "expected a cell such as \"[axis=label]\", found \(node.described)", at: node.range,
        hint: "put quotes around it")
      return nil
    }
    do throws(Diagnostic) {
      let selector = try Selector(text, at: node.range)
      if selector.stage == nil, selector.path.isEmpty { return selector }
      collector.report(
        .badSelector, "'\(text)' is not a cell", at: node.range, hint: "write \"[axis=label]\", without a stage")
    } catch {
      collector.add(error)
    }
    return nil
  }

  static let needsKeys = ["cores", "memory", "time", "retry"]

  private static func needs(_ reader: MappingReader, into collector: inout DiagnosticCollector) -> Needs {
    guard let node = reader["needs"] else { return Needs() }
    return needs(node, of: "'needs' of \(reader.owner)", into: &collector)
  }

  /// What tasks need, by a mapping.
  static func needs(_ node: Node, of owner: String, into collector: inout DiagnosticCollector) -> Needs {
    var needs = Needs()
    guard let source = MappingReader(node, of: owner, keys: needsKeys, into: &collector) else { return needs }
    needs.cores = atLeast(1, "cores", of: source, into: &collector)
    needs.memory = source.value("memory", into: &collector)
    needs.time = source.value("time", into: &collector)
    needs.retry = atLeast(0, "retry", of: source, into: &collector)
    return needs
  }
}
