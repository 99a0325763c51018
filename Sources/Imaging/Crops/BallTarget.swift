/// What a detector learns: 1 in a ball around each centre, 0 elsewhere.
public struct BallTarget: Sendable, Hashable {
  /// Half axes in voxels along z, y and x.
  public let semiAxes: SIMD3<Double>

  /// A ball of half the tolerance of a marker.
  ///
  /// - Parameters:
  ///   - tolerance: In pixels of the plane.
  ///   - voxelSize: The ball is round in micrometres; along each axis it is at least 1.5 voxels, so that at least one
  ///     plane to each side is covered. Where unknown, it is round in pixels.
  public init(tolerance: Double, voxelSize: VoxelSize?) {
    semiAxes = pointwiseMax(tolerance / 2 / VoxelSize.relative(voxelSize), SIMD3(repeating: 1.5))
  }

  /// The target of a box of voxels, in order z, y, x; the box may reach beyond its region.
  ///
  /// - Parameter centres: In the region's coordinates.
  public func values(in box: Box, around centres: [Point]) -> [Float] {
    let size = box.size
    var values = [Float](repeating: 0, count: size.count)
    let origin = SIMD3(Double(box.lower.z), Double(box.lower.y), Double(box.lower.x))
    let last = SIMD3(Double(size.z - 1), Double(size.y - 1), Double(size.x - 1))
    for centre in centres {
      let place = centre.vector - origin
      let low = pointwiseMax((place - semiAxes).rounded(.up), SIMD3(repeating: 0))
      let high = pointwiseMin((place + semiAxes).rounded(.down), last)
      guard low[0] <= high[0], low[1] <= high[1], low[2] <= high[2] else { continue }
      for z in Int(low[0])...Int(high[0]) {
        for y in Int(low[1])...Int(high[1]) {
          for x in Int(low[2])...Int(high[2]) {
            let share = (SIMD3(Double(z), Double(y), Double(x)) - place) / semiAxes
            if (share * share).sum() <= 1 { values[size.offset(z, y, x)] = 1 }
          }
        }
      }
    }
    return values
  }
}
