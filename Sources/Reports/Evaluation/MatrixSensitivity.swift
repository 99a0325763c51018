import Fingerprints
public import Imaging

/// How the F1 of every cell moves with the matching rule and the tolerance.
public struct MatrixSensitivity: Sendable, Equatable {
  /// One cell of the matrix.
  public struct Cell: Sendable, Equatable {
    public let row: String
    public let column: String
    /// Pooled F1 by rule and multiple of the tolerance; the mean where the cell has several evaluations, nil for n/a.
    public let f1: [[Double?]]
  }

  /// What the marker's tolerance is multiplied by, rising.
  public let factors: [Double]
  public let rules: [MatchRule]
  public let cells: [Cell]
  /// In which unit, and what was left out.
  public let notes: [String]

  /// What is tried unless asked otherwise.
  public static let factors = [0.5, 0.75, 1, 1.25, 1.5, 2]

  /// A sensitivity from its parts.
  ///
  /// - Precondition: Every cell has a list a rule, with a number a factor.
  public init(factors: [Double], rules: [MatchRule], cells: [Cell], notes: [String] = []) {
    for cell in cells {
      precondition(
        cell.f1.count == rules.count && cell.f1.allSatisfy { $0.count == factors.count },
        "sensitivity: cell (\(cell.row), \(cell.column)) does not fit")
    }
    self.factors = factors
    self.rules = rules
    self.cells = cells
    self.notes = notes
  }

  /// Scores all cells of a study again by every rule; `greedy` and `optimal` are n/a where there is too much
  /// for them.
  ///
  /// - Throws: `MatchingError`.
  public init(_ study: MatrixStudy, factors: [Double] = Self.factors) throws {
    let rules = MatchRule.allCases
    var names: [[String]] = []
    var found: [[String]: [[[Double?]]]] = [:]
    for cell in study.cells {
      let place = [cell.row, cell.column]
      if found[place] == nil { names.append(place) }
      found[place, default: []].append(
        try rules.map { rule in
          do {
            return try cell.study.evaluations(toleranceFactors: factors, rule: rule).map(\.pooled.f1)
          } catch let error as MatchingError {
            guard rule != .nearest else { throw error }
            return factors.map { _ in nil }
          }
        })
    }
    let cells = names.map { place in
      let all = found[place] ?? []
      let means = rules.indices.map { rule in
        factors.indices.map { factor -> Double? in
          let values = all.compactMap { $0[rule][factor] }
          return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
      }
      return Cell(row: place[0], column: place[1], f1: means)
    }
    self.init(factors: factors, rules: rules, cells: cells, notes: study.variedNotes)
  }

  /// The cell of two labels.
  public subscript(row: String, column: String) -> Cell? { cells.first { $0.row == row && $0.column == column } }

  /// The mean over the cells that a matrix counts as diagonal, or as off it, by rule and factor.
  public func means(of matrix: Matrix, onDiagonal: Bool) -> [[Double?]] {
    let counted = matrix.modelRows.flatMap { row in
      matrix.columns.filter { matrix.isDiagonal(row, $0) == onDiagonal }.compactMap { self[row.label, $0.label] }
    }
    return rules.indices.map { rule in
      factors.indices.map { factor in
        let values = counted.compactMap { $0.f1[rule][factor] }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
      }
    }
  }

  /// A line a cell and rule, a column a multiple of the tolerance.
  public func grid(title: String) -> Grid {
    Grid(
      title: title, header: ["model", "test", "rule"] + factors.map { "F1 at x\(fixed($0, decimals: 2))" },
      rows: cells.flatMap { cell in
        zip(rules, cell.f1).map { rule, values in
          [cell.row, cell.column, rule.rawValue].map { Grid.Cell(label: $0) }
            + values.map { Grid.Cell(fixed($0, decimals: 3), $0.map { .number($0) } ?? .null) }
        }
      }, labels: 3, notes: notes)
  }
}
