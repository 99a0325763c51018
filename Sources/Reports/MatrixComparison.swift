/// Two matrices over the same labels, and how far their cells rank alike.
///
/// Cells are paired by their labels, whatever the order of rows and columns; baselines, n/a cells and cells that
/// only one side has are left out.
public struct MatrixComparison: Sendable, Equatable {
  /// One matrix with the words that say what it is.
  public struct Side: Sendable, Equatable {
    /// The numbers.
    public let matrix: Matrix
    /// What the numbers are and whose, shown above them: `phantoms, this run`.
    public let label: String

    /// Labels a matrix for a comparison.
    ///
    /// - Parameter label: What the numbers are and whose: `phantoms, this run`.
    public init(_ matrix: Matrix, label: String) {
      self.matrix = matrix
      self.label = label
    }
  }

  /// Ours.
  public let left: Side
  /// What it is compared with.
  public let right: Side
  /// Over all cells that both sides have.
  public let all: RankCorrelation
  /// Over the cells beside the diagonal only: transfer, without each model's own marker.
  public let offDiagonal: RankCorrelation

  /// Pairs the cells of two matrices and correlates them.
  public init(_ left: Side, _ right: Side) {
    self.left = left
    self.right = right
    let pairs = sharedCells(left.matrix, right.matrix)
    all = RankCorrelation(pairs.map(\.left), pairs.map(\.right))
    let beside = pairs.filter { !$0.isDiagonal }
    offDiagonal = RankCorrelation(beside.map(\.left), beside.map(\.right))
  }

  /// Our matrix beside that of the CANVAS paper, each labelled for what it is.
  public static func withPaper(_ matrix: Matrix, label: String = "phantoms, this run") -> MatrixComparison {
    MatrixComparison(Side(matrix, label: label), Side(PaperMatrix.matrix, label: PaperMatrix.label))
  }
}

private struct SharedCell {
  let left: Double
  let right: Double
  let isDiagonal: Bool
}

private func sharedCells(_ left: Matrix, _ right: Matrix) -> [SharedCell] {
  let others = right.modelRows
  return left.modelRows.flatMap { row -> [SharedCell] in
    guard let other = others.first(where: { $0.label == row.label }) else { return [] }
    return zip(left.columns, row.values).compactMap { column, value in
      guard
        let value,
        let place = right.columns.firstIndex(where: { $0.label == column.label }),
        let theirs = other.values[place]
      else { return nil }
      return SharedCell(left: value, right: theirs, isDiagonal: left.isDiagonal(row, column))
    }
  }
}
