/// A figure of two matrices with one colour scale, each labelled for what it is, and their rank correlation.
///
/// The same comparison gives the same bytes.
public struct SideBySide: Sendable {
  /// What is drawn.
  public let comparison: MatrixComparison
  private let title: String
  private let scale: ColourScale
  private let decimals: Int

  /// Sets up a figure of a comparison.
  ///
  /// - Parameters:
  ///   - title: The heading of the figure.
  ///   - range: The values at the ends of the colour scale.
  ///   - decimals: Decimals of the values in the cells.
  /// - Precondition: Both matrices have at least one row and one column; the range has a length.
  public init(
    _ comparison: MatrixComparison, title: String, range: ClosedRange<Double> = 0...1, decimals: Int = 2
  ) {
    for side in [comparison.left, comparison.right] {
      precondition(
        !side.matrix.rows.isEmpty && !side.matrix.columns.isEmpty,
        "side by side: the matrix '\(side.matrix.title)' has no cells")
    }
    self.comparison = comparison
    self.title = title
    self.scale = ColourScale(range)
    self.decimals = decimals
  }

  /// The figure as an SVG file.
  public func svg() -> String {
    var svg = SVG()
    let margin = 24.0
    let top = 118.0
    let left = HeatmapPanel(comparison.left.matrix, scale: scale, decimals: decimals, left: margin, top: top)
    // A short left side still leaves its label room.
    let secondLeft = max(left.box.maxX, margin + SVG.width(of: comparison.left.label, size: 14.5, isBold: true)) + 34
    let right = HeatmapPanel(comparison.right.matrix, scale: scale, decimals: decimals, left: secondLeft, top: top)
    let models = right.mainBox
    let bar = ColourBar(
      scale: scale, name: metricName,
      box: Box(x: models.maxX + 24, y: models.y, width: ColourBar.width, height: models.height))
    let width = bar.box.maxX + ColourBar.margin + margin

    var heading = FigureText(left: margin, width: width - 2 * margin)
    heading.y = 34
    heading.add(title, .init(size: 17, isBold: true), into: &svg)
    for (side, panel, x) in [(comparison.left, left, margin), (comparison.right, right, secondLeft)] {
      svg.text(side.label, x: x, y: 74, .init(size: 14.5, isBold: true))
      svg.text(side.matrix.figureSummary(decimals: decimals), x: x, y: 96, .init(size: 12.5, colour: .grey))
      panel.draw(into: &svg)
    }
    bar.draw(into: &svg)
    let end = drawFoot(from: max(left.box.maxY, right.box.maxY) + 22, margin: margin, width: width, into: &svg)
    return svg.document(width: width, height: end + 8, title: title, description: description)
  }

  private func drawFoot(from top: Double, margin: Double, width: Double, into svg: inout SVG) -> Double {
    let band = Box(x: margin, y: top, width: width - 2 * margin, height: 40)
    svg.rectangle(band, fill: .absent, radius: 4)
    svg.text("Spearman's rank correlation of the two", x: band.x + 14, y: band.midY, .init(size: 13.5))
    svg.text(correlations, x: band.maxX - 14, y: band.midY, .init(size: 13.5, anchor: .end, isBold: true))
    var foot = FigureText(left: margin, width: width - 2 * margin)
    foot.y = band.maxY + 24
    for side in [comparison.left, comparison.right] where !side.matrix.notes.isEmpty {
      let notes = side.matrix.notes.joined(separator: "; ")
      foot.add("\(side.label): \(notes).", .init(size: 12, colour: .grey), into: &svg)
    }
    return foot.y
  }

  private var metricName: String {
    let names = [comparison.left.matrix.metric, comparison.right.matrix.metric]
    return names[0] == names[1] ? names[0] : names.joined(separator: " | ")
  }

  private var correlations: String {
    let all = fixed(comparison.all.coefficient, decimals: decimals)
    let beside = fixed(comparison.offDiagonal.coefficient, decimals: decimals)
    return "\(all) over all \(comparison.all.count) cells \u{b7} "
      + "\(beside) over the \(comparison.offDiagonal.count) off the diagonal"
  }

  private var description: String {
    let sides = [comparison.left, comparison.right].map { "\($0.label): \($0.matrix.spoken(decimals: decimals))" }
    return sides.joined(separator: " ") + " Spearman's rank correlation, \(correlations)."
  }
}
