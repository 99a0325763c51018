/// What is written in a cell of a heatmap, and the room that it takes: the value, and below it what there is to say of
/// it in as many lines as it has parts.
struct CellTexts {
  /// One line, its middle so far below the middle of the cell.
  struct Line {
    let text: String
    let size: Double
    var isBold = false
    let y: Double

    /// About how wide it is set, in pixels.
    var width: Double { SVG.width(of: text, size: size, isBold: isBold) }
  }

  /// From top to bottom.
  let lines: [Line]
  /// Whether there is no value.
  let isAbsent: Bool

  /// The least that stays free at each side of a line, in pixels.
  static let margin = 2.0
  /// From one line of a remark to the next.
  private static let step = 11.0
  /// Remarks of at most so many letters stand in one line.
  private static let longest = 14

  /// - Parameters:
  ///   - detail: What stands below the value: `± 0.02 (1 n/a)`, `0.78–0.84`, `(stopped at 400)`, or nothing.
  ///   - decimals: Of the value.
  init(_ value: Double?, detail: String, decimals: Int, isBold: Bool) {
    isAbsent = value == nil
    let details = Self.parts(of: detail)
    let size = details.count == 1 && detail.count <= 8 ? 11.0 : 9
    // Value and remarks together stand around the middle.
    let up = Self.step / 2 * Double(max(0, details.count - 1))
    lines =
      [
        Line(
          text: fixed(value, decimals: decimals), size: isAbsent ? 13 : 15, isBold: isBold && !isAbsent,
          y: details.isEmpty ? 0 : -8 - up)
      ]
      + details.enumerated().map { place, text in
        Line(text: text, size: size, y: 10 - up + Self.step * Double(place))
      }
  }

  /// The cell that the lines need.
  var size: (width: Double, height: Double) {
    (
      (lines.map(\.width).max() ?? 0) + 2 * Self.margin,
      46 + Self.step * Double(max(0, lines.count - 2))
    )
  }

  /// A remark broken before its parentheses, unless it is short.
  private static func parts(of detail: String) -> [String] {
    var parts: [String] = []
    for (place, piece) in detail.split(separator: " (").enumerated() {
      let text = (place == 0 ? "" : "(") + piece
      if let last = parts.last, last.count + 1 + text.count <= longest {
        parts[parts.count - 1] = last + " " + text
      } else {
        parts.append(text)
      }
    }
    return parts
  }
}
