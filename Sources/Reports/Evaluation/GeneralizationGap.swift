import Fingerprints

/// How far models fall from their own marker to others, as numbers: what a matrix says in one glance.
///
/// Baselines and variants are in none of it; n/a cells are left out of means.
public struct GeneralizationGap: Sendable, Equatable {
  /// One model, or one test marker.
  public struct Line: Sendable, Equatable {
    /// The label in recipes, and the name readers see.
    public let label: String
    public let name: String
    /// The cell of the model on its own marker; nil is n/a.
    public let own: Double?
    /// Of a model: the mean of its other cells. Of a test marker: the mean of the models of other markers.
    public let others: Double?
    /// The best of the others: for a test marker, the best foreign model; nil where there is none.
    public let best: Best?

    /// How far it is from its own to the others.
    public var gap: Double? { difference(own, others) }
  }

  /// A cell that is the best of some.
  public struct Best: Sendable, Equatable {
    public let label: String
    public let name: String
    public let value: Double
  }

  public let metric: String
  /// The mean of the diagonal, and of the models' other cells.
  public let diagonal: Double?
  public let offDiagonal: Double
  /// The mean of the diagonal minus that of the others.
  public var gap: Double? { difference(diagonal, offDiagonal) }
  /// By model: on its own marker, and on the others.
  public let models: [Line]
  /// By test marker: its own model, and foreign ones.
  public let tests: [Line]

  /// How cells matched, as the matrix says it.
  public let notes: [String]

  /// The gap of a matrix; nil where no cell scores a model on its own marker, or none on another. The best is the least where the matrix
  /// says that lower is better.
  public init?(_ matrix: Matrix) {
    guard matrix.hasDiagonal, let foreign = matrix.offDiagonalMean else { return nil }
    metric = matrix.metric
    notes = matrix.notes.filter { $0.hasPrefix("matching: ") }
    diagonal = matrix.diagonalMean
    offDiagonal = foreign
    func line(_ label: String, _ name: String, _ cells: [(Best?, isOwn: Bool)]) -> Line {
      let others = cells.filter { !$0.isOwn }.compactMap(\.0)
      // Of equals the first.
      let best = others.reduce(nil as Best?) { best, cell in
        guard let best else { return cell }
        return (matrix.isLowerBetter ? cell.value < best.value : cell.value > best.value) ? cell : best
      }
      return Line(
        label: label, name: name, own: cells.first { $0.isOwn }?.0?.value,
        others: others.isEmpty ? nil : others.reduce(0) { $0 + $1.value } / Double(others.count), best: best)
    }
    let rows = matrix.modelRows
    models = rows.map { row in
      line(
        row.label, row.name,
        zip(matrix.columns, row.values).map { column, value in
          (value.map { Best(label: column.label, name: column.name, value: $0) }, matrix.isDiagonal(row, column))
        })
    }
    tests = matrix.columns.enumerated().map { place, column in
      line(
        column.label, column.name,
        rows.map { row in
          (
            row.values[place].map { Best(label: row.label, name: row.name, value: $0) },
            matrix.isDiagonal(row, column)
          )
        })
    }
  }
}

private func difference(_ one: Double?, _ other: Double?) -> Double? {
  guard let one, let other else { return nil }
  return one - other
}

// MARK: - Tables

extension GeneralizationGap {
  /// One line a model: its own marker, the mean of the others, the difference.
  public func modelGrid(title: String) -> Grid {
    Grid(
      title: title, header: ["model", "own marker", "mean of others", "gap", "best other marker", "there"],
      rows: models.map(cells), labels: 1, notes: notes)
  }

  /// One line a test marker: its own model, the mean of foreign ones, the difference, the best foreign one.
  public func testGrid(title: String) -> Grid {
    Grid(
      title: title, header: ["tested on", "own model", "mean of foreign", "gap", "best foreign model", "its score"],
      rows: tests.map(cells), labels: 1, notes: notes)
  }

  /// The numbers of the whole matrix in one sentence.
  public func sentence(decimals: Int = 2) -> String {
    "\(metric): diagonal \(fixed(diagonal, decimals: decimals)), off the diagonal "
      + "\(fixed(offDiagonal, decimals: decimals)), gap \(fixed(gap, decimals: decimals))"
  }

  private func cells(_ line: Line) -> [Grid.Cell] {
    [
      Grid.Cell(line.name, .text(line.label)), Self.cell(line.own), Self.cell(line.others), Self.cell(line.gap),
      Grid.Cell(line.best?.name ?? "n/a", line.best.map { .text($0.label) } ?? .null), Self.cell(line.best?.value),
    ]
  }

  private static func cell(_ value: Double?) -> Grid.Cell {
    Grid.Cell(fixed(value, decimals: 2), value.map { .number($0) } ?? .null)
  }
}
