extension Matrix {
  /// The matrix for a terminal: aligned, `*` beside the diagonal, baselines under a rule, means and notes below.
  public func text(decimals: Int? = nil) -> String {
    let decimals = decimals ?? self.decimals
    // The mark takes a place in every cell, so that the decimal points stay in line.
    let header = ["\(rowAxis) \\ \(columnAxis)"] + columns.map { $0.name + " " }
    let body = rows.map { row in
      [row.name]
        + columns.enumerated().map { place, column in
          row.text(place, decimals: decimals) + (isDiagonal(row, column) ? "*" : " ")
        }
    }
    let details = columns.contains { $0.detail != nil } ? [[""] + columns.map { ($0.detail ?? "") + " " }] : []
    let table = TextColumns([header] + details + body)
    var lines = [title, ""]
    var previous: RowKind?
    for index in table.rows.indices {
      let row = index - 1 - details.count
      if row >= 0 {
        if rows[row].kind != previous { lines.append(rule(table)) }
        previous = rows[row].kind
      }
      lines.append(trimmedEnd(table.cells(index).joined(separator: "  ")))
    }
    lines += ["", summary(decimals: decimals)] + notes
    return lines.joined(separator: "\n") + "\n"
  }

  /// The metric and its means in one line: `f1.pooled: mean of the diagonal (*) 0.66, off the diagonal 0.34`.
  public func summary(decimals: Int? = nil) -> String {
    let decimals = decimals ?? self.decimals
    let diagonal = fixed(diagonalMean, decimals: decimals)
    let others = fixed(offDiagonalMean, decimals: decimals)
    if hasOneMean { return "\(metric): mean of all cells \(others)" }
    guard hasDiagonal else { return "\(metric): mean of each row: \(rowMeans(decimals: decimals))" }
    return "\(metric): mean of the diagonal (*) \(diagonal), off the diagonal \(others)"
  }

  private func rule(_ table: TextColumns) -> String {
    String(repeating: "-", count: table.widths.reduce(0, +) + 2 * (table.widths.count - 1))
  }
}

private func trimmedEnd(_ line: String) -> String {
  String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
}
