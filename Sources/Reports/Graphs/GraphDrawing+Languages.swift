extension GraphDrawing {
  /// The graph as a list: a line a box, with what goes into it.
  public func text() -> String {
    var rows = boxes.indices.map { [boxes[$0].name, boxes[$0].detail, ""] }
    for place in boxes.indices {
      let sources = sources(of: place)
      // A table of many cells gathers from many: the first ones say which kind.
      let more = sources.count > 4 ? ", and \(sources.count - 4) more" : ""
      rows[place][2] = sources.prefix(4).joined(separator: ", ") + more
    }
    let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = (0..<2).map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
      let line = (cells + [row[2]]).joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  /// The graph in the language of Mermaid, which GitHub draws in Markdown.
  public func mermaid() -> String {
    var lines = ["flowchart TD"]
    for (place, box) in boxes.enumerated() {
      lines.append("  n\(place)[\"\(Self.mermaid(box.name))<br/>\(Self.mermaid(box.detail))\"]")
    }
    for arrow in arrows {
      lines.append("  n\(arrow.from) -- \"\(Self.mermaid(arrow.label))\" --> n\(arrow.to)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The graph in the language of Graphviz.
  public func dot() -> String {
    var lines = ["digraph \"\(Self.dot(title))\" {", "  rankdir=LR;", "  node [shape=box];"]
    for (place, box) in boxes.enumerated() {
      lines.append("  n\(place) [label=\"\(Self.dot(box.name))\\n\(Self.dot(box.detail))\"];")
    }
    for arrow in arrows {
      lines.append("  n\(arrow.from) -> n\(arrow.to) [label=\"\(Self.dot(arrow.label))\"];")
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  private static func mermaid(_ text: String) -> String {
    text.map { character in
      switch character {
      case "\"": "#quot;"
      case "#": "#35;"
      case "<": "#lt;"
      default: String(character)
      }
    }.joined()
  }

  private static func dot(_ text: String) -> String {
    text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
  }
}

extension GraphDrawing.Arrow {
  /// The name of the input, and of the output where it is another.
  var label: String { output.isEmpty || output == input ? input : "\(output) as \(input)" }
}
