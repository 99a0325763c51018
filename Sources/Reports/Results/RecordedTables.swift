import Artifacts
public import Fingerprints
import Imaging
public import Pipeline

/// The tables that a run published, read from its manifests alone: its recipe need not be there any more.
public struct RecordedTables {
  private let results: [TaskResult]
  private let store: Store

  /// - Parameter results: The tasks of the run.
  public init(_ results: [TaskResult], store: Store) {
    self.results = results
    self.store = store
  }

  /// The tasks that gathered others into a table, in the order of the run.
  public var pivots: [TaskResult] {
    results.compactMap { result in
      guard let manifest = result.manifest, manifest.key.inputs.contains(where: { $0.labels["row"] != nil }),
        manifest.outputs.values.contains(where: { $0.type == .table })
      else { return nil }
      return result
    }
  }

  /// A table as a matrix: markers by their display names, tolerances under them, other rows as baselines.
  ///
  /// - Throws: `TaskFailure` where the store lost the table.
  public func matrix(of pivot: TaskResult, title: String) throws -> Matrix {
    guard let output = pivot.manifest?.outputs.values.first(where: { $0.type == .table }) else {
      throw StoreError("'\(pivot.address)' published no table")
    }
    let stored = try ResultTable(store.read(output.digest))
    let stopped = StoppedCells(gathered(by: pivot), among: results)
    let table = stopped.laid(into: stored)
    let markers = try markers()
    let areMarkers = table.rows.contains { markers[$0] != nil }
    let metrics = results.lazy.flatMap { $0.manifest?.metrics ?? [] }
    return Matrix(
      title: title, metric: table.metric,
      columns: table.columns.map { label in
        Matrix.Column(
          label: label, name: markers[label]?.displayName,
          detail: markers[label].map {
            "\($0.tolerance == $0.tolerance.rounded() ? "\(Int($0.tolerance))" : "\($0.tolerance)") px"
          })
      },
      rows: zip(table.rows, table.values).map { label, values in
        Matrix.Row(
          label: label,
          name: label.split(separator: " ").map { markers[String($0)]?.displayName ?? String($0) }
            .joined(separator: " "),
          kind: markers[label] != nil
            ? .model : kind(of: stopped.sibling(of: label, in: stored) ?? label, in: pivot, areMarkers: areMarkers),
          values: values,
          marks: stopped.marks.isEmpty ? nil : table.columns.map { stopped.marks[[label, $0]] })
      }, isLowerBetter: metrics.first { $0.name == table.metric }?.better == .lower)
  }

  /// The labels of a table's inputs, each with the task that gave it; those with the same numbers in their order.
  private func gathered(by pivot: TaskResult) -> [(labels: [String: String], task: TaskResult)] {
    var makers = Dictionary(grouping: results) { $0.manifest?.outputs["metrics"]?.digest }
    return (pivot.manifest?.key.inputs ?? []).compactMap { input in
      guard input.labels["row"] != nil, let found = makers[input.digest], let maker = found.first else { return nil }
      if found.count > 1 { makers[input.digest]?.removeFirst() }
      return (input.labels, maker)
    }
  }

  /// The kind of a row that is not a marker's own.
  private func kind(of label: String, in pivot: TaskResult, areMarkers: Bool) -> Matrix.RowKind {
    let makers = gathered(by: pivot).filter { $0.labels["row"] == label }.map(\.task)
    return isTrained(makers) ? areMarkers ? .variant : .model : .baseline
  }

  /// Whether tasks, or what they came from, made a model.
  private func isTrained(_ tasks: [TaskResult]) -> Bool {
    var (open, seen) = (tasks, Set(tasks.map(\.address)))
    while let task = open.popLast() {
      guard let manifest = task.manifest else { continue }
      if manifest.outputs.values.contains(where: { $0.type == .model || $0.type == .mae }) { return true }
      let inputs = Set(manifest.key.inputs.map(\.digest))
      open += results.filter { result in
        result.manifest?.outputs.values.contains { inputs.contains($0.digest) } ?? false
      }.filter { seen.insert($0.address).inserted }
    }
    return false
  }

  /// The marker records of the regions that the run began with, by label.
  private func markers() throws -> [String: Marker] {
    var markers: [String: Marker] = [:]
    for result in results where result.key?.inputs.isEmpty ?? false {
      guard let output = result.manifest?.outputs["regions"], output.type == .annotatedRegions else { continue }
      let marker = try AnnotatedRegions(store.read(output.digest)).marker
      markers[marker.label] = marker
    }
    return markers
  }
}

extension Matrix {
  /// The matrix as a grid, cells as readers see them, the diagonal in the place of the best.
  public var grid: Grid {
    Grid(
      title: title, header: ["\(rowAxis) \\ \(columnAxis)"] + columns.map(\.name),
      rows: rows.map { row in
        [Grid.Cell(row.name, .text(row.label))]
          + columns.enumerated().map { place, column in
            Grid.Cell(
              row.text(place, decimals: decimals), row.values[place].map { .number($0) } ?? .null,
              isBest: isDiagonal(row, column))
          }
      }, labels: 1, notes: notes)
  }

  /// The 95% intervals by row and column, `[low, high]` or null each; nil where there are none.
  public var intervals: CanonicalValue? {
    guard rows.contains(where: { $0.intervals != nil }) else { return nil }
    return .list(
      rows.map { row in
        .list(
          columns.indices.map { place in
            row.intervals?[place].map { .list([.number($0.low), .number($0.high)]) } ?? .null
          })
      })
  }
}
