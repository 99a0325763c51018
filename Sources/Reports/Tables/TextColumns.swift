/// Rows of cells brought to equal widths: the first column to the left, the others to the right.
struct TextColumns {
  let rows: [[String]]
  /// The width of each column, in characters.
  let widths: [Int]

  init(_ rows: [[String]], minimumWidth: Int = 0) {
    self.rows = rows
    let count = rows.map(\.count).max() ?? 0
    widths = (0..<count).map { column in
      rows.reduce(minimumWidth) { max($0, column < $1.count ? $1[column].count : 0) }
    }
  }

  /// The cells of a row, padded.
  func cells(_ row: Int) -> [String] {
    rows[row].enumerated().map { column, text in
      let space = String(repeating: " ", count: widths[column] - text.count)
      return column == 0 ? text + space : space + text
    }
  }
}
