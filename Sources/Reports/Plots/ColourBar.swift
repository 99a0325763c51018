/// The key of a colour scale: a bar from low (below) to high (above) with ticks and a name.
struct ColourBar {
  let scale: ColourScale
  let name: String
  /// Decimals of the ticks.
  var decimals = 2
  /// The bar itself; ticks and name stand to its right.
  let box: Box

  /// How wide the bar is, in pixels.
  static let width = 14.0
  /// The room that ticks and name take to the right of the bar, in pixels.
  static let margin = 58.0

  func draw(into svg: inout SVG) {
    let steps = 64
    let height = box.height / Double(steps)
    let length = scale.range.upperBound - scale.range.lowerBound
    for step in 0..<steps {
      let value = scale.range.lowerBound + length * (Double(step) + 0.5) / Double(steps)
      // Each step reaches under the next, or renderers show seams.
      let overlap = step == 0 ? 0 : 0.6
      let strip = Box(
        x: box.x, y: box.maxY - height * Double(step + 1), width: box.width, height: height + overlap)
      svg.rectangle(strip, fill: scale.colour(of: value))
    }
    let intervals = box.height < 90 ? 2 : 4
    for tick in 0...intervals {
      let share = Double(tick) / Double(intervals)
      let y = box.maxY - box.height * share
      svg.line(from: (box.maxX, y), to: (box.maxX + 4, y), stroke: .grey)
      let value = scale.range.lowerBound + length * share
      svg.text(fixed(value, decimals: decimals), x: box.maxX + 8, y: y, .init(size: 11, colour: .grey))
    }
    svg.text(
      name, x: box.maxX + 48, y: box.midY,
      .init(size: 12.5, colour: .grey, anchor: .middle, isUpright: true))
  }
}
