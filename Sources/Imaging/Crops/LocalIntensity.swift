/// What the intensities around a place say without a network: numbers of its crop and of the few voxels in its middle.
public enum LocalIntensity {
  /// What the numbers are, in order.
  public static let names = [
    "centre", "core.mean", "core.deviation", "crop.mean", "crop.deviation", "crop.minimum", "crop.maximum",
  ]

  /// Voxels of the core to each side of the centre.
  private static let core = Extent(1, 2, 2)

  /// The numbers at a point.
  ///
  /// - Parameter crop: The box around the point, within the volume.
  public static func values(at point: Point, in volume: Volume, crop: Box) -> [Float] {
    let centre = volume.size.voxel(nearest: point)
    let core = Box(lower: centre, upper: Extent(centre.z + 1, centre.y + 1, centre.x + 1))
      .grown(by: core, within: volume.size)
    let (inner, outer) = (volume.cropped(to: core).values, volume.cropped(to: crop).values)
    let (near, far) = (moments(inner), moments(outer))
    return [
      volume[centre.z, centre.y, centre.x], near.mean, near.deviation, far.mean, far.deviation, outer.min() ?? 0,
      outer.max() ?? 0,
    ]
  }

  private static func moments(_ values: [Float]) -> (mean: Float, deviation: Float) {
    let count = Double(max(1, values.count))
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (Float(mean), Float((squares / count).squareRoot()))
  }
}

extension Extent {
  /// The voxel of a volume of this size that is nearest to a point.
  func voxel(nearest point: Point) -> Extent {
    let place = zip([point.z, point.y, point.x], axes).map { min(max(0, Int($0.rounded())), $1 - 1) }
    return Extent(place[0], place[1], place[2])
  }
}

extension Box {
  /// The box of a size whose middle lies on a point; at a border of the volume it is moved inside.
  ///
  /// Of an even size the voxel of the point is the first of the upper half.
  ///
  /// - Precondition: The box fits into the volume.
  public init(centredOn point: Point, size: Extent, within volume: Extent) {
    precondition(
      zip(size.axes, volume.axes).allSatisfy { $0 <= $1 }, "box: \(size) does not fit into a volume of \(volume)")
    let centre = volume.voxel(nearest: point)
    let lower = zip(centre.axes, zip(size.axes, volume.axes)).map { min(max(0, $0 - $1.0 / 2), $1.1 - $1.0) }
    self.init(
      lower: Extent(lower[0], lower[1], lower[2]),
      upper: Extent(lower[0] + size.z, lower[1] + size.y, lower[2] + size.x))
  }
}
