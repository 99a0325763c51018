/// The counts and scores of a detector on several regions: each alone, their mean, and all pooled.
public struct Evaluation: Sendable, Hashable, Codable {
  /// One region's counts.
  public struct Region: Sendable, Hashable, Codable {
    public let id: String
    public let counts: MatchCounts

    /// The counts of a region.
    public init(id: String, counts: MatchCounts) {
      self.id = id
      self.counts = counts
    }

    /// The region's measures.
    public var scores: Scores { counts.scores }
  }

  public let regions: [Region]

  /// An evaluation of some regions.
  public init(regions: [Region]) {
    self.regions = regions
  }

  /// All counts added up.
  public var pooledCounts: MatchCounts { regions.reduce(MatchCounts()) { $0 + $1.counts } }

  /// The measures of all counts added up.
  public var pooled: Scores { pooledCounts.scores }

  /// The mean of the regions' measures; a region without a measure is left out of its mean.
  public var mean: Scores { Scores.mean(regions.map(\.scores)) }

  /// How many regions have no F1, since they have neither detections nor annotations.
  public var regionsWithoutF1: Int { regions.count { $0.scores.f1 == nil } }
}
