import Artifacts
import Pipeline
import Recipes

/// Cells of a recorded table whose tasks were stopped early: the table itself does without them, and the recipe that
/// would name them is not read. What the labels of those that are there are made of tells where the others belong.
struct StoppedCells {
  /// What there is to say of a cell: `stopped at 50`, of several `2 of 3 stopped`.
  private(set) var marks: [[String]: String] = [:]
  /// Rows and columns by the stage whose tasks they gather, in the order of the tasks.
  private var stages: [(rows: [String], columns: [String])] = []

  /// - Parameters:
  ///   - gathered: The labels of the table's inputs with the tasks that they came from.
  ///   - results: All tasks of the run.
  init(_ gathered: [(labels: [String: String], task: TaskResult)], among results: [TaskResult]) {
    for stage in gathered.map(\.task.stage).uniqued() {
      let own = gathered.filter { $0.task.stage == stage }
      let tasks = results.filter { $0.stage == stage }
      guard tasks.contains(where: { $0.stopped != nil }),
        let row = LabelPattern(own.map { ($0.task.coordinate, $0.labels["row"] ?? "") }),
        let column = LabelPattern(own.map { ($0.task.coordinate, $0.labels["column"] ?? "") })
      else { continue }
      let places = tasks.map { [row.label($0.coordinate), column.label($0.coordinate)] }
      stages.append((places.map { $0[0] }.uniqued(), places.map { $0[1] }.uniqued()))
      for (cell, found) in Dictionary(grouping: zip(places, tasks), by: \.0) {
        let words = found.compactMap(\.1.stopped)
        guard let first = words.first else { continue }
        marks[cell] = words.count == found.count ? first : "\(words.count) of \(found.count) stopped"
      }
    }
  }

  /// The table with the rows and columns of which all was stopped, each after the one that it follows in its stage.
  func laid(into table: ResultTable) -> ResultTable {
    guard !marks.isEmpty else { return table }
    let rows = stages.reduce(table.rows) { Self.merged($0, $1.rows) }
    let columns = stages.reduce(table.columns) { Self.merged($0, $1.columns) }
    return table.laidOut(rows: rows, columns: columns)
  }

  /// A row of the same stage that is in the table; nil for one that belongs to no stage with stopped tasks.
  func sibling(of row: String, in table: ResultTable) -> String? {
    stages.first { $0.rows.contains(row) }?.rows.first { table.rows.contains($0) }
  }

  /// A list with the labels of a longer one that it lacks, in their places.
  static func merged(_ labels: [String], _ all: [String]) -> [String] {
    var merged = labels
    for (place, label) in all.enumerated() where !merged.contains(label) {
      if let before = all[..<place].last(where: merged.contains), let found = merged.firstIndex(of: before) {
        merged.insert(label, at: found + 1)
      } else if let after = all[(place + 1)...].first(where: merged.contains), let found = merged.firstIndex(of: after)
      {
        merged.insert(label, at: found)
      } else {
        merged.append(label)
      }
    }
    return merged
  }
}

/// What a label of a row or column is made of: labels on axes, or words that all have.
struct LabelPattern {
  private enum Part {
    case axis(String)
    case word(String)
  }

  private let parts: [Part]

  /// - Parameter known: Coordinates of tasks with the labels that they have.
  /// - Returns: Nil where no pattern gives them all.
  init?(_ known: [(coordinate: Coordinate, label: String)]) {
    let words = known.map { $0.label.split(separator: " ").map(String.init) }
    guard let first = words.first, words.allSatisfy({ $0.count == first.count }) else { return nil }
    var parts: [Part] = []
    var used: Set<String> = []
    for (place, word) in first.enumerated() {
      let axis = known[0].coordinate.axes.first { axis in
        !used.contains(axis) && zip(known, words).allSatisfy { $0.coordinate[axis] == $1[place] }
      }
      if let axis {
        used.insert(axis)
        parts.append(.axis(axis))
      } else if words.allSatisfy({ $0[place] == word }) {
        parts.append(.word(word))
      } else {
        return nil
      }
    }
    self.parts = parts
  }

  /// The label of a task.
  func label(_ coordinate: Coordinate) -> String {
    parts.map { part in
      switch part {
      case .axis(let name): coordinate[name] ?? ""
      case .word(let word): word
      }
    }.joined(separator: " ")
  }
}
