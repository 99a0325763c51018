extension Matrix {
  /// The matrix as Markdown: heading, aligned table with a bold diagonal, baselines in italics, caption.
  ///
  /// - Parameter level: The level of the heading, from 1.
  public func markdown(level: Int = 1, decimals: Int? = nil) -> String {
    let decimals = decimals ?? self.decimals
    return
      ([markdownHeading(title, level: level), ""] + markdownTable(decimals: decimals) + [""]
      + markdownCaption(decimals: decimals)).joined(separator: "\n") + "\n"
  }

  /// The lines of the table alone.
  func markdownTable(decimals: Int) -> [String] {
    let header =
      ["\(rowAxis) \\ \(columnAxis)"]
      + columns.map { column in column.detail.map { "\(column.name) (\($0))" } ?? column.name }
    let body = rows.map { row in
      [row.kind == .baseline ? "_\(escaped(row.name))_" : escaped(row.name)]
        + columns.enumerated().map { place, column in
          let text = row.text(place, decimals: decimals)
          return isDiagonal(row, column) ? "**\(text)**" : text
        }
    }
    return markdownRows(header: header.map(escaped), body: body)
  }

  private func markdownCaption(decimals: Int) -> [String] {
    let diagonal = fixed(diagonalMean, decimals: decimals)
    let others = fixed(offDiagonalMean, decimals: decimals)
    var parts =
      hasDiagonal
      ? [
        "`\(metric)` by model (\(rowAxis)) and test marker (\(columnAxis)); the diagonal is bold.",
        "Mean of the diagonal \(diagonal), off the diagonal \(others).",
      ]
      : [
        "`\(metric)` by \(rowAxis) (rows) and \(columnAxis) (columns).",
        hasOneMean
          ? "Mean of all cells \(others)." : "Mean of each row: \(escaped(rowMeans(decimals: decimals))).",
      ]
    if rows.contains(where: { $0.spreads != nil }) {
      parts.append("Cells with ± are means, with the standard deviation of a sample; n/a values are in no mean.")
    }
    if rows.contains(where: { $0.intervals != nil }) { parts.append("Ranges in parentheses are 95% intervals.") }
    if hasDiagonal, !variantRows.isEmpty {
      parts.append("Rows after the models' are models of another kind, as their names say; they are in no mean.")
    }
    if !baselineRows.isEmpty {
      parts.append("Rows in italics are baselines without training; they are in no mean.")
    }
    let lists = notes.isEmpty ? [] : [""] + notes.map { "- \(escaped($0))" }
    return parts + lists
  }
}

extension MatrixComparison {
  /// The comparison as Markdown: the rank correlations as numbers, then the right-hand matrix, labelled.
  ///
  /// - Parameter level: The level of the heading, from 1.
  public func markdown(level: Int = 2, decimals: Int = 2) -> String {
    let correlations = markdownRows(
      header: ["Spearman's rank correlation", "rho", "cells"],
      body: [
        ["all cells", fixed(all.coefficient, decimals: decimals), "\(all.count)"],
        ["off the diagonal", fixed(offDiagonal.coefficient, decimals: decimals), "\(offDiagonal.count)"],
      ])
    let caption =
      [right.matrix.summaryForMarkdown(decimals: decimals), ""] + right.matrix.notes.map { "- \(escaped($0))" }
    return
      ([markdownHeading("Beside: \(escaped(right.label))", level: level), ""]
      + correlations + ["", "Paired cell by cell with: \(escaped(left.label)). The other matrix:", ""]
      + right.matrix.markdownTable(decimals: decimals) + [""] + caption).joined(separator: "\n") + "\n"
  }
}

extension Matrix {
  fileprivate func summaryForMarkdown(decimals: Int) -> String {
    "Mean of the diagonal \(fixed(diagonalMean, decimals: decimals)), "
      + "off the diagonal \(fixed(offDiagonalMean, decimals: decimals))."
  }
}

private func markdownHeading(_ text: String, level: Int) -> String {
  precondition((1...6).contains(level), "markdown: heading of level \(level), 1 to 6 possible")
  return String(repeating: "#", count: level) + " " + text
}

/// The lines of a table, its columns padded to equal widths; cells are Markdown already.
private func markdownRows(header: [String], body: [[String]]) -> [String] {
  let table = TextColumns([header] + body, minimumWidth: 3)
  let rule = table.widths.enumerated().map { column, width in
    column == 0 ? ":" + String(repeating: "-", count: width + 1) : String(repeating: "-", count: width + 1) + ":"
  }
  var lines = table.rows.indices.map { "| " + table.cells($0).joined(separator: " | ") + " |" }
  lines.insert("|" + rule.joined(separator: "|") + "|", at: 1)
  return lines
}

/// Text that Markdown shows as it is.
private func escaped(_ text: String) -> String {
  var result = ""
  for character in text {
    if "\\`*_|<>[]".contains(character) { result.append("\\") }
    result.append(character)
  }
  return result
}
