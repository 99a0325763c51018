/// A drawing in the making: elements in the order they are drawn, coordinates in pixels from the top left.
///
/// Uses no identifiers, style sheets or outside fonts, so that several drawings fit into one page, and writes the
/// same bytes everywhere.
struct SVG {
  /// How a piece of text looks.
  struct TextStyle {
    enum Anchor: String { case start, middle, end }
    var size = 13.0
    var colour = RGB.ink
    var anchor = Anchor.start
    var isBold = false
    var isItalic = false
    /// Reads from bottom to top.
    var isUpright = false
  }

  private var elements: [String] = []

  mutating func rectangle(_ box: Box, fill: RGB?, stroke: RGB? = nil, strokeWidth: Double = 1, radius: Double = 0) {
    var attributes = "x=\"\(px(box.x))\" y=\"\(px(box.y))\" width=\"\(px(box.width))\" height=\"\(px(box.height))\""
    if radius > 0 { attributes += " rx=\"\(px(radius))\"" }
    attributes += " fill=\"\(fill?.hex ?? "none")\""
    if let stroke { attributes += " stroke=\"\(stroke.hex)\" stroke-width=\"\(px(strokeWidth))\"" }
    elements.append("<rect \(attributes)/>")
  }

  mutating func line(from: (x: Double, y: Double), to: (x: Double, y: Double), stroke: RGB, width: Double = 1) {
    elements.append(
      "<line x1=\"\(px(from.x))\" y1=\"\(px(from.y))\" x2=\"\(px(to.x))\" y2=\"\(px(to.y))\" "
        + "stroke=\"\(stroke.hex)\" stroke-width=\"\(px(width))\"/>")
  }

  mutating func circle(
    _ centre: (x: Double, y: Double), radius: Double, fill: RGB?, stroke: RGB? = nil, strokeWidth: Double = 1
  ) {
    var attributes = "cx=\"\(px(centre.x))\" cy=\"\(px(centre.y))\" r=\"\(px(radius))\" fill=\"\(fill?.hex ?? "none")\""
    if let stroke { attributes += " stroke=\"\(stroke.hex)\" stroke-width=\"\(px(strokeWidth))\"" }
    elements.append("<circle \(attributes)/>")
  }

  /// Draws a line through points; a single one as a dot.
  ///
  /// - Parameter dashes: Lengths of dashes and gaps: `5 3`.
  mutating func polyline(
    _ points: [(x: Double, y: Double)], stroke: RGB, width: Double = 1.5, dashes: String? = nil
  ) {
    if points.count == 1 { circle(points[0], radius: width, fill: stroke) }
    guard points.count > 1 else { return }
    let list = points.map { "\(px($0.x)),\(px($0.y))" }.joined(separator: " ")
    let pattern = dashes.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    elements.append(
      "<polyline points=\"\(list)\" fill=\"none\" stroke=\"\(stroke.hex)\" stroke-width=\"\(px(width))\" "
        + "stroke-linejoin=\"round\"\(pattern)/>")
  }

  /// Draws text whose middle line, about half the height of capitals, lies at `y`.
  mutating func text(_ string: String, x: Double, y: Double, _ style: TextStyle) {
    // Shifted by hand: renderers disagree about `dominant-baseline`.
    let shift = 0.355 * style.size
    var attributes = "x=\"\(px(style.isUpright ? x + shift : x))\" y=\"\(px(style.isUpright ? y : y + shift))\""
    attributes += " font-size=\"\(px(style.size))\" fill=\"\(style.colour.hex)\""
    if style.anchor != .start { attributes += " text-anchor=\"\(style.anchor.rawValue)\"" }
    if style.isBold { attributes += " font-weight=\"700\"" }
    if style.isItalic { attributes += " font-style=\"italic\"" }
    if style.isUpright { attributes += " transform=\"rotate(-90 \(px(x + shift)) \(px(y)))\"" }
    elements.append("<text \(attributes)>\(Markup.escaped(string))</text>")
  }

  /// The whole file.
  ///
  /// - Parameters:
  ///   - title: A short name of the drawing, for readers who cannot see it.
  ///   - description: What it shows, for the same readers.
  func document(width: Double, height: Double, title: String, description: String) -> String {
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(px(width))" height="\(px(height))" \
      viewBox="0 0 \(px(width)) \(px(height))" role="img" \
      font-family="Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif">
      <title>\(Markup.escaped(title))</title>
      <desc>\(Markup.escaped(description))</desc>
      <rect width="\(px(width))" height="\(px(height))" fill="#ffffff"/>

      """
    return head + elements.map { $0 + "\n" }.joined() + "</svg>\n"
  }

  /// About how wide a text is set, in pixels; renderers bring their own fonts, so leave room.
  static func width(of text: String, size: Double, isBold: Bool = false) -> Double {
    Double(text.count) * size * (isBold ? 0.62 : 0.57)
  }

  /// Breaks text into lines that fit into a width, at spaces.
  static func wrapped(_ text: String, size: Double, into available: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      if let last = lines.last, width(of: last + " " + word, size: size) <= available {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(word)
      }
    }
    return lines
  }
}

/// A rectangle in a drawing, in pixels.
struct Box {
  var x: Double
  var y: Double
  var width: Double
  var height: Double

  var midX: Double { x + width / 2 }
  var midY: Double { y + height / 2 }
  var maxX: Double { x + width }
  var maxY: Double { y + height }

  /// The box with each side moved inwards; outwards for a negative amount.
  func inset(by amount: Double) -> Box {
    Box(x: x + amount, y: y + amount, width: width - 2 * amount, height: height - 2 * amount)
  }
}

/// A coordinate in pixels.
private func px(_ value: Double) -> String { trimmed(value, decimals: 2) }
