/// What became of each detection and each annotation of a region: where a detector was right, wrong, and blind.
public struct RegionOutcome: Sendable, Equatable {
  /// Detections that count and match.
  public let found: [Point]
  /// Detections that count and match nothing.
  public let wrong: [Point]
  /// Annotations that no detection matches.
  public let missed: [Point]
  /// The counts that measures are computed from.
  public let counts: MatchCounts
}

extension ScoredRegion {
  /// The points of the region by what became of them under some settings; those outside of the area are in none.
  ///
  /// By the one-to-one rules `found` and `missed` are together the annotations; by `nearest` several detections may have
  /// found one.
  ///
  /// - Throws: `MatchingError`.
  public func outcome(_ settings: ScoringSettings) throws -> RegionOutcome {
    let (detections, matching) = try matched(settings)
    let right = Set(matching.pairs.map(\.detection))
    let seen = Set(matching.matchedAnnotations)
    let counted = detections.points.indices.filter { area.contains(detections.points[$0]) }
    return RegionOutcome(
      found: counted.filter { right.contains($0) }.map { detections.points[$0] },
      wrong: counted.filter { !right.contains($0) }.map { detections.points[$0] },
      missed: annotations.indices.filter { area.contains(annotations[$0]) && !seen.contains($0) }
        .map { annotations[$0] }, counts: matching.counts)
  }
}
