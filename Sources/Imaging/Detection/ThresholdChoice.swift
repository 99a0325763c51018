import Tensors

/// A threshold chosen on validation regions, with the curve it was chosen from.
public struct ThresholdChoice: Sendable, Hashable, Codable {
  /// One threshold tried.
  public struct Step: Sendable, Hashable, Codable {
    public let threshold: Float
    /// All regions pooled.
    public let counts: MatchCounts

    /// The pooled measures.
    public var scores: Scores { counts.scores }
  }

  /// What is known of a region where a threshold is chosen.
  public struct Region: Sendable {
    public let detections: Detections
    public let annotations: [Point]
    public let area: EvaluationArea?
    /// Its own tolerance, as voxel sizes may differ; nil for that of its group.
    public let tolerance: Tolerance?

    /// A region's detections with all their scores, and its annotations.
    public init(
      detections: Detections, annotations: [Point], area: EvaluationArea? = nil, tolerance: Tolerance? = nil
    ) {
      self.detections = detections
      self.annotations = annotations
      self.area = area
      self.tolerance = tolerance
    }
  }

  /// The regions of one marker, with its tolerance.
  public struct Group: Sendable {
    public let regions: [Region]
    public let tolerance: Tolerance

    /// Regions that are scored within one tolerance.
    public init(regions: [Region], tolerance: Tolerance) {
      self.regions = regions
      self.tolerance = tolerance
    }
  }

  /// The threshold with the largest F1, of each group pooled, then the mean over groups; of equals the largest.
  public let threshold: Float
  public let f1: Double?
  /// Precision and recall by rising threshold.
  public let curve: [Step]

  /// Tries thresholds on regions.
  ///
  /// - Throws: `MatchingError` where a region has too much for `optimal`.
  /// - Precondition: There is at least one threshold.
  public static func best(
    _ regions: [Region], thresholds: [Float], tolerance: Tolerance, rule: MatchRule = .greedy
  ) throws -> ThresholdChoice {
    try best([Group(regions: regions, tolerance: tolerance)], thresholds: thresholds, rule: rule)
  }

  /// Tries thresholds on several markers at once: the best is that of the mean over markers of pooled F1.
  ///
  /// - Throws: `MatchingError` where a region has too much for `optimal`.
  /// - Precondition: There is at least one threshold.
  public static func best(
    _ groups: [Group], thresholds: [Float], rule: MatchRule = .greedy
  ) throws -> ThresholdChoice {
    precondition(!thresholds.isEmpty, "threshold choice: no thresholds to try")
    var best: (threshold: Float, f1: Double?)?
    var curve: [Step] = []
    for threshold in Set(thresholds).sorted() {
      let counts = try groups.map { try $0.counts(at: threshold, rule) }
      let f1 = Scores.mean(counts.map(\.scores)).f1
      curve.append(Step(threshold: threshold, counts: counts.reduce(MatchCounts(), +)))
      if let best, (f1 ?? -1) < (best.f1 ?? -1) { continue }
      best = (threshold, f1)
    }
    return ThresholdChoice(threshold: best?.threshold ?? thresholds[0], f1: best?.f1, curve: curve)
  }

  /// The area under precision over recall, by steps: each gain in recall counts with the precision at which it came.
  public var averagePrecision: Double? { Self.averagePrecision(of: curve) }

  /// The same of a curve by rising threshold.
  static func averagePrecision(of curve: [Step]) -> Double? {
    guard let annotations = curve.first?.counts.annotations, annotations > 0 else { return nil }
    var area = 0.0
    var reached = 0.0
    for step in curve.reversed() {
      guard let precision = step.scores.precision, let recall = step.scores.recall, recall > reached else { continue }
      area += (recall - reached) * precision
      reached = recall
    }
    return area
  }

  // MARK: - Thresholds to try

  /// Probabilities whose logits are evenly spaced, from a floor to one minus the floor.
  public static func logitSpaced(count: Int = 30, floor: Double = 0.02) -> [Float] {
    let end = Elementary.log((1 - floor) / floor)
    return (0..<count).map { index in
      let logit = -end + 2 * end * Double(index) / Double(max(1, count - 1))
      return Float(1 / (1 + Elementary.exp(-logit)))
    }
  }

  /// Scores of some detections, spaced by rank; one above all scores if there are none.
  ///
  /// Detectors without a floor give many more maxima than there are cells, so most ranks are spent where the choice
  /// lies: on the first four detections an annotation.
  ///
  /// - Parameter annotations: How many there are in the same regions.
  public static func rankSpaced(_ detections: [Detections], annotations: Int, count: Int = 100) -> [Float] {
    let scores = detections.flatMap(\.scores).sorted(by: >)
    guard !scores.isEmpty else { return [.greatestFiniteMagnitude] }
    func spaced(upTo end: Int, _ count: Int) -> [Float] {
      (0..<count).map { scores[$0 * (end - 1) / max(1, count - 1)] }
    }
    let near = min(scores.count, max(1, 4 * annotations))
    return Set(spaced(upTo: near, count) + spaced(upTo: scores.count, count / 5)).sorted()
  }
}

extension ThresholdChoice.Group {
  /// All regions pooled.
  fileprivate func counts(at threshold: Float, _ rule: MatchRule) throws -> MatchCounts {
    try regions.reduce(MatchCounts()) { sum, region in
      let kept = region.detections.atLeast(threshold).points
      return try sum
        + Matching(
          kept, with: region.annotations, tolerance: region.tolerance ?? tolerance, rule: rule, area: region.area
        ).counts
    }
  }
}
