/// A table whose columns line up as text and which Markdown understands.
struct TextTable {
  private let lines: [[String]]

  init(_ head: [String], rows: [[String]]) {
    precondition(rows.allSatisfy { $0.count == head.count }, "table: rows do not fit the head \(head)")
    lines = [head] + rows
  }

  var markdown: String {
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      "| " + zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
        + " |"
    }
    let rule = line(widths.map { String(repeating: "-", count: $0) })
    return ([line(lines[0]), rule] + lines.dropFirst().map(line)).joined(separator: "\n")
  }
}
