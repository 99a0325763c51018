public import Artifacts
import Imaging

/// A region and its cell centres on one picture, to see at a glance that axes, base and unit were read right.
///
/// Three projections with every centre, three windows of single slices with the centres in them, and the mean of what
/// surrounds the centres: a bright spot in the middle of it, where they were read right.
public struct RegionPreview {
  private let region: AnnotatedRegion
  private let volume: Volume
  private let limits: (low: Float, high: Float)
  private let reading: Reading

  /// How well centres lie on bright voxels.
  public struct Reading: Sendable {
    /// The mean contrast at the centres, as they were read.
    public let told: Double
    /// The best of all other ways to read them, in words, and its contrast.
    public let other: (words: String, contrast: Double)?
    /// Whether that one is clearly better.
    public let isOtherBetter: Bool
  }

  /// - Throws: `TaskFailure` for an image that is no volume.
  public init(of region: AnnotatedRegion) throws {
    self.region = region
    volume = try region.volume()
    let most = Projection(volume, along: 0)
    let percentiles = Percentiles.of(most.values, at: [1, 99.7])
    let low = Percentiles.of(volume.values, at: [2])[0]
    limits = (Float(min(low, percentiles[0])), Float(percentiles[1]))
    let readings = AxisReading.readings(of: region.centres, in: volume)
    let told = readings.first(where: \.isIdentity)?.fit ?? 0
    let other = readings.first { !$0.isIdentity }.map { (words: $0.name, contrast: $0.fit) }
    reading = Reading(
      told: told, other: other, isOtherBetter: AxisReading.better(for: region.centres, in: volume) != nil)
  }

  /// How well the centres fit.
  public var fit: Reading { reading }

  // MARK: -

  private static let gap = 14
  private static let label = 22
  /// Along each side of the windows and of the mean, in voxels.
  private static let window = 96
  private static let around = 21
  /// Along each side of the picture of a mean, in pixels.
  private static let mean = 21 * 6

  /// The bytes of a PNG file.
  public func png() throws -> [UInt8] {
    let longest = Double(max(volume.size.x, volume.size.y, 1))
    let scale = longest <= 600 ? Double(Int(600 / longest)) : 600 / longest
    let (width, height) = (Int(Double(volume.size.x) * scale), Int(Double(volume.size.y) * scale))
    // Deep volumes of thick slices would leave no room for the rest.
    let aspect = volume.voxelSize.map { $0.z / $0.x } ?? 1
    let depth = max(2 * Self.mean + Self.gap, min(Int(Double(volume.size.z) * aspect * scale), 300))
    let window = min(Self.window, volume.size.x, volume.size.y)
    let zoom = max(1, 288 / max(window, 1))
    let top = Self.gap + 4 * Self.label
    let below = top + height + Self.label + Self.gap
    let lower = below + depth + Self.gap + Self.label
    var picture = Picture(
      width: max(2 * Self.gap + max(width + Self.gap + depth, 3 * window * zoom + 2 * Self.gap), 900),
      height: lower + window * zoom + Self.gap, ground: .dark)
    writeHead(&picture)
    drawProjections(&picture, top, (width, height, depth))
    drawMeans(&picture, Self.gap + width + Self.gap, below)
    for (place, slice) in slices.enumerated() {
      draw(slice, &picture, Self.gap + place * (window * zoom + Self.gap), lower, window, zoom)
    }
    return try picture.png()
  }

  private func writeHead(_ picture: inout Picture) {
    let size = volume.voxelSize.map { ", voxels of \($0.product) um" }
    let words = "\(region.id): \(volume.size) voxels (z, y, x)\(size ?? ", voxel size unknown")"
    picture.write(words, at: Self.gap, 10, .light, size: 2)
    let count = "\(region.centres.count) centres, mean contrast \(trimmed(reading.told))"
    picture.write(count, at: Self.gap, 10 + Self.label, .mark, size: 2)
    guard let other = reading.other else { return }
    let verdict = reading.isOtherBetter ? "READ OTHERWISE IT FITS BETTER" : "next best"
    picture.write(
      "\(verdict): \(other.words): \(trimmed(other.contrast))", at: Self.gap, 10 + 2 * Self.label,
      reading.isOtherBetter ? .secondMark : .faint, size: 2)
  }

  /// Seen along z, beside it along x, and below it along y.
  private func drawProjections(
    _ picture: inout Picture, _ top: Int, _ size: (width: Int, height: Int, depth: Int)
  ) {
    let (left, right, below) = (Self.gap, Self.gap + size.width + Self.gap, top + size.height + Self.label + Self.gap)
    picture.write("along z (x to the right, y down)", at: left, top - Self.label + 4, .faint, size: 2)
    picture.write("along x (z right)", at: right, top - Self.label + 4, .faint, size: 2)
    picture.write("along y (z down)", at: left, below - Self.label + 4, .faint, size: 2)
    let scale = Float(size.width) / Float(volume.size.x)
    let deep = Float(size.depth) / Float(volume.size.z)
    picture.draw(image(along: 0, turned: false), at: left, top, width: size.width, height: size.height)
    picture.draw(image(along: 2, turned: true), at: right, top, width: size.depth, height: size.height)
    picture.draw(image(along: 1, turned: false), at: left, below, width: size.width, height: size.depth)
    for centre in region.centres {
      let (x, y, z) = ((centre.x + 0.5) * scale, (centre.y + 0.5) * scale, (centre.z + 0.5) * deep)
      let radius = max(4, 3 * scale)
      picture.ring(Float(left) + x, Float(top) + y, radius: radius, .mark, share: 0.65)
      picture.ring(Float(right) + z, Float(top) + y, radius: 3, .mark, share: 0.5)
      picture.ring(Float(left) + x, Float(below) + z, radius: 3, .mark, share: 0.5)
    }
    picture.frame(left, top, size.width, size.height, .faint)
    picture.frame(right, top, size.depth, size.height, .faint)
    picture.frame(left, below, size.width, size.depth, .faint)
    if let voxel = volume.voxelSize {
      picture.drawScaleBar(
        pixel: voxel.x / Double(scale), above: top + size.height, right: left + size.width, share: 0.25)
    }
  }

  private func image(along axis: Int, turned: Bool) -> GreyImage {
    let projection = Projection(volume, along: axis)
    let shown = turned ? projection.turned : projection
    return GreyImage(rows: shown.rows, columns: shown.columns, values: shown.values, limits: limits)
  }

  // MARK: - Slices

  /// The three slices and windows with the most centres, far from one another.
  private var slices: [(z: Int, y: Int, x: Int)] {
    let window = min(Self.window, volume.size.x, volume.size.y)
    let thirds = (0..<3).map { ($0 * volume.size.z / 3, max($0 * volume.size.z / 3 + 1, ($0 + 1) * volume.size.z / 3)) }
    return thirds.map { first, end in
      let inside = region.centres.filter { Int($0.z.rounded()) >= first && Int($0.z.rounded()) < end }
      let middle = Point(Float(first + end - 1) / 2, Float(volume.size.y) / 2, Float(volume.size.x) / 2)
      func neighbours(_ centre: Point) -> Int {
        inside.count {
          ($0.z - centre.z).magnitude <= 1 && ($0.y - centre.y).magnitude <= Float(window) / 2
            && ($0.x - centre.x).magnitude <= Float(window) / 2
        }
      }
      // At most some hundred are tried, spread over all.
      let tried = stride(from: 0, to: inside.count, by: max(1, inside.count / 200)).map { inside[$0] }
      let best = tried.max { neighbours($0) < neighbours($1) } ?? middle
      func start(_ centre: Float, _ extent: Int) -> Int { max(0, min(extent - window, Int(centre) - window / 2)) }
      return (
        min(max(0, Int(best.z.rounded())), volume.size.z - 1), start(best.y, volume.size.y),
        start(best.x, volume.size.x)
      )
    }
  }

  private func draw(
    _ slice: (z: Int, y: Int, x: Int), _ picture: inout Picture, _ left: Int, _ top: Int, _ window: Int, _ zoom: Int
  ) {
    var values: [Float] = []
    for y in slice.y..<slice.y + window {
      for x in slice.x..<slice.x + window { values.append(volume[slice.z, y, x]) }
    }
    let cut = Percentiles.of(values, at: [1, 99.7])
    let image = GreyImage(rows: window, columns: window, values: values, limits: (Float(cut[0]), Float(cut[1])))
    picture.write("z \(slice.z), from y \(slice.y), x \(slice.x)", at: left, top - Self.label + 4, .faint, size: 2)
    picture.draw(image, at: left, top, width: window * zoom, height: window * zoom)
    for centre in region.centres {
      let distance = (centre.z - Float(slice.z)).magnitude
      let (y, x) = (centre.y - Float(slice.y) + 0.5, centre.x - Float(slice.x) + 0.5)
      guard distance <= 1.5, (0..<Float(window)).contains(y), (0..<Float(window)).contains(x) else { continue }
      picture.ring(
        Float(left) + x * Float(zoom), Float(top) + y * Float(zoom), radius: 4.5 * Float(zoom),
        distance <= 0.5 ? .mark : .secondMark, thickness: 1.6, share: distance <= 0.5 ? 1 : 0.6)
    }
    picture.frame(left, top, window * zoom, window * zoom, .faint)
  }

  // MARK: - The mean around centres

  private func drawMeans(_ picture: inout Picture, _ left: Int, _ top: Int) {
    let side = Self.mean
    for (place, (name, isFlat)) in [("mean y x", true), ("mean z x", false)].enumerated() {
      let x = left + place * (side + Self.gap)
      picture.write(name, at: x, top - Self.label + 4, .faint, size: 2)
      let values = mean(isFlat: isFlat)
      let image = GreyImage(
        rows: Self.around, columns: Self.around, values: values, limits: (values.min() ?? 0, values.max() ?? 1))
      picture.draw(image, at: x, top, width: side, height: side)
      // Marks at the edges point at the middle and cover nothing there.
      let (middle, end) = (side / 2 - 1, side - 12)
      for (dx, dy, width, height) in [
        (middle, 0, 2, 12), (middle, end, 2, 12), (0, middle, 12, 2), (end, middle, 12, 2),
      ] {
        picture.fill(x + dx, top + dy, width, height, .mark)
      }
      picture.frame(x, top, side, side, .faint)
    }
    let words = ["around all centres:", "bright in the middle", "where read right"]
    for (line, text) in words.enumerated() {
      picture.write(text, at: left, top + side + 12 + line * Self.label, .faint, size: 2)
    }
  }

  /// The mean of the windows around all centres whose window lies in the volume: y and x, or z and x.
  private func mean(isFlat: Bool) -> [Float] {
    let half = Self.around / 2
    var sums = [Double](repeating: 0, count: Self.around * Self.around)
    var counts = [Double](repeating: 0, count: sums.count)
    let size = volume.size
    for centre in region.centres {
      let (z, y, x) = (Int(centre.z.rounded()), Int(centre.y.rounded()), Int(centre.x.rounded()))
      for row in 0..<Self.around {
        for column in 0..<Self.around {
          let at = (isFlat ? z : z + row - half, isFlat ? y + row - half : y, x + column - half)
          guard (0..<size.z).contains(at.0), (0..<size.y).contains(at.1), (0..<size.x).contains(at.2) else { continue }
          sums[row * Self.around + column] += Double(volume[at.0, at.1, at.2])
          counts[row * Self.around + column] += 1
        }
      }
    }
    return zip(sums, counts).map { Float($1 > 0 ? $0 / $1 : 0) }
  }
}

/// The largest values of a volume along an axis.
private struct Projection {
  let rows: Int
  let columns: Int
  let values: [Float]

  init(_ volume: Volume, along axis: Int) {
    let size = volume.size
    let kept = [size.z, size.y, size.x].enumerated().filter { $0.offset != axis }.map(\.element)
    (rows, columns) = (kept[0], kept[1])
    var most = [Float](repeating: -.infinity, count: rows * columns)
    var place = 0
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let target = axis == 0 ? y * size.x + x : axis == 1 ? z * size.x + x : z * size.y + y
          if volume.values[place] > most[target] { most[target] = volume.values[place] }
          place += 1
        }
      }
    }
    values = most.map { $0.isFinite ? $0 : 0 }
  }

  private init(rows: Int, columns: Int, values: [Float]) {
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// Rows and columns exchanged.
  var turned: Projection {
    var turned = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
      for column in 0..<columns { turned[column * rows + row] = values[row * columns + column] }
    }
    return Projection(rows: columns, columns: rows, values: turned)
  }
}
