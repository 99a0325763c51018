/// How a line is told from others: by colour, by dashes and, where it has points, by their shape.
struct LineStyle: Equatable {
  let colour: RGB
  let width: Double
  /// Lengths of dashes and gaps; nil for a whole line.
  let dashes: String?

  init(_ colour: RGB, width: Double = 1.8, dashes: String? = nil) {
    (self.colour, self.width, self.dashes) = (colour, width, dashes)
  }

  /// Colours that people with any kind of colour vision tell apart: Okabe and Ito 2008, the yellow left out, which
  /// white paper swallows.
  static let colours: [RGB] = [
    RGB(0x0072b2), RGB(0xd55e00), RGB(0x009e73), RGB(0xcc79a7), RGB(0xe69f00), RGB(0x56b4e9), RGB(0x1c1f26),
  ]

  /// Dashes tell lines apart in grey print, too.
  private static let patterns: [String?] = [nil, "7 2.5", "2 2", "7 2 2 2", "4 2", "10 2 2 2 2 2", "1 2"]

  /// The style of a row of a matrix: models and variants in colour, baselines in grey.
  static func of(_ row: Matrix.Row, in matrix: Matrix) -> LineStyle {
    let peers = matrix.rows.filter { ($0.kind == .baseline) == (row.kind == .baseline) }
    let place = peers.firstIndex { $0.label == row.label } ?? 0
    guard row.kind == .baseline else { return numbered(place) }
    return LineStyle(RGB(0x7a7f8a), width: 1.4, dashes: place % 2 == 0 ? "5 3" : "1.5 2.5")
  }

  /// The style of the nth of several lines.
  static func numbered(_ place: Int) -> LineStyle {
    LineStyle(colours[place % colours.count], dashes: patterns[(place + place / colours.count) % patterns.count])
  }
}
