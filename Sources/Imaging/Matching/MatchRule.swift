/// How detections and annotations are paired.
public enum MatchRule: String, Sendable, Codable, CaseIterable, Hashable {
  /// One to one: all pairs within the tolerance by distance, then by indices; each point is used once.
  case greedy
  /// One to one: as many pairs as possible, and of all such choices one with the least total distance.
  case optimal
  /// Many to one: a detection counts if any annotation is within the tolerance, and the other way round.
  case nearest
}

/// The largest distance of a match, and the space in which it is measured.
public enum Tolerance: Sendable, Hashable, Codable {
  /// In index space: a step along z counts as one along x.
  case pixels(Double)
  /// In micrometres, with the voxel size that turns voxels into them.
  case micrometres(Double, VoxelSize)

  /// The distance itself, in its unit.
  public var distance: Double {
    switch self {
    case .pixels(let distance), .micrometres(let distance, _): distance
    }
  }

  /// The unit as reports print it.
  public var unit: String {
    switch self {
    case .pixels: "px"
    case .micrometres: "um"
    }
  }

  /// Points in the space of the tolerance.
  func space(_ points: [Point]) -> [SIMD3<Double>] {
    switch self {
    case .pixels: points.map(\.vector)
    case .micrometres(_, let size): points.map { $0.vector * size.vector }
    }
  }
}
