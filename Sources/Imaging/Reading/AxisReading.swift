/// One way to read a list of three numbers as a position: which column is which axis, and where counting starts.
///
/// Cells are brighter than what surrounds them, so the right way puts the centres on bright voxels. An import compares
/// the way it was told with all others and warns when another one fits clearly better.
public struct AxisReading: Sendable, Hashable {
  /// Which column of the list holds z, y and x.
  public let columns: [Int]
  /// What the first voxel is called: 0 or 1.
  public let base: Int
  /// The mean brightness at the centres over that around them, relative to it; centres outside count as 0.
  public let fit: Double
  /// How many centres lie outside of the volume.
  public let outside: Int

  /// The reading in words, for example `"columns are x, y, z, counted from 1"`.
  public var name: String {
    let axes = ["z", "y", "x"]
    let order = (0..<3).map { column in (0..<3).first { columns[$0] == column }.map { axes[$0] } ?? "?" }
    return "columns are \(order.joined(separator: ", ")), counted from \(base)"
  }

  /// Whether this reading is as told: columns z, y, x, counted from 0.
  public var isIdentity: Bool { columns == [0, 1, 2] && base == 0 }

  // MARK: - Comparing

  /// All twelve readings of a list, the best first.
  ///
  /// - Parameters:
  ///   - points: As read so far; a reading's `columns` refer to their z, y, x as columns 0, 1, 2.
  ///   - volume: Raw or normalised by a linear method without negative background.
  ///   - window: Around each centre, for the local mean; odd sizes.
  public static func readings(
    of points: [Point], in volume: Volume, window: Extent = Extent(9, 31, 31)
  ) -> [AxisReading] {
    let local = MeanFilter.applied(to: volume, window: window)
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    let readings = orders.flatMap { columns in
      [0, 1].map { reading(points, columns, $0, volume, local) }
    }
    // A stable order: of equal fits the one nearer to the reading as told comes first.
    return readings.enumerated().sorted { ($1.element.fit, $0.offset) < ($0.element.fit, $1.offset) }
      .map(\.element)
  }

  /// A reading that fits clearly better than the one as told: by a quarter, and by more than 0.05.
  public static func better(for points: [Point], in volume: Volume) -> AxisReading? {
    let readings = readings(of: points, in: volume)
    guard let best = readings.first, let told = readings.first(where: \.isIdentity) else { return nil }
    return best.fit > 1.25 * told.fit && best.fit > told.fit + 0.05 ? best : nil
  }

  // MARK: - Private

  private static func reading(
    _ points: [Point], _ columns: [Int], _ base: Int, _ volume: Volume, _ local: Volume
  ) -> AxisReading {
    var sum = 0.0
    var outside = 0
    let size = volume.size
    for point in points {
      let numbers = [point.z, point.y, point.x]
      let voxel = columns.map { Int(numbers[$0].rounded()) - base }
      guard zip(voxel, size.axes).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
        outside += 1
        continue
      }
      let place = size.offset(voxel[0], voxel[1], voxel[2])
      let around = Double(local.values[place])
      if around > 0 { sum += Double(volume.values[place]) / around - 1 }
    }
    return AxisReading(
      columns: columns, base: base, fit: sum / Double(max(1, points.count)), outside: outside)
  }
}
