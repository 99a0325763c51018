import Artifacts
import Fingerprints
import Pipeline

extension PivotReader {
  /// What is there of a table before all of its cells are; cells without a result are n/a.
  ///
  /// - Returns: Nil where no cell has a result, or the table is of no single metric.
  /// - Throws: `StoreError` where regions behind it are not in the store.
  func partialMatrix(of pivot: Plan.Entry, title: String) throws -> Matrix? {
    guard case .text(let metric)? = pivot.parameters["metric"] else { return nil }
    var values: [[String]: [Double]] = [:]
    for cell in cells(of: pivot) {
      guard let value = cell.metrics.first(where: { $0.name == metric })?.value else { continue }
      values[[cell.row, cell.column], default: []].append(value)
    }
    guard !values.isEmpty else { return nil }
    let gathered = pivot.task.inputs.filter { $0.port == "metrics" }
    let rows = gathered.map { $0.labels["row"] ?? "" }.uniqued()
    let columns = gathered.map { $0.labels["column"] ?? "" }.uniqued()
    let table = ResultTable(
      metric: metric, rows: rows, columns: columns,
      values: rows.map { row in
        columns.map { column in
          values[[row, column]].map { $0.reduce(0, +) / Double($0.count) }
        }
      })
    return try matrix(of: pivot, table, title: title, study: nil)
  }

  /// How many of the tasks that a table gathers have no result yet, and how many there are.
  func missing(of pivot: Plan.Entry) -> (count: Int, all: Int) {
    let gathered = pivot.task.inputs.filter { $0.port == "metrics" }
    return (gathered.count { !plan.entries[$0.producer].isCached }, gathered.count)
  }
}
