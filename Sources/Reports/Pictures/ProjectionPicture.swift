import Imaging

/// A maximum projection as a picture, with a caption and, where the voxel size is known, a scale bar.
public struct ProjectionPicture {
  /// The projection, row by row.
  public var values: [Float]
  /// How many rows and columns it has.
  public var rows: Int, columns: Int
  /// µm from row to row and from column to column; nil when unknown, then pixels are square.
  public var spacing: (row: Double, column: Double)?
  /// Which percentiles are shown black and white.
  public var percents = (low: 1.0, high: 99.8)
  /// Pixels of the picture a column; nil for what makes the picture about 900 pixels large.
  public var scale: Int?
  /// What is written under it; empty for no caption and no scale bar.
  public var caption = ""

  /// A projection of a shape.
  public init(rows: Int, columns: Int, values: [Float], spacing: (row: Double, column: Double)?) {
    (self.rows, self.columns, self.values, self.spacing) = (rows, columns, values, spacing)
  }

  /// The bytes of a PNG file, and the values that are black and white in it.
  public func png() throws -> (bytes: [UInt8], black: Double, white: Double) {
    let limits = Percentiles.of(values, at: [percents.low, percents.high])
    let image = GreyImage(
      rows: rows, columns: columns, values: values, limits: (Float(limits[0]), Float(limits[1])))
    let (width, height) = size
    let text = caption.isEmpty ? 0 : Self.textHeight
    let textWidth = caption.isEmpty ? 0 : Glyphs.width(of: caption) * 2 + 12
    var picture = Picture(width: max(width, textWidth), height: height + text, ground: .dark)
    picture.draw(image, at: 0, 0, width: width, height: height)
    if !caption.isEmpty {
      picture.write(caption, at: 6, height + 7, .light, size: 2)
      if let spacing {
        picture.drawScaleBar(pixel: spacing.column * Double(columns) / Double(width), above: height, right: width)
      }
    }
    return (try picture.png(), limits[0], limits[1])
  }

  private static let textHeight = 28

  /// In pixels of the picture: square in µm.
  private var size: (width: Int, height: Int) {
    let aspect = spacing.map { $0.row / $0.column } ?? 1
    let longest = max(Double(columns), Double(rows) * aspect)
    let factor = scale ?? max(1, min(8, Int(900 / longest)))
    return (columns * factor, max(1, Int((Double(rows) * aspect * Double(factor)).rounded())))
  }
}

extension Picture {
  /// A bar of a round length in the lower right corner of an image, and its length.
  ///
  /// - Parameters:
  ///   - pixel: µm a pixel of the picture.
  ///   - bottom: The row below the image.
  ///   - right: The column behind it; nil for the width of the picture.
  mutating func drawScaleBar(pixel: Double, above bottom: Int, right: Int? = nil, share: Double = 0.2) {
    let right = right ?? width
    let most = pixel * Double(right) * share
    guard most > 0, most.isFinite else { return }
    var length = 1.0
    while length * 10 <= most { length *= 10 }
    while length > most { length /= 10 }
    length *= length * 5 <= most ? 5 : length * 2 <= most ? 2 : 1
    let bar = max(2, Int((length / pixel).rounded()))
    let text = length >= 1 ? "\(Int(length)) um" : "\(length) um"
    let size = 2
    let textWidth = Glyphs.width(of: text) * size
    let left = right - 10 - max(bar, textWidth)
    // On a ground of its own, or it is lost on bright tissue.
    fill(left - 5, bottom - 37, max(bar, textWidth) + 10, 31, .dark)
    write(text, at: left + (max(bar, textWidth) - textWidth) / 2, bottom - 32, .light, size: size)
    fill(left + (max(bar, textWidth) - bar) / 2, bottom - 13, bar, 4, .light)
  }
}

extension RGB {
  /// The ground of pictures of volumes, and what is written on it.
  static let dark = RGB(0x12141a)
  static let light = RGB(0xe8eaf0)
  static let faint = RGB(0x8b93a5)
  /// Centres: seen on black, grey and white, and by people who do not tell red from green.
  static let mark = RGB(0xffb000)
  static let secondMark = RGB(0x3fa7ff)
}
