/// The neighbourhood in which a maximum must be the greatest, and in which only one is kept.
public struct Footprint: Sendable, Hashable {
  /// The shape of the neighbourhood.
  public enum Shape: String, Sendable, Codable, CaseIterable {
    case ellipsoid
    case cube
  }

  public let shape: Shape
  /// Half axes in voxels along z, y and x.
  public let semiAxes: SIMD3<Double>

  /// A neighbourhood of a distance in the plane.
  ///
  /// Half axes are the distance in micrometres over the spacing, at least 1.5 voxels: with thick planes a smaller
  /// one would cover one plane only, and a cell would be found in each of its planes.
  /// - Parameters:
  ///   - minimumDistance: In pixels of the plane.
  ///   - voxelSize: Where unknown, all axes are taken alike, in pixels.
  public init(minimumDistance: Double, voxelSize: VoxelSize?, shape: Shape = .ellipsoid) {
    let axes = minimumDistance / VoxelSize.relative(voxelSize)
    semiAxes = pointwiseMax(axes, SIMD3(repeating: 1.5))
    self.shape = shape
  }

  /// The largest step along each axis.
  public var reach: Extent {
    Extent(Int(semiAxes[0]), Int(semiAxes[1]), Int(semiAxes[2]))
  }

  /// Whether a step from the middle stays inside.
  func contains(_ z: Int, _ y: Int, _ x: Int) -> Bool {
    let share = SIMD3(Double(z), Double(y), Double(x)) / semiAxes
    switch shape {
    case .ellipsoid: return (share * share).sum() <= 1
    case .cube: return abs(share[0]) <= 1 && abs(share[1]) <= 1 && abs(share[2]) <= 1
    }
  }

  /// All steps but the one of no length, the shortest first, since neighbours differ most often there.
  var steps: [Extent] {
    let reach = reach
    var steps: [Extent] = []
    for z in -reach.z...reach.z {
      for y in -reach.y...reach.y {
        for x in -reach.x...reach.x where (z, y, x) != (0, 0, 0) && contains(z, y, x) {
          steps.append(Extent(z, y, x))
        }
      }
    }
    let length = { (step: Extent) in step.z * step.z + step.y * step.y + step.x * step.x }
    return steps.sorted { (length($0), $0.z, $0.y, $0.x) < (length($1), $1.z, $1.y, $1.x) }
  }
}
