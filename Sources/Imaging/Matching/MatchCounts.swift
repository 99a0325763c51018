/// How many points there were and how many found a partner; adds up over regions.
public struct MatchCounts: Sendable, Hashable, Codable {
  public var detections: Int
  public var annotations: Int
  public var matchedDetections: Int
  public var matchedAnnotations: Int
  /// The sum of the distances of the matched detections, in the unit of the tolerance.
  public var distance: Double

  /// Counts of one region or many.
  public init(
    detections: Int = 0, annotations: Int = 0, matchedDetections: Int = 0, matchedAnnotations: Int = 0,
    distance: Double = 0
  ) {
    self.detections = detections
    self.annotations = annotations
    self.matchedDetections = matchedDetections
    self.matchedAnnotations = matchedAnnotations
    self.distance = distance
  }

  /// The counts of two regions together.
  public static func + (one: MatchCounts, other: MatchCounts) -> MatchCounts {
    MatchCounts(
      detections: one.detections + other.detections, annotations: one.annotations + other.annotations,
      matchedDetections: one.matchedDetections + other.matchedDetections,
      matchedAnnotations: one.matchedAnnotations + other.matchedAnnotations, distance: one.distance + other.distance)
  }

  /// The measures that follow from the counts.
  public var scores: Scores { Scores(self) }
}
