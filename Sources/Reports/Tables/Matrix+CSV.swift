extension Matrix {
  /// The matrix as CSV (RFC 4180, lines end in LF): labels of recipes, full precision, `n/a` for an absent value.
  ///
  /// The columns are the row label, the kind of the row (`model`, `variant` or `baseline`) and one column a label. Numbers are
  /// the shortest decimals that read back to the same `Double`. Where cells are means, three more columns a label
  /// follow it: `sd(label)`, the standard deviation, `n(label)`, of how many numbers, and `na(label)`, how many were
  /// n/a; where 95% intervals are known, `low(label)` and `high(label)`; labels hold no parentheses.
  public func csv() -> String {
    let hasSpreads = rows.contains { $0.spreads != nil }
    let hasIntervals = rows.contains { $0.intervals != nil }
    let header = columns.map(\.label).flatMap { label in
      [label] + (hasSpreads ? ["sd", "n", "na"] : []).map { "\($0)(\(label))" }
        + (hasIntervals ? ["low", "high"] : []).map { "\($0)(\(label))" }
    }
    var lines = [["row", "kind"] + header]
    for row in rows {
      let cells = columns.indices.flatMap { place -> [String] in
        let interval = row.intervals?[place]
        return [shown(row.values[place])] + (hasSpreads ? spread(row, place) : [])
          + (hasIntervals ? [shown(interval?.low), shown(interval?.high)] : [])
      }
      lines.append([row.label, row.kind.rawValue] + cells)
    }
    return lines.map { $0.map(\.csvField).joined(separator: ",") + "\n" }.joined()
  }
}

private func spread(_ row: Matrix.Row, _ place: Int) -> [String] {
  guard let spread = row.spreads?[place] else {
    return ["n/a", row.values[place] == nil ? "0" : "1", row.values[place] == nil ? "1" : "0"]
  }
  return [shown(spread.deviation), "\(spread.count)", "\(spread.absent)"]
}

private func shown(_ value: Double?) -> String { value.map { "\($0)" } ?? "n/a" }
