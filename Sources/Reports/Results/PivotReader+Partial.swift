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

  /// How far the cells of a table are.
  func coverage(of pivot: Plan.Entry) -> TableCoverage {
    let gathered = pivot.task.inputs.filter { $0.port == "metrics" }
    let cells = Dictionary(grouping: gathered) { [$0.labels["row"] ?? "", $0.labels["column"] ?? ""] }
    let done = cells.values.map { tasks in (done: tasks.count { plan.entries[$0.producer].isCached }, all: tasks.count)
    }
    return TableCoverage(
      cells: cells.count, missing: done.count { $0.done == 0 }, partial: done.count { $0.done > 0 && $0.done < $0.all })
  }
}

/// How far the cells of a table are; a cell may be the mean of several tasks, such as the replicates of a training.
struct TableCoverage: Sendable, Equatable {
  /// How many cells there are.
  var cells = 0
  /// How many have no result at all.
  var missing = 0
  /// How many have only some of their results.
  var partial = 0

  /// Whether nothing is missing.
  var isWhole: Bool { missing == 0 && partial == 0 }
  /// `4 of 6 cells so far`.
  var soFar: String { "\(cells - missing - partial) of \(counted(cells, "cell")) so far" }
  /// What a reader must know of a table that is not whole, a sentence each.
  var sentences: [String] {
    let are = missing == 1 ? ("has", "it is") : ("have", "they are")
    let means = partial == 1 ? ("is the mean", "its") : ("are means", "their")
    let absent =
      "\(missing) of the \(counted(cells, "cell")) of this table \(are.0) no result yet; \(are.1) shown as n/a."
    return (missing > 0 ? [absent] : [])
      + (partial > 0 ? ["\(partial) \(means.0) of only some of \(means.1) results."] : [])
  }
}
