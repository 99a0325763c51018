/// Small multiples of lines: a panel a thing, a line a series, below each panel what its lines are and their numbers.
///
/// Two columns make a figure that can still be read on a phone; many small panels take four.
struct LinePanels {
  /// What lies along one side of a panel.
  struct Axis {
    var name: String
    var range: ClosedRange<Double>
    /// Where there is a rule with a number.
    var ticks: [Double]
    var decimals = 1
    /// Whether each tenfold is as long; ticks are then powers of ten.
    var isLogarithmic = false

    /// A probability or a score.
    static func unit(_ name: String) -> Axis { Axis(name: name, range: 0...1, ticks: [0, 0.5, 1]) }
  }

  /// One series in a panel.
  struct Line {
    var name: String
    /// What stands behind the name: `AP 0.81`.
    var number = ""
    var style: LineStyle
    var points: [(x: Double, y: Double)]
    /// Places that are marked by a ring: the threshold in use.
    var rings: [(x: Double, y: Double)] = []
    /// Whether each point is drawn as a dot.
    var hasDots = false
    /// Whether it stands in the key; of several lines of one name the first does.
    var isNamed = true
    /// Whether the line is the panel's own, which is set in bold.
    var isOwn = false
  }

  /// One panel.
  struct Panel {
    var title: String
    var x: Axis
    var y: Axis
    var lines: [Line]
    /// A dotted line that lines are compared with.
    var reference: [(x: Double, y: Double)] = []
  }

  var title: String
  /// Below the title, and below the panels.
  var subtitle: String
  var notes: [String]
  var panels: [Panel]
  /// For those who cannot see it.
  var description: String
  /// Whether every panel has its own key; else the lines of the first are explained once, below the title.
  var hasOwnKeys = true

  // MARK: -

  private static let margin = 20.0
  private static let line = 15.0
  /// Room for the numbers and the name of an upright axis.
  private static let left = 48.0

  private var isSmall: Bool { panels.count > 12 }
  private var columns: Int { isSmall ? 4 : 2 }
  private var size: (width: Double, height: Double) { isSmall ? (116, 84) : (212, 170) }
  private var keyLines: Int { hasOwnKeys ? (panels.map { $0.lines.count(where: \.isNamed) }.max() ?? 0) : 0 }

  /// The figure as an SVG file.
  ///
  /// - Precondition: There is a panel.
  func svg() -> String {
    precondition(!panels.isEmpty, "line panels: '\(title)' has nothing to draw")
    var svg = SVG()
    let step = (x: Self.left + size.width + (isSmall ? 6 : 16), y: size.height + 66 + Double(keyLines) * Self.line)
    let width = Self.margin + Double(columns) * step.x + 4
    var text = FigureText(left: Self.margin, width: width - 2 * Self.margin)
    text.y = 30
    text.add(title, .init(size: 16, isBold: true), into: &svg)
    if !subtitle.isEmpty { text.add(subtitle, .init(size: 12.5, colour: .grey), into: &svg) }
    if !hasOwnKeys { drawKey(&text, into: &svg) }
    let top = text.y + 22
    for (place, panel) in panels.enumerated() {
      draw(
        panel,
        in: Box(
          x: Self.margin + Double(place % columns) * step.x + Self.left - 12,
          y: top + Double(place / columns) * step.y, width: size.width, height: size.height), into: &svg)
    }
    let rows = (panels.count + columns - 1) / columns
    text.y = top + Double(rows) * step.y - 14
    for note in notes { text.add(note, .init(size: 12, colour: .grey), into: &svg) }
    return svg.document(width: width, height: text.y + 6, title: title, description: description)
  }

  // MARK: - Parts

  private func draw(_ panel: Panel, in box: Box, into svg: inout SVG) {
    let small = isSmall ? 10.0 : 11.5
    svg.text(
      Self.cut(panel.title, to: box.width + 30, size: small + 1.5), x: box.x, y: box.y - 11,
      .init(size: small + 1.5, isBold: true))
    for tick in panel.x.ticks {
      let x = Self.x(tick, panel.x, box)
      svg.line(from: (x, box.y), to: (x, box.maxY), stroke: .absent)
      svg.text(
        panel.x.text(tick), x: x, y: box.maxY + 10, .init(size: small - 1, colour: .grey, anchor: .middle))
    }
    for tick in panel.y.ticks {
      let y = Self.y(tick, panel.y, box)
      svg.line(from: (box.x, y), to: (box.maxX, y), stroke: .absent)
      svg.text(panel.y.text(tick), x: box.x - 5, y: y, .init(size: small - 1, colour: .grey, anchor: .end))
    }
    svg.rectangle(box, fill: nil, stroke: .rule)
    svg.polyline(panel.reference.map { Self.place($0, panel, box) }, stroke: .grey, width: 1, dashes: "1.5 2.5")
    // The panel's own comes last, on top.
    for line in panel.lines.filter({ !$0.isOwn }) + panel.lines.filter(\.isOwn) {
      draw(line, panel, box, into: &svg)
    }
    svg.text(panel.x.name, x: box.midX, y: box.maxY + 25, .init(size: small, colour: .grey, anchor: .middle))
    // Left of the longest number, which may stand in the middle as well.
    let longest = panel.y.ticks.map { SVG.width(of: panel.y.text($0), size: small - 1) }.max() ?? 0
    svg.text(
      panel.y.name, x: box.x - max(33, longest + 9), y: box.midY,
      .init(size: small, colour: .grey, anchor: .middle, isUpright: true))
    guard hasOwnKeys else { return }
    for (place, line) in panel.lines.filter(\.isNamed).enumerated() {
      let y = box.maxY + 42 + Double(place) * Self.line
      Self.drawSample(line, x: box.x, y: y, into: &svg)
      let style = SVG.TextStyle(size: small, isBold: line.isOwn)
      let room = box.width - 30 - SVG.width(of: line.number, size: small, isBold: line.isOwn) - 6
      svg.text(Self.cut(line.name, to: room, size: small), x: box.x + 30, y: y, style)
      var number = style
      number.anchor = .end
      svg.text(line.number, x: box.maxX, y: y, number)
    }
  }

  private func draw(_ line: Line, _ panel: Panel, _ box: Box, into svg: inout SVG) {
    let points = line.points.map { Self.place($0, panel, box) }
    let width = line.isOwn ? line.style.width + 0.8 : line.style.width
    svg.polyline(points, stroke: line.style.colour, width: width, dashes: line.style.dashes)
    if line.hasDots { for point in points { svg.circle(point, radius: 2.2, fill: line.style.colour) } }
    for ring in line.rings {
      svg.circle(Self.place(ring, panel, box), radius: 4, fill: .white, stroke: line.style.colour, strokeWidth: 2)
    }
  }

  private func drawKey(_ text: inout FigureText, into svg: inout SVG) {
    var x = Self.margin
    for line in panels[0].lines {
      Self.drawSample(line, x: x, y: text.y, into: &svg)
      svg.text(line.name, x: x + 30, y: text.y, .init(size: 12.5))
      x += 30 + SVG.width(of: line.name, size: 12.5) + 20
    }
    text.y += 14
  }

  private static func drawSample(_ line: Line, x: Double, y: Double, into svg: inout SVG) {
    svg.polyline([(x: x, y: y), (x: x + 24, y: y)], stroke: line.style.colour, width: 2.2, dashes: line.style.dashes)
    if line.hasDots { svg.circle((x + 12, y), radius: 2.2, fill: line.style.colour) }
  }

  /// A text that fits, its end replaced where it does not.
  private static func cut(_ text: String, to width: Double, size: Double) -> String {
    guard SVG.width(of: text, size: size) > width else { return text }
    return String(text.prefix(max(1, Int(width / (size * 0.57)) - 1))) + "\u{2026}"
  }

  // MARK: - Places

  private static func place(_ point: (x: Double, y: Double), _ panel: Panel, _ box: Box) -> (x: Double, y: Double) {
    (x: x(point.x, panel.x, box), y: y(point.y, panel.y, box))
  }

  private static func x(_ value: Double, _ axis: Axis, _ box: Box) -> Double { box.x + box.width * axis.share(value) }
  private static func y(_ value: Double, _ axis: Axis, _ box: Box) -> Double {
    box.maxY - box.height * axis.share(value)
  }
}
