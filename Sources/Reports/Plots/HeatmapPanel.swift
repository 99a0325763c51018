/// The cells of a matrix with their labels: the part that a single heatmap and a pair of them share.
struct HeatmapPanel {
  let matrix: Matrix
  let scale: ColourScale
  let decimals: Int
  /// Where the first cell begins.
  var origin: (x: Double, y: Double)

  private static let cell = (width: 62.0, height: 46.0)
  private static let gap = 2.0
  private static let baselineGap = 14.0
  private static let label = 14.0
  private static let detail = 11.0
  private static let axis = 12.5

  /// - Parameters:
  ///   - left: The left edge of the panel with its labels.
  ///   - top: The upper edge of the panel with its labels.
  init(_ matrix: Matrix, scale: ColourScale, decimals: Int, left: Double, top: Double) {
    self.matrix = matrix
    self.scale = scale
    self.decimals = decimals
    let names = matrix.rows.map { SVG.width(of: $0.name, size: Self.label) }.max() ?? 0
    let details = matrix.columns.contains { $0.detail != nil } ? Self.detail + 5 : 0
    origin = (left + 26 + names + 12, top + 26 + Self.label + details + 10)
  }

  // MARK: - Where things are

  /// All cells, baselines included.
  var box: Box {
    let last = cellBox(row: matrix.rows.count - 1, column: matrix.columns.count - 1)
    return Box(x: origin.x, y: origin.y, width: last.maxX - origin.x, height: last.maxY - origin.y)
  }

  /// The cells of the models.
  var modelBox: Box {
    let models = matrix.modelRows.count
    guard models > 0 else { return box }
    var part = box
    part.height = Double(models) * (Self.cell.height + Self.gap) - Self.gap
    return part
  }

  /// The rows that axis title and colour bar go by: the models, or all where there are few of them.
  var mainBox: Box { matrix.modelRows.count < 3 ? box : modelBox }

  private func cellBox(row: Int, column: Int) -> Box {
    Box(
      x: origin.x + Double(column) * (Self.cell.width + Self.gap),
      y: origin.y + Double(row) * (Self.cell.height + Self.gap) + Self.baselineGap * Double(breaks(above: row)),
      width: Self.cell.width, height: Self.cell.height)
  }

  // Variants and baselines stand below the models wherever the table has them.
  private var ordered: [Matrix.Row] { matrix.modelRows + matrix.variantRows + matrix.baselineRows }

  /// Whether a row is of another kind than the one before it.
  private func isBreak(_ row: Int) -> Bool {
    row > 0 && row < ordered.count && ordered[row].kind != ordered[row - 1].kind
  }

  private func breaks(above row: Int) -> Int { row < 1 ? 0 : (1...row).count { isBreak($0) } }

  // MARK: - Drawing

  func draw(into svg: inout SVG) {
    drawAxes(into: &svg)
    for (index, row) in ordered.enumerated() {
      for (place, column) in matrix.columns.enumerated() {
        let box = cellBox(row: index, column: place)
        draw(
          row.values[place], spread: row.detailText(place, decimals: decimals), in: box,
          isDiagonal: matrix.isDiagonal(row, column), into: &svg)
      }
    }
  }

  private func drawAxes(into svg: inout SVG) {
    let hasDetails = matrix.columns.contains { $0.detail != nil }
    let nameY = origin.y - 10 - (hasDetails ? Self.detail + 5 : 0) - Self.label / 2
    svg.text(
      matrix.columnAxis, x: box.midX, y: nameY - 24,
      .init(size: Self.axis, colour: .grey, anchor: .middle))
    for (place, column) in matrix.columns.enumerated() {
      let x = cellBox(row: 0, column: place).midX
      svg.text(column.name, x: x, y: nameY, .init(size: Self.label, anchor: .middle))
      if let detail = column.detail {
        svg.text(detail, x: x, y: origin.y - 14, .init(size: Self.detail, colour: .grey, anchor: .middle))
      }
    }
    let names = matrix.rows.map { SVG.width(of: $0.name, size: Self.label) }.max() ?? 0
    svg.text(
      matrix.rowAxis, x: origin.x - 12 - names - 18, y: mainBox.midY,
      .init(size: Self.axis, colour: .grey, anchor: .middle, isUpright: true))
    for (index, row) in ordered.enumerated() {
      let isBaseline = row.kind == .baseline
      svg.text(
        row.name, x: origin.x - 12, y: cellBox(row: index, column: 0).midY,
        .init(size: Self.label, colour: isBaseline ? .grey : .ink, anchor: .end, isItalic: isBaseline))
    }
    for row in ordered.indices where isBreak(row) {
      let y = cellBox(row: row, column: 0).y - (Self.baselineGap + Self.gap) / 2
      svg.line(from: (origin.x, y), to: (box.maxX, y), stroke: .rule)
    }
  }

  private func draw(_ value: Double?, spread: String, in box: Box, isDiagonal: Bool, into svg: inout SVG) {
    guard let value else {
      drawAbsent(in: box, into: &svg)
      if isDiagonal { drawMark(around: box, into: &svg) }
      return
    }
    let colour = scale.colour(of: value)
    svg.rectangle(box, fill: colour)
    if isDiagonal { drawMark(around: box, into: &svg) }
    svg.text(
      fixed(value, decimals: decimals), x: box.midX, y: spread.isEmpty ? box.midY : box.midY - 8,
      .init(size: 15, colour: colour.textColour, anchor: .middle, isBold: isDiagonal))
    if !spread.isEmpty {
      svg.text(
        spread, x: box.midX, y: box.midY + 10,
        .init(size: spread.count > 12 ? 7.5 : spread.count > 8 ? 9 : 11, colour: colour.textColour, anchor: .middle))
    }
  }

  // The frame lies in the white gap between cells, where it shows whatever the colour of the cell.
  private func drawMark(around box: Box, into svg: inout SVG) {
    svg.rectangle(box.inset(by: -0.5), fill: nil, stroke: .ink, strokeWidth: 2.5)
  }

  private func drawAbsent(in box: Box, into svg: inout SVG) {
    svg.rectangle(box, fill: .absent)
    var offset = 8.0
    while offset < box.width + box.height {
      // The line x + y = offset, cut at the sides of the cell.
      let right = min(offset, box.width)
      let bottom = min(offset, box.height)
      svg.line(
        from: (box.x + right, box.y + offset - right), to: (box.x + offset - bottom, box.y + bottom), stroke: .rule)
      offset += 8
    }
    svg.rectangle(
      Box(x: box.midX - 16, y: box.midY - 9, width: 32, height: 18), fill: .absent, radius: 3)
    svg.text("n/a", x: box.midX, y: box.midY, .init(size: 13, colour: .grey, anchor: .middle))
  }
}
