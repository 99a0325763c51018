extension RecipeChecks {
  /// A producer of artifacts: a stage, or an input, with its axes.
  private struct Producer {
    let title: String
    let over: [LocalAxis]
    let isInput: Bool
    let range: SourceRange
  }

  private func producer(_ name: String) -> Producer? {
    if let input = inputs.first(where: { $0.name == name }) {
      // A binding may run over more, where a training of it has replicates.
      let over = stages.first { $0.isBinding && $0.name == name }?.over ?? input.over
      return Producer(title: "input '\(name)'", over: over, isInput: true, range: input.range)
    }
    guard let stage = stages.first(where: { $0.name == name && !$0.isBinding }) else { return nil }
    return Producer(title: "stage '\(name)'", over: stage.over, isInput: false, range: stage.range)
  }

  /// Whether a reference names a producer and fits its axes.
  ///
  /// - Parameters:
  ///   - other: The recipe that the producer stands in; this one where there is none.
  ///   - experiment: What that recipe is called.
  func reference(
    _ reference: Reference, of stage: StageBlock, in other: RecipeChecks? = nil, named experiment: String? = nil,
    into collector: inout DiagnosticCollector
  ) {
    let theirs = other ?? self
    guard let producer = theirs.producer(reference.source) else {
      let names = theirs.inputs.map(\.name) + theirs.stages.filter { !$0.isBinding }.map(\.name)
      collector.report(
        .unknownSource,
        "no stage or input\(experiment.map { " of \($0)" } ?? "") is called '\(reference.source)'",
        at: reference.range, hint: Suggestion.hint(for: reference.source, among: names))
      return
    }
    if producer.isInput, let port = reference.port {
      collector.report(
        .badReference, "'\(reference.source)' is an input, it has no port '\(port)'", at: reference.range,
        hint: "write '\(reference.source)' alone")
    } else if !producer.isInput, reference.port == nil {
      collector.report(
        .badReference, "'\(reference.source)' is a stage, the reference lacks its port", at: reference.range,
        hint: "write '\(reference.source).port'")
    }
    for binding in reference.bindings where !producer.over.contains(where: { $0.name == binding.axis }) {
      let names = producer.over.map(\.name)
      let list = names.isEmpty ? "it has no axes" : "it has " + names.joined(separator: ", ")
      collector.report(
        .axisMismatch, "\(producer.title) has no axis '\(binding.axis)', which \(Self.title(stage)) sets",
        at: reference.range, hint: Suggestion.hint(for: binding.axis, among: names) ?? list)
    }
    for local in producer.over {
      guard let axis = theirs.axis(local.axis) else { continue }
      switch reference[local.name] {
      case nil: unbound(local, axis, of: producer, reference, stage, other, into: &collector)
      case .label(let label): check(label: label, in: axis, local, reference, into: &collector)
      case .axis(let name): bound(name, to: local, axis, reference, stage, other, into: &collector)
      case .field(let name, let field):
        self.field(name, field, local, axis, reference, stage, into: &collector)
      }
    }
  }

  // MARK: - One axis of a producer

  /// An axis that the bracket does not name: the consumer must have it under the same name.
  private func unbound(
    _ local: LocalAxis, _ axis: Axis, of producer: Producer, _ reference: Reference, _ stage: StageBlock,
    _ other: RecipeChecks?, into collector: inout DiagnosticCollector
  ) {
    guard let mine = stage.over.first(where: { $0.name == local.name }) else {
      // Names the axis of the consumer that was most likely meant.
      let same = stage.over.first { $0.axis == local.axis }?.name
      let text = "\(reference.source)\(reference.port.map { "." + $0 } ?? "")"
      collector.report(
        .axisMismatch, "\(Self.title(stage)) lacks the axis '\(local.name)' of \(producer.title)", at: reference.range,
        hint: other == nil
          ? "write \"\(text)[\(local.name)=$\(same ?? "axis")]\"" + (same == nil ? ", or gather over it" : "")
          : "write \"\(text)[\(local.name)=\(axis.labels.first ?? "label")]\"",
        notes: ["\(producer.title) is at \(producer.range)"])
      return
    }
    fits(mine, local, axis, reference, stage, other, into: &collector)
  }

  private func bound(
    _ name: String, to local: LocalAxis, _ axis: Axis, _ reference: Reference, _ stage: StageBlock,
    _ other: RecipeChecks?, into collector: inout DiagnosticCollector
  ) {
    guard let mine = consumerAxis(name, reference, stage, into: &collector) else { return }
    fits(mine, local, axis, reference, stage, other, into: &collector)
  }

  private func fits(
    _ mine: LocalAxis, _ local: LocalAxis, _ axis: Axis, _ reference: Reference, _ stage: StageBlock,
    _ other: RecipeChecks?, into collector: inout DiagnosticCollector
  ) {
    guard other != nil || mine.axis != local.axis, let own = self.axis(mine.axis) else { return }
    guard let label = own.labels.first(where: { axis[$0] == nil }) else { return }
    collector.report(
      .axisMismatch,
      "axis '\(mine.name)' of \(Self.title(stage)) has '\(label)', "
        + "axis '\(local.name)' of '\(reference.source)' has not",
      at: reference.range)
  }

  private func field(
    _ name: String, _ field: String, _ local: LocalAxis, _ axis: Axis, _ reference: Reference, _ stage: StageBlock,
    into collector: inout DiagnosticCollector
  ) {
    guard let mine = consumerAxis(name, reference, stage, into: &collector), let own = self.axis(mine.axis) else {
      return
    }
    self.field(field, of: own, at: reference.range, into: &collector)
    for entry in own.entries {
      guard let value = entry.value[field] else { continue }
      for node in value.sequence ?? [value] {
        let label = node.scalar ?? ""
        guard axis[label] == nil else { continue }
        collector.report(
          .unknownLabel, "axis '\(local.name)' of '\(reference.source)' has no label \(node.described)", at: node.range,
          hint: axis.allLabels.contains(label)
            ? "it was narrowed away" : Suggestion.hint(for: label, among: axis.labels),
          notes: ["'$\(name).\(field)' is read at \(reference.range)"])
      }
    }
  }

  private func check(
    label: String, in axis: Axis, _ local: LocalAxis, _ reference: Reference,
    into collector: inout DiagnosticCollector
  ) {
    guard axis[label] == nil else { return }
    collector.report(
      .unknownLabel, "axis '\(local.name)' of '\(reference.source)' has no label '\(label)'", at: reference.range,
      hint: axis.allLabels.contains(label) ? "it was narrowed away" : Suggestion.hint(for: label, among: axis.labels))
  }

  private func consumerAxis(
    _ name: String, _ reference: Reference, _ stage: StageBlock, into collector: inout DiagnosticCollector
  ) -> LocalAxis? {
    if let mine = stage.over.first(where: { $0.name == name }) { return mine }
    let names = stage.over.map(\.name)
    let list = names.isEmpty ? "it has no axes" : "it runs over " + names.joined(separator: ", ")
    collector.report(
      .unknownVariable, "'$\(name)' is no axis of \(Self.title(stage))", at: reference.range,
      hint: Suggestion.nearest(to: name, among: names).map { "did you mean '$\($0)'?" } ?? list)
    return nil
  }

  // MARK: - Gathering

  /// Whether a source exists and has the axes that rows, columns and groups are made of.
  func gather(_ source: GatherSource, of stage: StageBlock, into collector: inout DiagnosticCollector) {
    guard let producer = stages.first(where: { $0.name == source.from }) else {
      collector.report(
        .unknownSource, "no stage is called '\(source.from)'", at: source.range,
        hint: Suggestion.hint(for: source.from, among: stages.map(\.name)))
      return
    }
    let known = producer.over.map(\.name)
    for name in source.by + source.rows + source.columns + source.mean
    where !known.contains(name) && !source.as.contains(where: { $0.axis == name }) {
      let list = known.isEmpty ? "it has no axes" : "it has " + known.joined(separator: ", ")
      collector.report(
        .axisMismatch, "stage '\(source.from)' has no axis '\(name)', which \(Self.title(stage)) gathers by",
        at: source.range, hint: Suggestion.hint(for: name, among: known) ?? list)
    }
    for name in source.mean where (source.by + source.rows + source.columns).contains(name) {
      collector.report(
        .inconsistent, "\(Self.title(stage)) averages over the axis '\(name)', and sets it out as well",
        at: source.range, hint: "'mean' takes axes that are not in 'by', 'rows' or 'columns'")
    }
    for name in source.by where known.contains(name) || source.as.contains(where: { $0.axis == name }) {
      guard let mine = stage.over.first(where: { $0.name == name }) else {
        collector.report(
          .axisMismatch, "no source of \(Self.title(stage)) has the axis '\(name)' that it gathers by",
          at: source.range, hint: "'as' gives a label to a source beside others that have the axis")
        continue
      }
      guard let local = producer.over.first(where: { $0.name == name }), local.axis != mine.axis else { continue }
      collector.report(
        .axisMismatch,
        "\(Self.title(stage)) gathers by '\(name)', which is the axis '\(mine.axis)' in one source "
          + "and '\(local.axis)' in '\(source.from)'", at: source.range)
    }
    for stand in source.as where known.contains(stand.axis) {
      collector.report(
        .axisMismatch, "stage '\(source.from)' has the axis '\(stand.axis)' itself, 'as' cannot stand for it",
        at: source.range)
    }
  }

  // MARK: - Cycles

  /// Reports each ring of stages once, at the stage of it that comes first.
  func cycles(into collector: inout DiagnosticCollector) {
    var done: Set<String> = []
    for stage in stages {
      var trail: [String] = []
      if let ring = ring(from: stage.name, &trail, &done) {
        let names = ring.map { "'\($0)'" }.joined(separator: " -> ")
        let place = stages.first { $0.name == ring[0] }?.range ?? stage.range
        collector.report(.cycle, "stages wait for each other: \(names)", at: place)
      }
    }
  }

  private func ring(from name: String, _ trail: inout [String], _ done: inout Set<String>) -> [String]? {
    if let start = trail.firstIndex(of: name) { return Array(trail[start...]) + [name] }
    guard !done.contains(name), let stage = stages.first(where: { $0.name == name }) else { return nil }
    trail.append(name)
    defer { trail.removeLast() }
    done.insert(name)
    for source in stage.inputs.map(\.reference.source) + stage.gather.map(\.from) {
      if let ring = ring(from: source, &trail, &done) { return ring }
    }
    return nil
  }
}
