import Imaging

/// Detectors side by side on one window of a region: a row a detector, at left the maximum of some planes, at right one
/// plane, and on both what was found, false and missed.
struct OutcomeSheet {
  /// One detector.
  struct Row {
    /// `NeuN detector (its own)`.
    let title: String
    let outcome: RegionOutcome
  }

  /// The values of the window, and where it lies.
  let volume: Volume
  let window: PictureWindow
  /// Which voxels count.
  let area: EvaluationArea
  let rows: [Row]

  private static let gap = 10
  private static let line = 20
  /// Which percentiles of the window are black and white.
  static let percents = (low: 1.0, high: 99.7)

  /// Pixels a voxel.
  private var zoom: Int { max(1, 336 / max(volume.size.y, volume.size.x, 1)) }
  private var side: (width: Int, height: Int) { (volume.size.x * zoom, volume.size.y * zoom) }

  // MARK: -

  /// The bytes of a PNG file.
  func png() throws -> [UInt8] { try picture().png() }

  func picture() -> Picture {
    let head = 2 * Self.line + Self.gap
    let step = side.height + 2 * Self.line + Self.gap + 6
    var picture = Picture(
      width: max(3 * Self.gap + 2 * side.width, 360), height: head + rows.count * step + Self.gap, ground: .dark)
    writeLegend(&picture)
    let columns = [Self.gap, 2 * Self.gap + side.width]
    let planes = "planes \(window.box.lower.z)-\(window.box.upper.z - 1), maximum"
    for (x, words) in zip(columns, [planes, "plane \(window.plane)"]) {
      picture.write(words, at: x, Self.gap + Self.line, .faint, size: 2)
    }
    let limits = Percentiles.of(volume.values, at: [Self.percents.low, Self.percents.high])
    let images = [maximum, single].map { values in
      GreyImage(
        rows: volume.size.y, columns: volume.size.x, values: values, limits: (Float(limits[0]), Float(limits[1])))
    }
    for (place, row) in rows.enumerated() {
      let top = head + place * step
      let words = "F1 \(fixed(row.outcome.counts.scores.f1, decimals: 2)): \(row.outcome.words)"
      picture.write(row.title, at: Self.gap, top + 2, .light, size: 2)
      picture.write(words, at: Self.gap, top + 2 + Self.line, .light, size: 2)
      for (x, (image, isSingle)) in zip(columns, zip(images, [false, true])) {
        draw(image, row.outcome, at: x, top + 2 * Self.line, isSingle: isSingle, &picture)
      }
    }
    return picture
  }

  /// The marks of a view by kind, in voxels of the region: those of the window and of its planes, or of one plane.
  func marks(of outcome: RegionOutcome, isSingle: Bool) -> [(mark: OutcomeMark, points: [Point])] {
    [(.found, outcome.found), (.missed, outcome.missed), (.wrong, outcome.wrong)].map { mark, points in
      (
        mark,
        points.filter { point in
          let flat = Point(Float(window.box.lower.z), point.y, point.x)
          let isInside = isSingle ? PictureWindow.isNear(point, window.plane) : window.box.contains(point)
          return isInside && window.box.contains(flat)
        }
      )
    }
  }

  // MARK: - Parts

  private func writeLegend(_ picture: inout Picture) {
    var x = Self.gap
    for mark in OutcomeMark.allCases {
      picture.draw(mark, at: Float(x + 8), Float(Self.gap + 6))
      x = picture.write(mark.word, at: x + 22, Self.gap - 1, .light, size: 2) + 20
    }
  }

  private func draw(
    _ image: GreyImage, _ outcome: RegionOutcome, at left: Int, _ top: Int, isSingle: Bool, _ picture: inout Picture
  ) {
    picture.draw(image, at: left, top, width: side.width, height: side.height)
    shade(left, top, &picture)
    for (mark, points) in marks(of: outcome, isSingle: isSingle) {
      for point in points {
        let (y, x) = (point.y - Float(window.box.lower.y) + 0.5, point.x - Float(window.box.lower.x) + 0.5)
        picture.draw(mark, at: Float(left) + x * Float(zoom) - 0.5, Float(top) + y * Float(zoom) - 0.5)
      }
    }
    picture.frame(left, top, side.width, side.height, .faint)
    if let voxel = volume.voxelSize, !isSingle {
      picture.drawScaleBar(
        pixel: voxel.x / Double(zoom), above: top + side.height, right: left + side.width,
        share: 0.3 * Double(side.width) / Double(left + side.width))
    }
  }

  /// Darkens what does not count in the plane.
  private func shade(_ left: Int, _ top: Int, _ picture: inout Picture) {
    guard !area.ignore.isEmpty || area.border > 0 else { return }
    for y in 0..<side.height {
      for x in 0..<side.width {
        let point = Point(
          Float(window.plane), Float(window.box.lower.y + y / zoom), Float(window.box.lower.x + x / zoom))
        if !area.contains(point), (x + y) % 4 < 2 { picture.mix(left + x, top + y, .dark, 0.6) }
      }
    }
  }

  /// The largest value of each column of voxels.
  private var maximum: [Float] {
    let count = volume.size.y * volume.size.x
    return (0..<count).map { place in
      (0..<volume.size.z).reduce(-Float.infinity) { max($0, volume.values[$1 * count + place]) }
    }
  }

  private var single: [Float] {
    let count = volume.size.y * volume.size.x
    let start = (window.plane - window.box.lower.z) * count
    return Array(volume.values[start..<start + count])
  }
}

extension RegionOutcome {
  /// `210 found, 33 false, 41 missed`.
  var words: String { "\(found.count) found, \(wrong.count) false, \(missed.count) missed" }
}
