import Artifacts
import Imaging

/// Crops side by side: a column a crop, above as it is, in the middle what a model sees, below what it makes of it.
struct ReconstructionSheet {
  let crops: [Reconstruction]
  /// What stands above each column.
  let names: [String]
  let voxelSize: VoxelSize?

  private static let gap = 8
  /// What masked patches are filled with: no tissue has a colour.
  static let mask = RGB(0x2f4f7f)

  /// Pixels a voxel, so that three columns are readable and six fit.
  private var zoom: Int { max(1, 128 / max(crops[0].size.y, crops[0].size.x, 1)) }
  private var side: (width: Int, height: Int) { (crops[0].size.x * zoom, crops[0].size.y * zoom) }

  /// The bytes of a PNG file.
  ///
  /// - Precondition: There is a crop; all are of one size, each has a name.
  func png() throws -> [UInt8] { try picture().png() }

  func picture() -> Picture {
    precondition(!crops.isEmpty && crops.count == names.count, "reconstructions: \(names.count) names")
    let left = Self.gap + Glyphs.width(of: "masked") * 2 + Self.gap
    var picture = Picture(
      width: left + crops.count * (side.width + Self.gap), height: 26 + 3 * (side.height + Self.gap), ground: .dark)
    for (row, word) in ["input", "masked", "output"].enumerated() {
      let top = 26 + row * (side.height + Self.gap)
      picture.write(word, at: Self.gap, top + side.height / 2 - 7, .light, size: 2)
      for (column, crop) in crops.enumerated() {
        draw(crop, row: row, at: left + column * (side.width + Self.gap), top, &picture)
      }
    }
    for (column, name) in names.enumerated() {
      let fitting = String(name.prefix(side.width / (2 * Glyphs.advance)))
      picture.write(fitting, at: left + column * (side.width + Self.gap), 6, .faint, size: 2)
    }
    if let voxelSize {
      let right = left + side.width
      picture.drawScaleBar(
        pixel: voxelSize.x / Double(zoom), above: 26 + side.height, right: right,
        share: 0.5 * Double(side.width) / Double(right))
    }
    return picture
  }

  /// The central plane of a crop, of its input, with its masked patches hidden, or of its output.
  private func draw(_ crop: Reconstruction, row: Int, at left: Int, _ top: Int, _ picture: inout Picture) {
    let count = crop.size.y * crop.size.x
    let plane = crop.size.z / 2 * count
    let limits = Percentiles.of(crop.input, at: [1, 99.7])
    let values = row == 2 ? crop.output : crop.input
    let image = GreyImage(
      rows: crop.size.y, columns: crop.size.x, values: Array(values[plane..<plane + count]),
      limits: (Float(limits[0]), Float(limits[1])))
    picture.draw(image, at: left, top, width: side.width, height: side.height)
    guard row == 1 else { return }
    for place in 0..<count where crop.isMasked[plane + place] {
      picture.fill(left + place % crop.size.x * zoom, top + place / crop.size.x * zoom, zoom, zoom, Self.mask)
    }
  }
}
