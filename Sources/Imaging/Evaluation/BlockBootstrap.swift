import Tensors

/// A range in which a measure would fall again, with how it was found.
public struct Interval: Sendable, Hashable, Codable {
  public let low: Double
  public let high: Double

  /// A range from its ends.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// 95% intervals of measures by drawing blocks of the regions again.
///
/// Neighbouring cells are not independent (they share background, stripes and tissue), so blocks are drawn, not cells:
/// from each region as many as it has, with replacement (a stratified block bootstrap; Efron and Tibshirani 1993,
/// section 8.6). The interval lies between two percentiles of the measures of all draws. Detections and annotations
/// count in the block where they lie, also where a pair crosses a border.
public struct BlockBootstrap: Sendable, Hashable {
  /// The side of a block, in pixels of the plane; along z it is as long in micrometres.
  public var blockSize: Double
  /// How often the blocks are drawn.
  public var draws: Int
  public var seed: UInt64
  /// The share of the draws inside of the interval.
  public var level: Double

  /// A bootstrap; blocks are wider than any tolerance, and a region of 32 x 160 x 160 has 32 of them.
  public init(blockSize: Double = 40, draws: Int = 1000, seed: UInt64 = 0, level: Double = 0.95) {
    precondition(blockSize > 0 && draws > 0 && level > 0 && level < 1, "bootstrap: \(blockSize), \(draws), \(level)")
    self.blockSize = blockSize
    self.draws = draws
    self.seed = seed
    self.level = level
  }

  /// Intervals of the measures of one evaluation.
  public struct Intervals: Sendable, Hashable {
    /// All regions pooled.
    public let pooled: ScoreIntervals
    /// The mean over regions.
    public let mean: ScoreIntervals
    /// Each region alone.
    public let regions: [ScoreIntervals]
    /// How many blocks there are in all regions.
    public let blocks: Int
    /// Whether there are more blocks than are drawn, and therefore no intervals.
    public var isTooLarge: Bool { blocks > BlockBootstrap.mostBlocks }
  }

  /// The most blocks, of all regions together, that are drawn again.
  public static let mostBlocks = 100_000

  // MARK: -

  /// The intervals for regions that are cut into blocks.
  ///
  /// - Parameter regions: The counts of each block of each region.
  /// - Returns: No interval where a measure is n/a in half of the draws, or where there are fewer than two blocks in
  ///   every region, so that all draws are the same.
  public func intervals(_ regions: [[MatchCounts]]) -> Intervals {
    var pooled: [Scores] = []
    var mean: [Scores] = []
    var each = [[Scores]](repeating: [], count: regions.count)
    for draw in 0..<draws {
      var random = Philox(seed: seed, purpose: "bootstrap", position: UInt64(draw))
      let drawn = regions.map { blocks in
        blocks.reduce(MatchCounts()) { sum, _ in sum + blocks[random.below(blocks.count)] }
      }
      pooled.append(drawn.reduce(MatchCounts(), +).scores)
      let scores = drawn.map(\.scores)
      mean.append(Scores.mean(scores))
      for (region, score) in scores.enumerated() { each[region].append(score) }
    }
    let count = regions.reduce(0) { $0 + $1.count }
    let most = regions.map(\.count).max() ?? 0
    let measured = { (scores: [Scores], blocks: Int) in
      blocks < 2 ? ScoreIntervals() : ScoreIntervals(scores, interval: interval)
    }
    return Intervals(
      pooled: measured(pooled, most), mean: measured(mean, most),
      regions: zip(each, regions).map { measured($0, $1.count) }, blocks: count)
  }

  /// The intervals of regions with what was found in them: none where there are more than `mostBlocks` blocks.
  func intervals(
    of regions: [ScoredRegion], matched: (ScoredRegion) throws -> (detections: Detections, matching: Matching)
  ) throws -> Intervals {
    let total = regions.reduce(0) { $0 + grid(of: $1).total }
    guard total <= Double(Self.mostBlocks) else {
      return Intervals(
        pooled: ScoreIntervals(), mean: ScoreIntervals(), regions: regions.map { _ in ScoreIntervals() },
        blocks: Int(min(1e15, total)))
    }
    return intervals(
      try regions.map { region in
        let (detections, matching) = try matched(region)
        return blocks(of: region, detections.points, matching)
      })
  }

  private func grid(of region: ScoredRegion) -> BlockGrid {
    BlockGrid(size: region.area.size, side: blockSize, voxelSize: region.voxelSize)
  }

  /// The counts of each block of a region, empty ones included.
  func blocks(of region: ScoredRegion, _ detections: [Point], _ matching: Matching) -> [MatchCounts] {
    let grid = grid(of: region)
    var counts = [MatchCounts](repeating: MatchCounts(), count: grid.count)
    for point in detections where region.area.contains(point) { counts[grid.block(of: point)].detections += 1 }
    for point in region.annotations where region.area.contains(point) {
      counts[grid.block(of: point)].annotations += 1
    }
    for pair in matching.pairs {
      let block = grid.block(of: detections[pair.detection])
      counts[block].matchedDetections += 1
      counts[block].distance += pair.distance
    }
    for annotation in matching.matchedAnnotations {
      counts[grid.block(of: region.annotations[annotation])].matchedAnnotations += 1
    }
    return counts
  }

  // MARK: - Private

  private func interval(_ values: [Double?]) -> Interval? {
    let known = values.compactMap { $0 }.sorted()
    guard known.count * 2 > values.count else { return nil }
    let tail = (1 - level) / 2
    return Interval(low: Self.percentile(known, tail), high: Self.percentile(known, 1 - tail))
  }

  /// By linear interpolation between order statistics, as NumPy's default.
  static func percentile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = min(sorted.count - 1, max(0, Int(place)))
    let above = min(sorted.count - 1, below + 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
  }
}

/// The intervals of each measure; nil where there is none.
public struct ScoreIntervals: Sendable, Hashable {
  public let precision: Interval?
  public let recall: Interval?
  public let f1: Interval?
  public let localisationError: Interval?

  init() { (precision, recall, f1, localisationError) = (nil, nil, nil, nil) }

  init(_ draws: [Scores], interval: ([Double?]) -> Interval?) {
    precision = interval(draws.map(\.precision))
    recall = interval(draws.map(\.recall))
    f1 = interval(draws.map(\.f1))
    localisationError = interval(draws.map(\.localisationError))
  }
}
