import ArrayStores

/// A picture of pixels on its way into a PNG file.
struct Picture {
  let width: Int
  let height: Int
  /// Red, green and blue of each pixel, row by row.
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int, ground: RGB) {
    (self.width, self.height) = (max(1, width), max(1, height))
    pixels = (0..<self.width * self.height).flatMap { _ in [ground.red, ground.green, ground.blue] }
  }

  /// The bytes of a PNG file.
  func png() throws -> [UInt8] { try PNG.encoded(width: width, height: height, pixels: pixels) }

  // MARK: - Drawing; what lies outside of the picture is left out

  /// Mixes a colour into a pixel: `share` 1 replaces it.
  mutating func mix(_ x: Int, _ y: Int, _ colour: RGB, _ share: Float = 1) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    let place = (y * width + x) * 3
    for (channel, value) in [colour.red, colour.green, colour.blue].enumerated() {
      let mixed = Float(pixels[place + channel]) * (1 - share) + Float(value) * share
      pixels[place + channel] = UInt8(max(0, min(255, mixed.rounded())))
    }
  }

  /// A filled rectangle.
  mutating func fill(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: RGB) {
    for row in y..<y + max(0, height) {
      for column in x..<x + max(0, width) { mix(column, row, colour) }
    }
  }

  /// A frame just outside of a rectangle.
  mutating func frame(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: RGB) {
    fill(x - 1, y - 1, width + 2, 1, colour)
    fill(x - 1, y + height, width + 2, 1, colour)
    fill(x - 1, y - 1, 1, height + 2, colour)
    fill(x + width, y - 1, 1, height + 2, colour)
  }

  /// A grey image in a rectangle: its pixels repeated, or the brightest of those that fall together.
  mutating func draw(_ image: GreyImage, at x: Int, _ y: Int, width: Int, height: Int) {
    guard width > 0, height > 0, image.rows > 0, image.columns > 0 else { return }
    for row in 0..<height {
      let firstRow = row * image.rows / height
      let endRow = max(firstRow + 1, (row + 1) * image.rows / height)
      for column in 0..<width {
        let first = column * image.columns / width
        let end = max(first + 1, (column + 1) * image.columns / width)
        var level: UInt8 = 0
        for line in firstRow..<endRow {
          for place in first..<end { level = max(level, image.levels[line * image.columns + place]) }
        }
        mix(x + column, y + row, RGB(UInt32(level) * 0x01_0101))
      }
    }
  }

  /// A circle of a line, smooth at its edges, which hides nothing inside.
  mutating func ring(_ x: Float, _ y: Float, radius: Float, _ colour: RGB, thickness: Float = 1.2, share: Float = 1) {
    let reach = Int(radius + thickness) + 1
    let (left, top) = (Int(x.rounded()), Int(y.rounded()))
    for row in top - reach...top + reach {
      for column in left - reach...left + reach {
        let (dx, dy) = (Float(column) - x, Float(row) - y)
        let distance = ((dx * dx + dy * dy).squareRoot() - radius).magnitude
        let cover = min(1, max(0, thickness / 2 + 0.5 - distance))
        if cover > 0 { mix(column, row, colour, cover * share) }
      }
    }
  }

  /// A line of text, its upper left corner at a place; returns the place behind it.
  @discardableResult
  mutating func write(_ text: String, at x: Int, _ y: Int, _ colour: RGB, size: Int = 1) -> Int {
    var left = x
    for character in text {
      let glyph = Glyphs.columns(of: character)
      for (column, bits) in glyph.enumerated() {
        for row in 0..<8 where bits >> UInt8(row) & 1 == 1 {
          fill(left + column * size, y + row * size, size, size, colour)
        }
      }
      left += Glyphs.advance * size
    }
    return left
  }
}

/// Values as levels from black to white.
struct GreyImage {
  let rows: Int
  let columns: Int
  let levels: [UInt8]

  /// - Parameter limits: What is shown black and white; values beyond are cut.
  init(rows: Int, columns: Int, values: [Float], limits: (low: Float, high: Float)) {
    (self.rows, self.columns) = (rows, columns)
    let span = max(limits.high - limits.low, .leastNormalMagnitude)
    levels = values.map { UInt8(max(0, min(1, ($0 - limits.low) / span)) * 255) }
  }
}
