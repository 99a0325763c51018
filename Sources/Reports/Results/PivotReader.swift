import ArrayStores
import Artifacts
import Fingerprints
import Imaging
public import Pipeline
import Recipes

/// Finds the pivot tables of an experiment and reads what they and their cells say.
public struct PivotReader {
  let plan: Plan
  let store: Store

  /// - Parameter plan: A plan in which what is read must be cached.
  public init(_ plan: Plan, store: Store) {
    self.plan = plan
    self.store = store
  }

  /// The experiment's own tasks that give a table, in the order of the graph.
  public var pivots: [Plan.Entry] {
    plan.entries.filter {
      let ports = $0.task.prepared.ports
      return $0.task.experiment == nil && ports.gathers && !ports.passesOn
        && ports.outputs.contains { $0.type == .table }
    }
  }

  /// The table of a pivot as a matrix for readers: markers by their display names, tolerances under them.
  ///
  /// - Parameter study: What the cells' intervals are taken from; nil for none.
  /// - Throws: `StoreError` if the table or an artifact behind it is not in the store.
  public func matrix(of pivot: Plan.Entry, title: String, study: MatrixStudy? = nil) throws -> Matrix {
    try matrix(of: pivot, withStopped(ResultTable(bundle(pivot, "table")), of: pivot), title: title, study: study)
  }

  /// The same of a table that need not be in the store.
  func matrix(of pivot: Plan.Entry, _ table: ResultTable, title: String, study: MatrixStudy?) throws -> Matrix {
    let markers = try markers(behind: pivot)
    let areMarkers = table.rows.contains { markers[$0] != nil }
    let kinds = RowKinds(of: pivot, in: plan, areMarkers: areMarkers)
    let isMatrix = areMarkers || table.rows.contains { kinds.kind(of: $0) == .baseline }
    let columns = table.columns.map { label in
      Matrix.Column(
        label: label, name: markers[label]?.displayName,
        detail: isMatrix ? markers[label].map { "\(whole($0.tolerance)) px" } : nil)
    }
    let marks = marks(of: pivot)
    let cells = cells(of: pivot)
    let rows = table.rows.enumerated().map { place, label in
      Matrix.Row(
        label: label, name: Self.name(of: label, markers), kind: markers[label] != nil ? .model : kinds.kind(of: label),
        values: table.values[place],
        spreads: table.spreads?[place].map { .init(deviation: $0.deviation, count: $0.count, absent: $0.absent) },
        intervals: study.flatMap { Self.ranges(of: label, in: table, $0) },
        marks: marks.isEmpty ? nil : table.columns.map { marks[[label, $0]] })
    }
    let sources = plan.graph.recipe.stage(pivot.task.stage)?.gather ?? []
    return Matrix(
      title: title, metric: table.metric, columns: columns, rows: rows,
      notes: notes(of: pivot, rows) + (study.map { Self.notes(of: $0, rows) } ?? []),
      rowAxis: table.rows.contains { markers[$0] != nil } ? "trained on" : Self.words(for: sources.map(\.rows)),
      columnAxis: isMatrix && table.columns.contains { markers[$0] != nil }
        ? "tested on" : Self.words(for: sources.map(\.columns)),
      isLowerBetter: cells.lazy.flatMap(\.metrics).first { $0.name == table.metric }?.better == .lower)
  }

  /// The intervals of a row; nil where none of its cells has one, as replicates and most metrics have none.
  private static func ranges(of label: String, in table: ResultTable, _ study: MatrixStudy) -> [Matrix.Range?]? {
    let ranges = table.columns.map { column in
      study.interval(row: label, column: column, metric: table.metric).map { Matrix.Range(low: $0.low, high: $0.high) }
    }
    return ranges.contains { $0 != nil } ? ranges : nil
  }

  private static func notes(of study: MatrixStudy, _ rows: [Matrix.Row]) -> [String] {
    (rows.contains { $0.intervals != nil } ? [study.note] : []) + [study.areaNote]
  }

  /// The label with the display name in the place of a marker's label: `cFos tuned`.
  private static func name(of label: String, _ markers: [String: Marker]) -> String {
    label.split(separator: " ").map { markers[String($0)]?.displayName ?? String($0) }.joined(separator: " ")
  }

  /// What the axes of a table are called where they are not markers.
  private static func words(for axes: [[String]]) -> String {
    axes.first { !$0.isEmpty }?.joined(separator: ", ") ?? "all"
  }

  /// One gathered task: where it stands in the table, and all its metrics.
  public struct Cell: Sendable {
    /// The label of the row.
    public let row: String
    /// The label of the column.
    public let column: String
    /// The labels on the axes averaged over; empty where the cell is its own.
    public let group: String
    /// What the task measured.
    public let metrics: [Metric]
  }

  /// Every metric of every gathered task, in order.
  public func cells(of pivot: Plan.Entry) -> [Cell] {
    pivot.task.inputs.compactMap { input in
      guard let manifest = plan.entries[input.producer].manifest else { return nil }
      let group = [input.labels["group"], input.labels["replicate"]].compactMap(\.self).joined(separator: " ")
      return Cell(
        row: input.labels["row"] ?? "", column: input.labels["column"] ?? "", group: group, metrics: manifest.metrics)
    }
  }

  /// What there is to say of cells, by row and column: that a training in them diverged, or had not converged.
  private func marks(of pivot: Plan.Entry) -> [[String]: String] {
    var marks: [[String]: String] = [:]
    for cell in cells(of: pivot) {
      let value = { (name: String) in cell.metrics.first { $0.name == name }?.value }
      if let diverged = value("diverged"), diverged > 0 {
        marks[[cell.row, cell.column]] = "diverged"
      } else if value("converged") == 0 {
        marks[[cell.row, cell.column]] = marks[[cell.row, cell.column]] ?? "not converged"
      }
    }
    return marks.merging(stops(of: pivot)) { $1 }
  }

  // MARK: - Behind a table

  func bundle(_ entry: Plan.Entry, _ port: String) throws -> Bundle {
    guard let output = entry.manifest?.outputs[port] else {
      throw StoreError("'\(entry.task.address)' has no result yet; run the experiment first")
    }
    return try store.read(output.digest)
  }

  /// The marker records of the regions that the cells were computed on, by label.
  func markers(behind pivot: Plan.Entry) throws -> [String: Marker] {
    var markers: [String: Marker] = [:]
    for index in plan.graph.ancestors(of: [pivot.task.index]).sorted() {
      let entry = plan.entries[index]
      guard entry.task.inputs.isEmpty, let output = entry.manifest?.outputs["regions"],
        output.type == .annotatedRegions
      else { continue }
      // Only opened: a report that is kept current asks again and again, and the images take long to read.
      let marker = try StreamedRegions(store.open(output.digest), cache: ChunkCache(limit: 0)).marker
      markers[marker.label] = marker
    }
    return markers
  }

  private func notes(of pivot: Plan.Entry, _ rows: [Matrix.Row]) -> [String] {
    var notes = matchingNotes(pivot)
    let presets = presetNotes(pivot)
    let trainings = presets.isEmpty ? TrainingNotes(behind: pivot, in: plan).ofAutoencoders : presets
    if !notes.isEmpty { notes.append("each model's threshold was chosen on validation regions of its own marker") }
    notes += RowKinds(of: pivot, in: plan, areMarkers: true).notes(on: rows)
    if rows.contains(where: { $0.label == "dog" }) {
      notes.append("dog: difference of Gaussians, threshold chosen on the validation regions of the test marker")
    }
    if rows.contains(where: { $0.label == "chance" }) {
      notes.append("chance: as many uniformly random points as there are annotations")
    }
    return notes + trainings
  }

  /// The presets that the gathered tasks were trained by, in words, and what else sets their length: a line each.
  private func presetNotes(_ pivot: Plan.Entry) -> [String] {
    var found: [String] = []
    for input in pivot.task.inputs {
      let parameters = plan.entries[input.producer].parameters
      guard case .text(let preset)? = parameters["preset"] else { continue }
      var note = "trained by the preset '\(preset)'"
      if let scale = number(parameters["scale"]), scale != 1 { note += ", scale \(whole(scale))" }
      for name in ["steps", "batch", "learning_rate"] {
        if let value = number(parameters[name]) { note += ", \(name) \(whole(value))" }
      }
      if !found.contains(note) { found.append(note) }
    }
    return found
  }

  private func number(_ value: CanonicalValue?) -> Double? {
    switch value {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  /// How the gathered tasks matched, in words: one line where all did it alike.
  private func matchingNotes(_ pivot: Plan.Entry) -> [String] {
    var found: [String] = []
    for input in pivot.task.inputs {
      let parameters = plan.entries[input.producer].parameters
      guard case .text(let rule)? = parameters["rule"], case .text(let unit)? = parameters["unit"] else { continue }
      let pairs = MatchRule(rawValue: rule)?.words ?? rule
      let space = DistanceUnit(rawValue: unit)?.words ?? unit
      let note = "matching: \(pairs) within the test marker's tolerance, \(space)"
      if !found.contains(note) { found.append(note) }
    }
    return found
  }

  private func whole(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
  }
}
