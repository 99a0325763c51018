/// A detector on some regions, looked at from all sides: scores with intervals, curves, calibration, tolerance.
///
/// All of it is arithmetic on stored detections and annotations: nothing is detected again.
public struct DetectionStudy: Sendable {
  public let regions: [ScoredRegion]
  public let settings: ScoringSettings
  /// Whether scores are meant as probabilities, as a model's are; those of other detectors have no calibration.
  public let areProbabilities: Bool

  /// A study of regions under settings.
  public init(
    regions: [ScoredRegion], settings: ScoringSettings = ScoringSettings(), areProbabilities: Bool = true
  ) {
    self.regions = regions
    self.settings = settings
    self.areProbabilities = areProbabilities
  }

  // MARK: - At the threshold

  /// The counts of each region.
  ///
  /// - Throws: `MatchingError`, as everything here.
  public func evaluation() throws -> Evaluation { try evaluation(settings) }

  private func evaluation(_ settings: ScoringSettings) throws -> Evaluation {
    Evaluation(
      regions: try regions.map { .init(id: $0.id, counts: try $0.matched(settings).matching.counts) })
  }

  /// 95% intervals of the measures; none where the regions have more blocks than `BlockBootstrap.mostBlocks`.
  public func intervals(_ bootstrap: BlockBootstrap = BlockBootstrap()) throws -> BlockBootstrap.Intervals {
    try bootstrap.intervals(of: regions) { try $0.matched(settings) }
  }

  /// How far matched detections lie from their annotations; nil without matches.
  public func localisation() throws -> LocalisationError? {
    var offsets: [SIMD3<Double>] = []
    var distances: [Double] = []
    for region in regions {
      let (detections, matching) = try region.matched(settings)
      distances += matching.pairs.map(\.distance)
      offsets += matching.pairs.map {
        detections.points[$0.detection].vector - region.annotations[$0.annotation].vector
      }
    }
    return LocalisationError(distances: distances, offsets: offsets)
  }

  // MARK: - Over thresholds

  /// Precision and recall by rising threshold, at up to some 120 scores and at the threshold of the settings.
  public func curve() throws -> ThresholdChoice? {
    try curve(and: settings.tau.map { [Float($0)] } ?? [])?.choice
  }

  /// The area under precision over recall; of the scores alone, whatever the threshold of the settings.
  ///
  /// The metric `average_precision` of `evaluate.detections` also counts the step at its threshold, and in micrometres
  /// takes the first region's tolerance for all.
  public func averagePrecision() throws -> Double? { try curve(and: [])?.choice.averagePrecision }

  /// What `curve` and `averagePrecision` give, each threshold matched once; nil without regions.
  public func curveWithAveragePrecision() throws -> (curve: [ThresholdChoice.Step], averagePrecision: Double?)? {
    guard let (choice, spaced) = try curve(and: settings.tau.map { [Float($0)] } ?? []) else { return nil }
    let ofScores = choice.curve.filter { spaced.contains($0.threshold) }
    return (choice.curve, ThresholdChoice.averagePrecision(of: ofScores))
  }

  /// - Parameter thresholds: Tried beside those that are spaced over the scores.
  private func curve(and thresholds: [Float]) throws -> (choice: ThresholdChoice, spaced: Set<Float>)? {
    guard let first = regions.first else { return nil }
    let known = try regions.map {
      ThresholdChoice.Region(
        detections: $0.detections, annotations: $0.annotations, area: $0.area, tolerance: try $0.tolerance(settings))
    }
    let spaced = ThresholdChoice.rankSpaced(
      known.map(\.detections), annotations: known.reduce(0) { $0 + $1.annotations.count })
    let choice = try ThresholdChoice.best(
      known, thresholds: spaced + thresholds, tolerance: first.tolerance(settings), rule: settings.rule)
    return (choice, Set(spaced))
  }

  /// How far scores are probabilities of being right, over all detections whatever the threshold; nil where they are
  /// no probabilities.
  public func calibration(bins: Int = 10) throws -> Calibration? {
    guard areProbabilities else { return nil }
    let (scores, isMatched) = try allScores()
    return Calibration(scores: scores, isMatched: isMatched, bins: bins)
  }

  /// How well scores put detections that match ahead of those that do not, whatever the threshold; nil unless there are
  /// both.
  public func rankingArea() throws -> Double? {
    let (scores, isMatched) = try allScores()
    return RankingArea.value(scores: scores.map(Double.init), isTrue: isMatched)
  }

  /// The scores of all detections that count, and whether they match.
  private func allScores() throws -> (scores: [Float], isMatched: [Bool]) {
    var all = settings
    all.tau = nil
    var scores: [Float] = []
    var isMatched: [Bool] = []
    for region in regions {
      let (detections, matching) = try region.matched(all)
      let matched = Set(matching.pairs.map(\.detection))
      for place in detections.points.indices where region.area.contains(detections.points[place]) {
        scores.append(detections.scores[place])
        isMatched.append(matched.contains(place))
      }
    }
    return (scores, isMatched)
  }

  // MARK: - Over rules and tolerances

  /// The evaluation by multiples of the marker's tolerance.
  ///
  /// - Parameters:
  ///   - factors: What the tolerance is multiplied by.
  ///   - rule: The matching rule; nil for that of the settings.
  public func evaluations(toleranceFactors factors: [Double], rule: MatchRule? = nil) throws -> [Evaluation] {
    try factors.map { factor in
      var settings = settings
      settings.toleranceFactor = factor
      settings.rule = rule ?? settings.rule
      return try evaluation(settings)
    }
  }
}

/// How far matches lie apart.
public struct LocalisationError: Sendable, Hashable {
  /// Of the distances, in the unit of the tolerance.
  public let mean: Double
  public let median: Double
  /// Nine of ten are not larger.
  public let ninetieth: Double
  /// Detection minus annotation along z, y, x, in voxels: a shift that all share.
  public let bias: SIMD3<Double>
  /// How many matches there are.
  public let count: Int

  init?(distances: [Double], offsets: [SIMD3<Double>]) {
    guard !distances.isEmpty else { return nil }
    let sorted = distances.sorted()
    mean = distances.reduce(0, +) / Double(distances.count)
    median = BlockBootstrap.percentile(sorted, 0.5)
    ninetieth = BlockBootstrap.percentile(sorted, 0.9)
    bias = offsets.reduce(.zero, +) / Double(offsets.count)
    count = distances.count
  }
}
