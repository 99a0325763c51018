public import Fingerprints

/// Rows and columns of values, ready to be written as text, CSV, Markdown, LaTeX or JSON.
public struct Grid: Sendable, Equatable {
  /// One value: how readers see it, and what programs read.
  public struct Cell: Sendable, Equatable {
    /// For readers: `0.81 ± 0.02`.
    public let text: String
    /// For programs.
    public let value: CanonicalValue
    /// Whether it is the best of its row or column.
    public let isBest: Bool

    /// A cell from its parts.
    public init(_ text: String, _ value: CanonicalValue, isBest: Bool = false) {
      self.text = text
      self.value = value
      self.isBest = isBest
    }

    /// A label.
    public init(label: String) { self.init(label, .text(label)) }
  }

  /// The heading.
  public let title: String
  /// The names of the columns.
  public let header: [String]
  /// From top to bottom; as many cells each as there are names.
  public let rows: [[Cell]]
  /// How many columns from the left hold labels.
  public let labels: Int
  /// Sentences below the table.
  public let notes: [String]

  /// A grid from its parts.
  ///
  /// - Precondition: Every row has a cell a column.
  public init(title: String, header: [String], rows: [[Cell]], labels: Int, notes: [String] = []) {
    precondition(rows.allSatisfy { $0.count == header.count }, "grid: a row has not \(header.count) cells")
    self.title = title
    self.header = header
    self.rows = rows
    self.labels = labels
    self.notes = notes
  }

  /// The grid without the columns in which all rows hold the same; labels stay.
  public var changed: Grid {
    let kept = header.indices.filter { column in
      column < labels || Set(rows.map { $0[column].value }).count > 1
    }
    return Grid(
      title: title, header: kept.map { header[$0] }, rows: rows.map { row in kept.map { row[$0] } },
      labels: labels, notes: notes)
  }
}

extension Grid {
  /// The columns that `changed` leaves out, a row each: the name and what all rows hold.
  var shared: Grid {
    let left = header.indices.filter { column in
      column >= labels && Set(rows.map { $0[column].value }).count == 1
    }
    return Grid(
      title: "\(title), what \(rows.count == 1 ? "it has" : "all \(rows.count) share")", header: ["name", "value"],
      rows: left.map { column in [Cell(label: header[column]), rows[0][column]] }, labels: 1)
  }

  /// For a terminal: aligned, the best marked by `*`.
  public func text() -> String {
    let hasBest = rows.joined().contains(where: \.isBest)
    func mark(_ text: String, _ isBest: Bool, _ column: Int) -> String {
      hasBest && column >= labels ? text + (isBest ? "*" : " ") : text
    }
    let lines =
      [header.enumerated().map { mark($1, false, $0) }]
      + rows.map { row in row.enumerated().map { mark($1.text, $1.isBest, $0) } }
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let body = lines.map { line in
      let cells = line.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column < labels ? text + space : space + text
      }
      return cells.joined(separator: "  ").withoutSpacesAtEnd
    }
    return ([title, ""] + body + (notes.isEmpty ? [] : [""] + notes)).joined(separator: "\n") + "\n"
  }

  /// CSV (RFC 4180, lines end in LF): values in full precision, `n/a` for an absent one.
  public func csv() -> String {
    ([header] + rows.map { $0.map(\.value.plain) }).map { row in
      row.map(\.csvField).joined(separator: ",") + "\n"
    }.joined()
  }

  /// Markdown, the best in bold.
  ///
  /// - Parameter level: The level of the heading, from 1.
  public func markdown(level: Int = 1) -> String {
    func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = header.indices.map { $0 < labels ? ":--" : "--:" }
    let body = rows.map { cells in
      row(cells.map { $0.isBest ? "**\(Self.markdown($0.text))**" : Self.markdown($0.text) })
    }
    let lines = [
      String(repeating: "#", count: level) + " " + Self.markdown(title), "", row(header.map(Self.markdown)),
      "|" + rule.joined(separator: "|") + "|",
    ]
    return (lines + body + (notes.isEmpty ? [] : [""] + notes.map { "- " + Self.markdown($0) }))
      .joined(separator: "\n") + "\n"
  }

  /// A `tabular` of LaTeX with the rules of the package booktabs, the best in bold; notes as comments.
  public func latex() -> String {
    let columns = String(repeating: "l", count: labels) + String(repeating: "r", count: header.count - labels)
    func row(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }
    let body = rows.map { cells in
      row(cells.map { $0.isBest ? "\\textbf{\(Self.latex($0.text))}" : Self.latex($0.text) })
    }
    let lines =
      ["% \(title)"] + notes.map { "% \($0)" } + ["\\begin{tabular}{\(columns)}", "\\toprule"]
      + [row(header.map(Self.latex)), "\\midrule"] + body + ["\\bottomrule", "\\end{tabular}"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The fields of a JSON document.
  public var document: [String: CanonicalValue] {
    [
      "title": .text(title), "columns": .list(header.map { .text($0) }),
      "rows": .list(rows.map { .list($0.map(\.value)) }),
      "best": .list(rows.map { .list($0.map { .boolean($0.isBest) }) }), "notes": .list(notes.map { .text($0) }),
    ]
  }

  private static func markdown(_ text: String) -> String {
    text.map { "\\`*_|<>[]".contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  private static func latex(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
      case "\\": "\\textbackslash{}"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "±": "$\\pm$"
      case "\u{2013}": "--"
      default: String(character)
      }
    }.joined()
  }
}

extension CanonicalValue {
  /// A value as CSV has it: a text as it stands, `n/a` for null.
  fileprivate var plain: String {
    switch self {
    case .null: "n/a"
    case .text(let text): text
    case .number(let number): "\(number)"
    default: description
    }
  }
}

extension String {
  fileprivate var withoutSpacesAtEnd: String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
