/// The cells of a matrix with their labels: the part that a single heatmap and a pair of them share.
struct HeatmapPanel {
  let matrix: Matrix
  let scale: ColourScale
  let decimals: Int
  /// Where the first cell begins.
  var origin: (x: Double, y: Double)

  /// Of all cells: as large as the one with the most to say needs.
  private let cell: (width: Double, height: Double)

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
    let sizes = matrix.rows.flatMap { row in
      matrix.columns.indices.map { Self.texts(of: row, $0, in: matrix, decimals: decimals).size }
    }
    let headings = matrix.columns.map { column in
      max(SVG.width(of: column.name, size: Self.label), SVG.width(of: column.detail ?? "", size: Self.detail))
    }
    cell = (max(62, sizes.map(\.width).max() ?? 0, headings.max() ?? 0), max(46, sizes.map(\.height).max() ?? 0))
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
    part.height = Double(models) * (cell.height + Self.gap) - Self.gap
    return part
  }

  /// The rows that axis title and colour bar go by: the models, or all where there are few of them.
  var mainBox: Box { matrix.modelRows.count < 3 ? box : modelBox }

  func cellBox(row: Int, column: Int) -> Box {
    Box(
      x: origin.x + Double(column) * (cell.width + Self.gap),
      y: origin.y + Double(row) * (cell.height + Self.gap) + Self.baselineGap * Double(breaks(above: row)),
      width: cell.width, height: cell.height)
  }

  // Variants and baselines stand below the models wherever the table has them.
  var ordered: [Matrix.Row] { matrix.modelRows + matrix.variantRows + matrix.baselineRows }

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
        draw(
          row.values[place], texts(of: row, place), in: cellBox(row: index, column: place),
          isDiagonal: matrix.isDiagonal(row, column), into: &svg)
      }
    }
  }

  /// What is written in a cell.
  func texts(of row: Matrix.Row, _ place: Int) -> CellTexts {
    Self.texts(of: row, place, in: matrix, decimals: decimals)
  }

  private static func texts(of row: Matrix.Row, _ place: Int, in matrix: Matrix, decimals: Int) -> CellTexts {
    CellTexts(
      row.values[place], detail: row.detailText(place, decimals: decimals), decimals: decimals,
      isBold: matrix.isDiagonal(row, matrix.columns[place]))
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

  private func draw(_ value: Double?, _ texts: CellTexts, in box: Box, isDiagonal: Bool, into svg: inout SVG) {
    let colour = value.map { scale.colour(of: $0) }
    if let colour { svg.rectangle(box, fill: colour) } else { hatch(box, around: texts, into: &svg) }
    if isDiagonal { drawMark(around: box, into: &svg) }
    for line in texts.lines {
      svg.text(
        line.text, x: box.midX, y: box.midY + line.y,
        .init(size: line.size, colour: colour?.textColour ?? .grey, anchor: .middle, isBold: line.isBold))
    }
  }

  // The frame lies in the white gap between cells, where it shows whatever the colour of the cell.
  private func drawMark(around box: Box, into svg: inout SVG) {
    svg.rectangle(box.inset(by: -0.5), fill: nil, stroke: .ink, strokeWidth: 2.5)
  }

  /// The ground of a cell without a value, its texts on a plate that they can be read on.
  private func hatch(_ box: Box, around texts: CellTexts, into svg: inout SVG) {
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
    let width = min(box.width, max(32, texts.size.width))
    let height = texts.lines.count > 1 ? texts.size.height - 8 : 18
    svg.rectangle(
      Box(x: box.midX - width / 2, y: box.midY - height / 2, width: width, height: height), fill: .absent, radius: 3)
  }
}
