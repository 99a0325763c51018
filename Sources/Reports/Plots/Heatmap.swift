/// A figure of one matrix: a coloured cell a value, the diagonal framed and bold, baselines below a rule, n/a cells
/// hatched, with colour bar, means and notes.
///
/// The same matrix gives the same bytes.
public struct Heatmap: Sendable {
  /// What is drawn.
  public let matrix: Matrix
  private let scale: ColourScale
  private let decimals: Int

  /// Sets up a figure of a matrix.
  ///
  /// - Parameters:
  ///   - range: The values at the ends of the colour scale; nil: as suits the matrix.
  ///   - decimals: Decimals of the values in the cells; nil: as suits the matrix.
  /// - Precondition: The matrix has at least one row and one column; the range has a length.
  public init(_ matrix: Matrix, range: ClosedRange<Double>? = nil, decimals: Int? = nil) {
    precondition(!matrix.rows.isEmpty && !matrix.columns.isEmpty, "heatmap: the matrix '\(matrix.title)' has no cells")
    self.matrix = matrix
    self.scale = ColourScale(range ?? matrix.range)
    self.decimals = decimals ?? matrix.decimals
  }

  /// The figure as an SVG file.
  public func svg() -> String {
    var svg = SVG()
    let margin = 24.0
    var panel = HeatmapPanel(matrix, scale: scale, decimals: decimals, left: margin, top: 0)
    let width = max(panel.box.maxX + 24 + ColourBar.width + ColourBar.margin + margin, 420)
    var text = FigureText(left: margin, width: width - 2 * margin)
    text.y = 34
    text.add(matrix.title, .init(size: 17, isBold: true), into: &svg)
    text.add(matrix.figureSummary(decimals: decimals), .init(size: 12.5, colour: .grey), into: &svg)
    // The heading may take several lines; the cells begin below it.
    panel.origin.y += text.y
    panel.draw(into: &svg)
    let models = panel.mainBox
    ColourBar(
      scale: scale, name: matrix.metric, decimals: decimals,
      box: Box(x: models.maxX + 24, y: models.y, width: ColourBar.width, height: models.height)
    ).draw(into: &svg)
    text.y = panel.box.maxY + 28
    for note in matrix.notes { text.add(note, .init(size: 12, colour: .grey), into: &svg) }
    return svg.document(
      width: width, height: text.y + 8, title: matrix.title, description: matrix.spoken(decimals: decimals))
  }
}

/// Lines of text set one under the other, broken to a width.
struct FigureText {
  let left: Double
  let width: Double
  /// The middle of the next line.
  var y = 0.0

  init(left: Double, width: Double) {
    self.left = left
    self.width = width
  }

  /// Sets a paragraph and moves below it.
  mutating func add(_ text: String, _ style: SVG.TextStyle, into svg: inout SVG) {
    for line in SVG.wrapped(text, size: style.size, into: width) {
      svg.text(line, x: left, y: y, style)
      y += (style.size * 1.45).rounded()
    }
    y += 4
  }
}

extension Matrix {
  /// The metric and its means in one line, for a figure, where a frame marks the diagonal.
  func figureSummary(decimals: Int) -> String {
    let diagonal = fixed(diagonalMean, decimals: decimals)
    let others = fixed(offDiagonalMean, decimals: decimals)
    if hasOneMean { return "\(metric) \u{b7} mean of all cells \(others)" }
    guard hasDiagonal else { return metric }
    return "\(metric) \u{b7} mean of the diagonal \(diagonal), off the diagonal \(others)"
  }

  /// The numbers in words, for those who cannot see the figure.
  func spoken(decimals: Int) -> String {
    let lines = rows.map { row in
      let cells = columns.enumerated().map { "\($1.name) \(row.text($0, decimals: decimals))" }
      return "\(row.name): \(cells.joined(separator: ", "))"
    }
    return "\(metric), \(rowAxis) (rows), \(columnAxis) (columns). \(lines.joined(separator: "; "))."
  }
}
