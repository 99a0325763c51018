/// The space in which a tolerance is a distance.
public enum DistanceUnit: String, Sendable, Codable, CaseIterable, Hashable {
  /// Index space: a step along z counts as one along x.
  case px
  /// Micrometres: the tolerance times the voxel size in the plane.
  case um
}

/// How detections are scored: which of them count, and what a match is.
public struct ScoringSettings: Sendable, Hashable {
  public var rule: MatchRule
  public var unit: DistanceUnit
  /// The score from which a detection counts; nil: all.
  public var tau: Double?
  /// What the marker's tolerance is multiplied by.
  public var toleranceFactor: Double

  /// Settings; as they stand, what `evaluate.detections` does by default.
  public init(
    rule: MatchRule = .greedy, unit: DistanceUnit = .px, tau: Double? = nil, toleranceFactor: Double = 1
  ) {
    self.rule = rule
    self.unit = unit
    self.tau = tau
    self.toleranceFactor = toleranceFactor
  }
}

/// A region with all that was found in it, whatever its score, and all that a person set there.
public struct ScoredRegion: Sendable {
  /// The name of the region.
  public let id: String
  public let detections: Detections
  public let annotations: [Point]
  /// Where both count.
  public let area: EvaluationArea
  /// The size of a voxel; nil where nobody knows it.
  public let voxelSize: VoxelSize?
  /// The marker's tolerance, in pixels of the plane.
  public let tolerance: Double

  /// A region from its parts; detections and annotations in voxels of the region.
  public init(
    id: String, detections: Detections, annotations: [Point], area: EvaluationArea, voxelSize: VoxelSize?,
    tolerance: Double
  ) {
    self.id = id
    self.detections = detections
    self.annotations = annotations
    self.area = area
    self.voxelSize = voxelSize
    self.tolerance = tolerance
  }

  /// The largest distance of a match under some settings.
  ///
  /// - Throws: `MatchingError` where micrometres are asked for and the voxel size is unknown.
  public func tolerance(_ settings: ScoringSettings) throws -> Tolerance {
    let distance = tolerance * settings.toleranceFactor
    guard settings.unit == .um else { return .pixels(distance) }
    guard let voxelSize else {
      throw MatchingError("the voxel size of region '\(id)' is unknown; use unit: px")
    }
    return .micrometres(distance * voxelSize.inPlane, voxelSize)
  }

  /// The detections that count, and how they pair with the annotations.
  ///
  /// - Throws: `MatchingError`.
  func matched(_ settings: ScoringSettings) throws -> (detections: Detections, matching: Matching) {
    let kept = settings.tau.map { detections.atLeast(Float($0)) } ?? detections
    let matching = try Matching(
      kept.points, with: annotations, tolerance: try tolerance(settings), rule: settings.rule, area: area)
    return (kept, matching)
  }
}
