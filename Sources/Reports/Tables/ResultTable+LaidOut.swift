import Artifacts

extension ResultTable {
  /// The same cells under other rows and columns; those that the table lacks are n/a.
  func laidOut(rows: [String], columns: [String]) -> ResultTable {
    func laidOut<Value>(_ values: [[Value]], absent: Value) -> [[Value]] {
      rows.map { row in
        columns.map { column in
          guard let line = self.rows.firstIndex(of: row), let place = self.columns.firstIndex(of: column) else {
            return absent
          }
          return values[line][place]
        }
      }
    }
    return ResultTable(
      metric: metric, rows: rows, columns: columns, values: laidOut(values, absent: nil),
      spreads: spreads.map { laidOut($0, absent: CellSpread(deviation: nil, count: 0, absent: 0)) })
  }
}
