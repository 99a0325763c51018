/// A figure of a sweep: small multiples of curves, a panel a data set, a curve a series, all on one scale.
///
/// Filled points are converged, hollow ones not; at the upper edge a cross is a cell whose trainings all diverged, a
/// question mark one that is n/a for another reason. The same sweep gives the same bytes.
public struct SweepCurves: Sendable {
  private let sweep: Sweep
  private let measure: Sweep.Measure
  private static let colours: [RGB] = [RGB(0x1f4b84), RGB(0x08b2b6), RGB(0xd9822b), RGB(0x8a4fa3), RGB(0x5b616e)]
  private static let panel = (width: 190.0, height: 150.0)
  private static let gap = (x: 26.0, y: 62.0)
  private static let columns = 4

  /// Sets up a figure of the metric relative to what needs no model.
  ///
  /// - Precondition: The sweep has panels, and at least two numbers.
  public init(_ sweep: Sweep) { self.init(sweep, of: .relative) }

  /// Sets up a figure of either measure.
  ///
  /// - Precondition: As above.
  init(_ sweep: Sweep, of measure: Sweep.Measure) {
    precondition(!sweep.panels.isEmpty && sweep.numbers.count > 1, "curves: '\(sweep.title)' has nothing to draw")
    self.sweep = sweep
    self.measure = measure
  }

  /// The figure as an SVG file.
  public func svg() -> String {
    var svg = SVG()
    let margin = 24.0
    let left = margin + 52
    let columns = min(Self.columns, sweep.panels.count)
    let width = max(
      left + Double(columns) * Self.panel.width + Double(columns - 1) * Self.gap.x + margin, 460)
    var text = FigureText(left: margin, width: width - 2 * margin)
    text.y = 34
    text.add(sweep.title, .init(size: 17, isBold: true), into: &svg)
    text.add("\(name) by \(sweep.axes.number)", .init(size: 12.5, colour: .grey), into: &svg)
    drawKey(from: margin, y: text.y + 2, into: &svg)
    let top = text.y + 50
    for (place, panel) in sweep.panels.enumerated() {
      let box = Box(
        x: left + Double(place % columns) * (Self.panel.width + Self.gap.x),
        y: top + Double(place / columns) * (Self.panel.height + Self.gap.y),
        width: Self.panel.width, height: Self.panel.height)
      draw(panel, in: box, isFirst: place % columns == 0, into: &svg)
    }
    let rows = (sweep.panels.count + columns - 1) / columns
    let bottom = top + Double(rows) * (Self.panel.height + Self.gap.y) - Self.gap.y
    var foot = FigureText(left: margin, width: width - 2 * margin)
    foot.y = bottom + 52
    for note in notes { foot.add(note, .init(size: 12, colour: .grey), into: &svg) }
    return svg.document(width: width, height: foot.y + 8, title: sweep.title, description: spoken)
  }

  // MARK: - Scales

  private var name: String { sweep.name(of: measure) }

  private func value(of cell: Sweep.Cell) -> Double? { measure == .metric ? cell.mean : cell.relativeMean }

  /// As many as tell the ticks apart.
  private var decimals: Int { top < 0.1 ? 4 : 2 }

  /// From zero to a round number above everything.
  private var top: Double {
    let largest = sweep.all.compactMap { value(of: $0.cell) }.max() ?? 1
    let steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
    let step = steps.first { 4 * $0 >= largest } ?? largest / 4
    return step * (largest / step).rounded(.up)
  }

  private var ticks: [Double] {
    let count = 4
    return (0...count).map { top * Double($0) / Double(count) }
  }

  private func x(_ value: Double, in box: Box) -> Double {
    let values = sweep.numbers.map(\.value)
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let inner = box.inset(by: 14)
    return high > low ? inner.x + inner.width * (value - low) / (high - low) : inner.midX
  }

  private func y(_ value: Double, in box: Box) -> Double { box.maxY - box.height * min(1, max(0, value / top)) }

  // MARK: - Drawing

  private func draw(_ panel: Sweep.Label, in box: Box, isFirst: Bool, into svg: inout SVG) {
    svg.text(panel.name, x: box.midX, y: box.y - 14, .init(size: 14, anchor: .middle))
    for tick in ticks {
      let y = y(tick, in: box)
      svg.line(from: (box.x, y), to: (box.maxX, y), stroke: .absent)
      if isFirst {
        svg.text(fixed(tick, decimals: decimals), x: box.x - 8, y: y, .init(size: 11, colour: .grey, anchor: .end))
      }
    }
    svg.rectangle(box, fill: nil, stroke: .rule)
    for number in sweep.numbers {
      svg.text(
        number.label, x: x(number.value, in: box), y: box.maxY + 13, .init(size: 11, colour: .grey, anchor: .middle))
    }
    svg.text(sweep.axes.number, x: box.midX, y: box.maxY + 30, .init(size: 11.5, colour: .grey, anchor: .middle))
    for (place, line) in sweep.series.enumerated() {
      draw(line.label, panel.label, Self.colours[place % Self.colours.count], in: box, into: &svg)
    }
  }

  private func draw(_ series: String, _ panel: String, _ colour: RGB, in box: Box, into svg: inout SVG) {
    var last: (x: Double, y: Double)?
    for number in sweep.numbers {
      guard let cell = sweep.cell(series: series, number: number.label, panel: panel) else { continue }
      let place = x(number.value, in: box)
      guard let value = value(of: cell) else {
        svg.text(
          cell.hasDiverged ? "\u{d7}" : "?", x: place, y: box.y + 8,
          .init(size: 14, colour: colour, anchor: .middle, isBold: true))
        last = nil
        continue
      }
      let point = (x: place, y: y(value, in: box))
      if let last { svg.line(from: last, to: point, stroke: colour, width: 2) }
      last = point
    }
    for number in sweep.numbers {
      guard let cell = sweep.cell(series: series, number: number.label, panel: panel), let value = value(of: cell)
      else { continue }
      drawPoint(at: (x(number.value, in: box), y(value, in: box)), colour, isFilled: cell.hasConverged, into: &svg)
    }
  }

  private func drawPoint(at point: (x: Double, y: Double), _ colour: RGB, isFilled: Bool, into svg: inout SVG) {
    let radius = 3.5
    svg.rectangle(
      Box(x: point.x - radius, y: point.y - radius, width: 2 * radius, height: 2 * radius),
      fill: isFilled ? colour : .white, stroke: colour, strokeWidth: 1.5, radius: radius)
  }

  private func drawKey(from left: Double, y: Double, into svg: inout SVG) {
    var x = left
    for (place, line) in sweep.series.enumerated() {
      let colour = Self.colours[place % Self.colours.count]
      svg.line(from: (x, y), to: (x + 22, y), stroke: colour, width: 2)
      drawPoint(at: (x + 11, y), colour, isFilled: true, into: &svg)
      svg.text(line.name, x: x + 29, y: y, .init(size: 12.5))
      x += 29 + SVG.width(of: line.name, size: 12.5) + 22
    }
  }

  private var notes: [String] {
    var notes = ["\(name): less is better; 1 is what who knows each patch's own mean would lose."]
    if !name.hasSuffix("own_mean") { notes = ["\(name): less is better."] }
    let cells = sweep.all.map(\.cell)
    let (points, others) = (cells.filter { value(of: $0) != nil }, cells.filter { value(of: $0) == nil })
    if points.contains(where: { !$0.hasConverged && $0.diverged == 0 }) {
      notes.append("Hollow points had not converged.")
    }
    if points.contains(where: { $0.diverged > 0 }) {
      notes.append("Where some seeds of a cell diverged, its hollow point is the mean of the others.")
    }
    if others.contains(where: \.hasDiverged) { notes.append("A cross is a training that diverged.") }
    if others.contains(where: { !$0.hasDiverged }) { notes.append("A question mark is n/a.") }
    return notes
  }

  private var spoken: String {
    let lines = sweep.panels.map { panel in
      let curves = sweep.series.map { line in
        let values = sweep.numbers.map { number in
          let cell = sweep.cell(series: line.label, number: number.label, panel: panel.label)
          return "\(number.label) \(fixed(cell.flatMap(value), decimals: decimals))"
        }
        return "\(line.name) \(values.joined(separator: ", "))"
      }
      return "\(panel.name): \(curves.joined(separator: "; "))"
    }
    return "\(name) by \(sweep.axes.number). \(lines.joined(separator: ". "))."
  }
}
