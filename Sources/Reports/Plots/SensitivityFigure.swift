import Imaging

/// A figure of a matrix in which every cell is a small plot: F1 over the tolerance, a line a matching rule.
///
/// The same numbers give the same bytes.
public struct SensitivityFigure: Sendable {
  private let matrix: Matrix
  private let sensitivity: MatrixSensitivity
  private let title: String

  private static let cell = (width: 92.0, height: 62.0)
  private static let gap = 8.0
  private static let margin = 24.0

  /// Sets up a figure.
  ///
  /// - Parameters:
  ///   - matrix: Whose rows and columns are drawn, with their names.
  /// - Precondition: There are at least two factors and one cell.
  public init(_ sensitivity: MatrixSensitivity, matrix: Matrix, title: String) {
    precondition(sensitivity.factors.count > 1 && !matrix.rows.isEmpty, "sensitivity figure: nothing to draw")
    self.matrix = matrix
    self.sensitivity = sensitivity
    self.title = title
  }

  // MARK: -

  /// The figure as an SVG file.
  public func svg() -> String {
    var svg = SVG()
    let names = matrix.rows.map { SVG.width(of: $0.name, size: 13) }.max() ?? 0
    let left = Self.margin + names + 44
    let right = left + Double(matrix.columns.count) * (Self.cell.width + Self.gap)
    let width = max(right + Self.margin, 520)
    var text = FigureText(left: Self.margin, width: width - 2 * Self.margin)
    text.y = 34
    text.add(title, .init(size: 17, isBold: true), into: &svg)
    for line in summaries { text.add(line, .init(size: 12.5, colour: .grey), into: &svg) }
    drawLegend(at: text.y + 6, into: &svg)
    let top = text.y + 62
    for (index, row) in matrix.rows.enumerated() {
      for (place, column) in matrix.columns.enumerated() {
        drawCell(row, column, in: box(row: index, column: place, left, top), into: &svg)
      }
    }
    drawLabels(left, top, into: &svg)
    let last = box(row: matrix.rows.count - 1, column: 0, left, top)
    text.y = last.maxY + 36
    text.add(
      "Pooled F1 (0 to 1) over multiples of the marker's tolerance; the upright line is the tolerance itself"
        + (matrix.hasDiagonal ? ", the diagonal is framed." : "."), .init(size: 12, colour: .grey), into: &svg)
    return svg.document(width: width, height: text.y + 8, title: title, description: summaries.joined(separator: " "))
  }

  // MARK: - Parts

  /// The names of rows and columns, and the numbers along the axes of the outer cells.
  private func drawLabels(_ left: Double, _ top: Double, into svg: inout SVG) {
    for (index, row) in matrix.rows.enumerated() {
      let first = box(row: index, column: 0, left, top)
      svg.text(
        row.name, x: left - 34, y: first.midY,
        .init(size: 13, colour: row.kind == .model ? .ink : .grey, anchor: .end, isItalic: row.kind == .baseline))
      for tick in [0.0, 1.0] {
        svg.text(
          fixed(tick, decimals: 0), x: left - 6, y: y(tick, in: first), .init(size: 10, colour: .grey, anchor: .end))
      }
    }
    // The outer ones keep inside of their cell, or they would meet the next cell's.
    let ends = (sensitivity.factors[0], sensitivity.factors[sensitivity.factors.count - 1])
    let ticks: [(Double, SVG.TextStyle.Anchor)] = [(ends.0, .start), (1, .middle), (ends.1, .end)]
    for (place, column) in matrix.columns.enumerated() {
      let box = box(row: matrix.rows.count - 1, column: place, left, top)
      let name = column.detail.map { "\(column.name) (\($0))" } ?? column.name
      svg.text(name, x: box.midX, y: top - 14, .init(size: 13, anchor: .middle))
      for (factor, anchor) in ticks {
        svg.text(
          Self.text(factor), x: x(factor, in: box), y: box.maxY + 10, .init(size: 10, colour: .grey, anchor: anchor))
      }
    }
  }

  private func box(row: Int, column: Int, _ left: Double, _ top: Double) -> Box {
    Box(
      x: left + Double(column) * (Self.cell.width + Self.gap), y: top + Double(row) * (Self.cell.height + Self.gap),
      width: Self.cell.width, height: Self.cell.height)
  }

  private func drawCell(_ row: Matrix.Row, _ column: Matrix.Column, in box: Box, into svg: inout SVG) {
    svg.rectangle(box, fill: .absent)
    if matrix.isDiagonal(row, column) { svg.rectangle(box.inset(by: -1), fill: nil, stroke: .ink, strokeWidth: 2) }
    svg.line(from: (box.x, y(0.5, in: box)), to: (box.maxX, y(0.5, in: box)), stroke: .white)
    svg.line(from: (x(1, in: box), box.y), to: (x(1, in: box), box.maxY), stroke: .rule)
    guard let cell = sensitivity[row.label, column.label] else { return }
    for (rule, values) in zip(sensitivity.rules, cell.f1) {
      let points = zip(sensitivity.factors, values).compactMap { factor, value in
        value.map { (x: x(factor, in: box), y: y($0, in: box)) }
      }
      let style = Self.style(of: rule)
      svg.polyline(points, stroke: style.colour, width: style.width, dashes: style.dashes)
    }
  }

  private func drawLegend(at y: Double, into svg: inout SVG) {
    var x = Self.margin
    for rule in sensitivity.rules {
      let style = Self.style(of: rule)
      svg.polyline([(x: x, y: y), (x: x + 30, y: y)], stroke: style.colour, width: style.width, dashes: style.dashes)
      svg.text(rule.rawValue, x: x + 38, y: y, .init(size: 12.5))
      x += 38 + SVG.width(of: rule.rawValue, size: 12.5) + 26
    }
  }

  /// Told apart by dashes and lightness, so also in grey print and without red and green.
  private static func style(of rule: MatchRule) -> (colour: RGB, width: Double, dashes: String?) {
    switch rule {
    case .greedy: (RGB(0x1f4b84), 2.4, nil)
    case .optimal: (RGB(0xd1495b), 1.8, "5 3")
    case .nearest: (RGB(0x7a7f8a), 1.8, "1.5 2.5")
    }
  }

  private func x(_ factor: Double, in box: Box) -> Double {
    let (low, high) = (sensitivity.factors[0], sensitivity.factors[sensitivity.factors.count - 1])
    return box.x + 6 + (box.width - 12) * (factor - low) / (high - low)
  }

  private func y(_ value: Double, in box: Box) -> Double { box.maxY - 4 - (box.height - 8) * value }

  /// How far the means move, in words.
  private var summaries: [String] {
    guard matrix.hasDiagonal else { return ["Pooled F1 by matching rule and tolerance."] }
    let (own, other) = (
      sensitivity.means(of: matrix, onDiagonal: true), sensitivity.means(of: matrix, onDiagonal: false)
    )
    return zip(sensitivity.rules, zip(own, other)).map { rule, means in
      "\(rule.rawValue): mean of the diagonal \(span(means.0)), off the diagonal \(span(means.1)), from "
        + "\(Self.text(sensitivity.factors[0])) to \(Self.text(sensitivity.factors[sensitivity.factors.count - 1])) times the tolerance."
    }
  }

  /// A factor as people write it: `0.5`, `2`.
  private static func text(_ factor: Double) -> String {
    factor == factor.rounded() ? "\(Int(factor))" : "\(factor)"
  }

  private func span(_ values: [Double?]) -> String {
    let known = values.compactMap { $0 }
    guard let low = known.min(), let high = known.max() else { return "n/a" }
    return "\(fixed(low, decimals: 2)) to \(fixed(high, decimals: 2))"
  }
}
