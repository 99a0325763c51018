import Artifacts
import Fingerprints
import Imaging
public import Pipeline

/// Finds the pivot tables of an experiment and reads what they and their cells say.
public struct PivotReader {
  private let plan: Plan
  private let store: Store

  /// - Parameter plan: A plan in which what is read must be cached.
  public init(_ plan: Plan, store: Store) {
    self.plan = plan
    self.store = store
  }

  /// The experiment's own tasks that give a table, in the order of the graph.
  public var pivots: [Plan.Entry] {
    plan.entries.filter {
      $0.task.experiment == nil && $0.task.prepared.ports.gathers
        && $0.task.prepared.ports.outputs.contains { $0.type == .table }
    }
  }

  /// The table of a pivot as a matrix for readers: markers by their display names, tolerances under them.
  ///
  /// - Throws: `StoreError` if the table or an artifact behind it is not in the store.
  public func matrix(of pivot: Plan.Entry, title: String) throws -> Matrix {
    let table = try ResultTable(bundle(pivot, "table"))
    let markers = try markers(behind: pivot)
    let columns = table.columns.map { label in
      Matrix.Column(
        label: label, name: markers[label]?.displayName, detail: markers[label].map { "\(whole($0.tolerance)) px" })
    }
    let rows = zip(table.rows, table.values).map { label, values in
      Matrix.Row(
        label: label, name: markers[label]?.displayName, kind: markers[label] == nil ? .baseline : .model,
        values: values)
    }
    return Matrix(title: title, metric: table.metric, columns: columns, rows: rows, notes: notes(of: pivot, rows))
  }

  /// Every metric of every gathered task: (row, column, metrics), in order.
  public func cells(of pivot: Plan.Entry) -> [(row: String, column: String, metrics: [Metric])] {
    pivot.task.inputs.compactMap { input in
      guard let manifest = plan.entries[input.producer].manifest else { return nil }
      return (input.labels["row"] ?? "", input.labels["column"] ?? "", manifest.metrics)
    }
  }

  // MARK: - Behind a table

  private func bundle(_ entry: Plan.Entry, _ port: String) throws -> Bundle {
    guard let output = entry.manifest?.outputs[port] else {
      throw StoreError("'\(entry.task.address)' has no result yet; run the experiment first")
    }
    return try store.read(output.digest)
  }

  /// The marker records of the regions that the cells were computed on, by label.
  private func markers(behind pivot: Plan.Entry) throws -> [String: Marker] {
    var markers: [String: Marker] = [:]
    for index in plan.graph.ancestors(of: [pivot.task.index]).sorted() {
      let entry = plan.entries[index]
      guard entry.task.inputs.isEmpty, entry.manifest?.outputs["regions"]?.type == .annotatedRegions else { continue }
      let marker = try AnnotatedRegions(bundle(entry, "regions")).marker
      markers[marker.label] = marker
    }
    return markers
  }

  private func notes(of pivot: Plan.Entry, _ rows: [Matrix.Row]) -> [String] {
    var notes = matchingNotes(pivot)
    notes.append("each model's threshold was chosen on validation regions of its own marker")
    if rows.contains(where: { $0.label == "dog" }) {
      notes.append("dog: difference of Gaussians, threshold chosen on the validation regions of the test marker")
    }
    if rows.contains(where: { $0.label == "chance" }) {
      notes.append("chance: as many uniformly random points as there are annotations")
    }
    return notes
  }

  /// How the gathered tasks matched, in words: one line where all did it alike.
  private func matchingNotes(_ pivot: Plan.Entry) -> [String] {
    var found: [String] = []
    for input in pivot.task.inputs {
      let parameters = plan.entries[input.producer].parameters
      guard case .text(let rule)? = parameters["rule"], case .text(let unit)? = parameters["unit"] else { continue }
      let pairs = rule == "greedy" ? "one-to-one by distance (greedy)" : "many-to-one (\(rule))"
      let space = unit == "px" ? "in pixels of index space" : "in micrometres"
      let note = "matching: \(pairs) within the test marker's tolerance, \(space)"
      if !found.contains(note) { found.append(note) }
    }
    return found
  }

  private func whole(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
  }
}
