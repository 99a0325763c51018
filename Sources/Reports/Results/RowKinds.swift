import Artifacts
import Pipeline
import Recipes

/// What the rows of a table stand for, told from the tasks behind them.
struct RowKinds {
  private let pivot: Plan.Entry
  private let plan: Plan
  /// The labels that `as` gives to sources without the axes of the rows.
  private let stands: Set<String>

  private let areMarkers: Bool

  /// - Parameter areMarkers: Whether rows are markers, so that one that is none is something else.
  init(of pivot: Plan.Entry, in plan: Plan, areMarkers: Bool) {
    self.areMarkers = areMarkers
    self.pivot = pivot
    self.plan = plan
    let sources = plan.graph.recipe.stage(pivot.task.stage)?.gather ?? []
    stands = Set(sources.flatMap { $0.as.map(\.label) })
  }

  /// The kind of a row that is not a marker's own.
  func kind(of label: String) -> Matrix.RowKind {
    let isStandIn = label.split(separator: " ").contains { stands.contains(String($0)) }
    if isTrained(label) { return isStandIn || areMarkers ? .variant : .model }
    return isStandIn ? .baseline : .model
  }

  /// What variants are, for the caption.
  func notes(on rows: [Matrix.Row]) -> [String] {
    var notes: [String] = []
    for row in rows where row.kind == .variant {
      let last = row.label.split(separator: " ").last.map(String.init) ?? row.label
      if isTuned(row.label) {
        let note =
          "\(last): threshold chosen again on the validation regions of the test marker, as train.detector does"
        if !notes.contains(note) { notes.append(note) }
      } else if let markers = jointMarkers(row.label) {
        notes.append(
          "\(row.label): one model trained on \(markers) markers, its threshold the best mean over markers of F1 on "
            + "validation regions")
      }
    }
    return notes
  }

  // MARK: - Private

  private func producers(_ label: String) -> [Int] {
    pivot.task.inputs.filter { $0.labels["row"] == label }.map(\.producer)
  }

  private func isTrained(_ label: String) -> Bool {
    plan.graph.ancestors(of: producers(label)).contains { index in
      plan.entries[index].task.prepared.ports.outputs.contains { $0.type == .model }
    }
  }

  private func isTuned(_ label: String) -> Bool {
    producers(label).contains { plan.entries[$0].task.inputs.contains { $0.port == "tuning_regions" } }
  }

  /// How many artifacts a row's model was trained on; nil where it is one.
  private func jointMarkers(_ label: String) -> Int? {
    plan.graph.ancestors(of: producers(label)).compactMap { index -> Int? in
      let task = plan.entries[index].task
      guard task.prepared.ports.outputs.contains(where: { $0.type == .model }) else { return nil }
      let count = task.inputs.count { $0.port == "train" }
      return count > 1 ? count : nil
    }.max()
  }
}
