import Artifacts
import Pipeline

/// Cells of a table whose tasks were stopped early: the table itself does without them.
extension PivotReader {
  /// The inputs that the pivot would have, were nothing stopped.
  private func allInputs(of pivot: Plan.Entry) -> [Graph.Input] { plan.graph.tasks[pivot.task.index].inputs }

  /// Whether cells are missing because their tasks were stopped.
  func hasStopped(_ pivot: Plan.Entry) -> Bool { allInputs(of: pivot).count > pivot.task.inputs.count }

  /// The table with all rows and columns of the recipe, in its order: those of which all was stopped as well.
  func withStopped(_ table: ResultTable, of pivot: Plan.Entry) -> ResultTable {
    guard hasStopped(pivot) else { return table }
    let inputs = allInputs(of: pivot)
    let rows = inputs.map { $0.labels["row"] ?? "" }.uniqued()
    let columns = inputs.map { $0.labels["column"] ?? "" }.uniqued()
    return table.laidOut(rows: rows, columns: columns)
  }

  /// What there is to say of cells with stopped tasks: `stopped at 50`, of several `2 of 3 stopped`.
  func stops(of pivot: Plan.Entry) -> [[String]: String] {
    guard hasStopped(pivot) else { return [:] }
    var cells: [[String]: (all: Int, words: [String])] = [:]
    for input in allInputs(of: pivot) {
      let cell = [input.labels["row"] ?? "", input.labels["column"] ?? ""]
      cells[cell, default: (0, [])].all += 1
      if let words = plan.entries[input.producer].stoppedWords { cells[cell, default: (0, [])].words.append(words) }
    }
    return cells.compactMapValues { all, words in
      guard let first = words.first else { return nil }
      return all == words.count ? first : "\(words.count) of \(all) stopped"
    }
  }
}
