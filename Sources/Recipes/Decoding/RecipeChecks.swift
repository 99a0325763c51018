/// What must hold between the parts of a recipe; checks that need stage kinds' ports stand in Pipeline.
struct RecipeChecks {
  let axes: [Axis]
  let stages: [StageBlock]
  let inputs: [InputDeclaration]
  let kinds: [String]
  var taken: [TakenExperiment] = []

  /// All checks of what the files say by themselves.
  func all(into collector: inout DiagnosticCollector) {
    names(into: &collector)
    for input in inputs { over(input.over, at: input.range, of: "input '\(input.name)'", into: &collector) }
    for stage in stages {
      kind(of: stage, into: &collector)
      if !stage.isBinding, stage.gather.isEmpty {
        over(stage.over, at: stage.range, of: Self.title(stage), into: &collector)
      }
      cells(of: stage, into: &collector)
      variables(of: stage, into: &collector)
      ambiguities(of: stage, into: &collector)
      for input in stage.inputs { reference(input.reference, of: stage, into: &collector) }
      if let task = stage.taken, let other = taken.first(where: { $0.name == task.experiment })?.recipe {
        let theirs = RecipeChecks(axes: other.axes, stages: other.stages, inputs: other.inputs, kinds: kinds)
        reference(task.reference, of: stage, in: theirs, named: "'\(task.experiment)'", into: &collector)
      }
      for source in stage.gather { gather(source, of: stage, into: &collector) }
    }
    cycles(into: &collector)
  }

  static func title(_ stage: StageBlock) -> String {
    stage.isBinding ? "binding '\(stage.name)'" : "stage '\(stage.name)'"
  }

  func axis(_ name: String) -> Axis? { axes.first { $0.name == name } }

  // MARK: - Names and axes

  private func names(into collector: inout DiagnosticCollector) {
    for stage in stages where !stage.isBinding {
      guard let input = inputs.first(where: { $0.name == stage.name }) else { continue }
      collector.report(
        .duplicateName, "the stage '\(stage.name)' has the name of an input", at: stage.range,
        notes: ["the input is at \(input.range)"])
    }
  }

  private func kind(of stage: StageBlock, into collector: inout DiagnosticCollector) {
    guard !kinds.isEmpty, !stage.kind.isEmpty, !kinds.contains(stage.kind) else { return }
    collector.report(
      .unknownKind, "unknown stage kind '\(stage.kind)'", at: stage.kindRange,
      hint: Suggestion.hint(for: stage.kind, among: kinds) ?? "'lightbench stages' lists them")
  }

  private func over(
    _ axes: [LocalAxis], at range: SourceRange, of owner: String, into collector: inout DiagnosticCollector
  ) {
    for local in axes where axis(local.axis) == nil {
      collector.report(
        .unknownAxis, "unknown axis '\(local.axis)' in 'over' of \(owner)", at: range,
        hint: Suggestion.hint(for: local.axis, among: self.axes.map(\.name)) ?? axesHint)
    }
  }

  private var axesHint: String {
    axes.isEmpty ? "the recipe has no axes" : "the recipe has " + axes.map(\.name).joined(separator: ", ")
  }

  private func cells(of stage: StageBlock, into collector: inout DiagnosticCollector) {
    for selector in stage.except { check(selector.cells, of: stage, at: selector.range, into: &collector) }
    for assignment in stage.assignments where assignment.layer == .recipe {
      check(assignment.cells, of: stage, at: assignment.cellRange, into: &collector)
    }
  }

  /// Whether cells name axes of the stage and labels that exist in some layer.
  private func check(
    _ cells: [Selector.Cell], of stage: StageBlock, at range: SourceRange, into collector: inout DiagnosticCollector
  ) {
    for cell in cells {
      guard let local = stage.over.first(where: { $0.name == cell.axis }) else {
        let names = stage.over.map(\.name)
        let list = names.isEmpty ? "it has no axes" : "it has " + names.joined(separator: ", ")
        collector.report(
          .unknownAxis, "\(Self.title(stage)) has no axis '\(cell.axis)'", at: range,
          hint: Suggestion.hint(for: cell.axis, among: names) ?? list)
        continue
      }
      guard let axis = axis(local.axis) else { continue }
      for label in cell.labels where !axis.allLabels.contains(label) {
        collector.report(
          .unknownLabel, "axis '\(cell.axis)' has no label '\(label)'", at: range,
          hint: Suggestion.hint(for: label, among: axis.allLabels)
            ?? "it has " + axis.allLabels.prefix(12).joined(separator: ", "))
      }
    }
  }

  // MARK: - Parameters

  private func variables(of stage: StageBlock, into collector: inout DiagnosticCollector) {
    for (variable, range) in stage.variables {
      guard let local = stage.over.first(where: { $0.name == variable.axis }) else {
        let names = stage.over.map(\.name)
        let list = names.isEmpty ? "it has no axes" : "it runs over " + names.joined(separator: ", ")
        collector.report(
          .unknownVariable, "'$\(variable.axis)' is no axis of \(Self.title(stage))", at: range,
          hint: Suggestion.nearest(to: variable.axis, among: names).map { "did you mean '$\($0)'?" } ?? list)
        continue
      }
      guard let field = variable.field, let axis = axis(local.axis) else { continue }
      self.field(field, of: axis, at: range, into: &collector)
    }
  }

  func field(_ field: String, of axis: Axis, at range: SourceRange, into collector: inout DiagnosticCollector) {
    guard let entry = axis.entries.first(where: { $0.value[field] == nil }) else { return }
    let names = entry.value.mapping?.map(\.name) ?? []
    let list = names.isEmpty ? "its entries are no records" : "it has " + names.joined(separator: ", ")
    collector.report(
      .unknownField, "'\(entry.label)' of axis '\(axis.name)' has no field '\(field)'", at: range,
      hint: Suggestion.hint(for: field, among: names) ?? list)
  }

  private func ambiguities(of stage: StageBlock, into collector: inout DiagnosticCollector) {
    let settings = stage.assignments.filter { !$0.cells.isEmpty && $0.layer != .command }
    for (index, later) in settings.enumerated() {
      for earlier in settings[..<index] where Self.areAmbiguous(earlier, later) {
        let name = later.path.joined(separator: ".")
        collector.report(
          .ambiguous, "two cells set '\(name)' of \(Self.title(stage)) with equal right", at: later.cellRange,
          hint: "name the cell where they meet, or make one more specific",
          notes: ["the other is at \(earlier.cellRange)"])
      }
    }
  }

  private static func areAmbiguous(_ first: Assignment, _ second: Assignment) -> Bool {
    guard first.path == second.path, !first.applies(before: second), !second.applies(before: first) else {
      return false
    }
    return first.cells.allSatisfy { cell in
      guard let other = second.cells.first(where: { $0.axis == cell.axis }) else { return true }
      return cell.labels.contains(where: other.labels.contains)
    }
  }

  // MARK: - Settings of the other layers

  /// Checks that settings name a stage, and cells that exist; those of the command line must match a task.
  func settings(of overlays: [Overlay], narrowed: [Axis], into collector: inout DiagnosticCollector) {
    for overlay in overlays {
      for setting in overlay.settings {
        guard let stage = stages.first(where: { $0.name == setting.stage }) else {
          let names = stages.map(\.name)
          collector.report(
            overlay.layer == .command ? .unknownOverride : .unknownPath,
            "no stage or input is called '\(setting.stage)'", at: setting.stageRange,
            hint: Suggestion.hint(for: setting.stage, among: names)
              ?? (names.isEmpty ? nil : "there is " + names.joined(separator: ", ")))
          continue
        }
        if overlay.layer != .command {
          check(setting.assignment.cells, of: stage, at: setting.assignment.range, into: &collector)
        } else if let cell = setting.assignment.cells.first(where: { isEmpty($0, of: stage, narrowed) }) {
          let labels = cell.labels.joined(separator: "|")
          collector.report(
            .emptyCell, "'\(setting.stage)[\(cell.axis)=\(labels)]' matches no task", at: setting.stageRange)
        }
      }
    }
  }

  private func isEmpty(_ cell: Selector.Cell, of stage: StageBlock, _ narrowed: [Axis]) -> Bool {
    guard let local = stage.over.first(where: { $0.name == cell.axis }),
      let axis = narrowed.first(where: { $0.name == local.axis })
    else { return true }
    return !cell.labels.contains { axis[$0] != nil }
  }
}
