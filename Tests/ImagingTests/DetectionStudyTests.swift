import Tensors
import Testing

@testable import Imaging

@Suite struct DetectionStudyTests {
  private static let size = Extent(20, 100, 100)

  /// Cells at random, of which a share is found, and as many false ones.
  private func region(
    _ id: String, cells: Int = 200, found: Double = 0.8, seed: UInt64 = 1, voxelSize: VoxelSize? = nil
  ) -> ScoredRegion {
    var random = Philox(seed: seed, purpose: "study." + id)
    let place = { (random: inout Philox) in
      Point(Float(random.below(20)), Float(random.below(100)), Float(random.below(100)))
    }
    let annotations = (0..<cells).map { _ in place(&random) }
    var points: [Point] = []
    var scores: [Float] = []
    for cell in annotations where random.uniform() < found {
      points.append(Point(cell.z, cell.y, cell.x + 1))
      scores.append(Float(0.5 + 0.5 * random.uniform()))
    }
    for _ in 0..<cells / 5 {
      points.append(place(&random))
      scores.append(Float(0.6 * random.uniform()))
    }
    return ScoredRegion(
      id: id, detections: Detections(points: points, scores: scores), annotations: annotations,
      area: EvaluationArea(size: Self.size), voxelSize: voxelSize, tolerance: 3)
  }

  private var study: DetectionStudy { DetectionStudy(regions: [region("a"), region("b", found: 0.4)]) }

  // MARK: - At the threshold

  @Test func `blocks hold every detection, annotation and match once`() throws {
    let bootstrap = BlockBootstrap(blockSize: 25)
    for rule in MatchRule.allCases {
      let region = region("a")
      let (detections, matching) = try region.matched(ScoringSettings(rule: rule))
      let blocks = bootstrap.blocks(of: region, detections.points, matching)
      #expect(blocks.count == 1 * 4 * 4)
      let sum = blocks.reduce(MatchCounts(), +)
      #expect(sum.detections == matching.counts.detections && sum.annotations == matching.counts.annotations)
      #expect(sum.matchedDetections == matching.counts.matchedDetections)
      #expect(sum.matchedAnnotations == matching.counts.matchedAnnotations)
      #expect(abs(sum.distance - matching.counts.distance) < 1e-9)
    }
  }

  @Test func `blocks are as long along z in micrometres as in the plane`() {
    let grid = BlockGrid(size: Extent(32, 160, 160), side: 40, voxelSize: VoxelSize(4, 1.8, 1.8))
    #expect(grid.counts == [2, 4, 4])
    #expect(BlockGrid(size: Extent(32, 160, 160), side: 40, voxelSize: nil).counts == [1, 4, 4])
    #expect(grid.block(of: Point(-0.5, -0.5, -0.5)) == 0)
    #expect(grid.block(of: Point(31.5, 159.5, 159.5)) == grid.count - 1)
    #expect(grid.block(of: Point(16, 0, 39)) == 16)
    #expect(grid.block(of: Point(15, 0, 40)) == 1)
  }

  @Test func `intervals hold the measure, are the same again, and shrink with more regions`() throws {
    let evaluation = try study.evaluation()
    let intervals = try study.intervals()
    let f1 = try #require(intervals.pooled.f1)
    let value = try #require(evaluation.pooled.f1)
    #expect(f1.low < value && value < f1.high)
    #expect(try study.intervals() == intervals)
    #expect(try study.intervals(BlockBootstrap(seed: 1)) != intervals)
    let mean = try #require(intervals.mean.f1)
    #expect(mean.low < (evaluation.mean.f1 ?? 0) && (evaluation.mean.f1 ?? 0) < mean.high)
    #expect(intervals.regions.count == 2 && intervals.blocks == 2 * 9)
    let many = DetectionStudy(regions: (0..<8).flatMap { [region("a\($0)"), region("b\($0)", found: 0.4)] })
    let narrow = try #require(try many.intervals().pooled.f1)
    #expect(narrow.high - narrow.low < 0.6 * (f1.high - f1.low))
  }

  /// Blocks whose matches are coin throws: 95% of the intervals have to hold the coin's share, give or take.
  @Test func `about 95 of 100 intervals hold the truth`() {
    var random = Philox(seed: 4, purpose: "coverage")
    let bootstrap = BlockBootstrap(draws: 200)
    var held = 0
    for _ in 0..<200 {
      let blocks = (0..<60).map { _ in
        let hits = (0..<8).count { _ in random.uniform() < 0.7 }
        return MatchCounts(detections: 8, annotations: 8, matchedDetections: hits, matchedAnnotations: hits)
      }
      guard let interval = bootstrap.intervals([blocks]).pooled.precision else { continue }
      if interval.low <= 0.7, 0.7 <= interval.high { held += 1 }
    }
    #expect((178...198).contains(held), "\(held) of 200")
  }

  @Test func `regions of one block each have no interval, pooled neither, as every draw is the same`() {
    let counts = MatchCounts(detections: 2, annotations: 2, matchedDetections: 1, matchedAnnotations: 1)
    let one = BlockBootstrap().intervals([[counts], [counts]])
    #expect(one.pooled.f1 == nil && one.mean.f1 == nil && one.regions.allSatisfy { $0.f1 == nil })
    let better = MatchCounts(detections: 2, annotations: 2, matchedDetections: 2, matchedAnnotations: 2)
    #expect(BlockBootstrap().intervals([[counts], [counts, better]]).pooled.f1 != nil)
  }

  @Test func `a volume of too many blocks has scores and no intervals, and far points trap nothing`() throws {
    let far = Point(1e9, 1e9, -1e30)
    let huge = ScoredRegion(
      id: "huge", detections: Detections(points: [far], scores: [1]), annotations: [far],
      area: EvaluationArea(size: Extent(1_000_000_000, 1_000_000_000, 1_000_000_000)),
      voxelSize: nil, tolerance: 3)
    let study = DetectionStudy(regions: [huge])
    #expect(try study.evaluation().pooled.f1 == 1)
    let none = try study.intervals()
    #expect(none.isTooLarge && none.pooled.f1 == nil && none.regions.count == 1)
    // Blocks of 40 px: 100,000 are drawn, and not one more.
    let count = { (blocks: Int) in BlockGrid(size: Extent(1, 1, 40 * blocks), side: 40, voxelSize: nil).total }
    #expect(count(100_000) == Double(BlockBootstrap.mostBlocks))
    let grid = BlockGrid(size: Extent(40, 40, 400), side: 40, voxelSize: nil)
    #expect(grid.block(of: Point(0, 0, 3e38)) == 9 && grid.block(of: Point(-3e38, 0, 0)) == 0)
  }

  @Test func `one block has no interval, nor have regions without anything`() {
    let counts = MatchCounts(detections: 2, annotations: 2, matchedDetections: 1, matchedAnnotations: 1)
    #expect(BlockBootstrap().intervals([[counts]]).pooled.f1 == nil)
    let empty = BlockBootstrap().intervals([[MatchCounts(), MatchCounts()], []])
    #expect(empty.pooled.f1 == nil && empty.mean.f1 == nil && empty.regions.count == 2)
  }

  /// `numpy.percentile([1, 2, 4, 8, 16], [2.5, 97.5, 50])`.
  @Test func `percentiles are NumPy's`() {
    let values: [Double] = [1, 2, 4, 8, 16]
    #expect(abs(BlockBootstrap.percentile(values, 0.025) - 1.1) < 1e-12)
    #expect(abs(BlockBootstrap.percentile(values, 0.975) - 15.2) < 1e-12)
    #expect(BlockBootstrap.percentile(values, 0.5) == 4)
  }

  @Test func `localisation tells the shift that all share`() throws {
    let shifted = try #require(try study.localisation())
    #expect(abs(shifted.bias[2] - 1) < 0.15)
    #expect(shifted.median == 1)
    #expect(try DetectionStudy(regions: []).localisation() == nil)
  }

  // MARK: - Thresholds, tolerances

  @Test func `the curve passes through the evaluation at the threshold`() throws {
    let settings = ScoringSettings(tau: 0.55)
    let study = DetectionStudy(regions: study.regions, settings: settings)
    let curve = try #require(try study.curve())
    let step = try #require(curve.curve.first { $0.threshold == 0.55 })
    #expect(step.counts == (try study.evaluation()).pooledCounts)
  }

  /// By hand: precision 1 at recall 1/4, 2/3 at 1/2, 3/5 at 3/4; the detections between are wrong.
  @Test func `average precision is of the scores, whatever the threshold`() throws {
    let cells = (0..<4).map { Point(0, 0, Float(20 * $0)) }
    let wrong = [Point(0, 50, 0), Point(0, 50, 50)]
    let region = ScoredRegion(
      id: "a",
      detections: Detections(
        points: [cells[0], wrong[0], cells[1], wrong[1], cells[2]], scores: [0.9, 0.8, 0.7, 0.6, 0.5]),
      annotations: cells, area: EvaluationArea(size: Extent(1, 60, 80)), voxelSize: nil, tolerance: 3)
    let expected = 0.25 * (1 + 2.0 / 3 + 3.0 / 5)
    for tau in [nil, 0.55, 0.75, 0.95] {
      let study = DetectionStudy(regions: [region], settings: ScoringSettings(tau: tau))
      let found = try #require(try study.averagePrecision())
      #expect(abs(found - expected) < 1e-12, "\(tau ?? 0)")
    }
    // With more than 120 scores a threshold between those that are tried would count.
    let many = { (tau: Double?) in
      DetectionStudy(regions: [self.region("a", cells: 900)], settings: ScoringSettings(tau: tau))
    }
    #expect(try many(0.6123).averagePrecision() == many(nil).averagePrecision())
    #expect(try many(0.6123).curve()?.curve.count != many(nil).curve()?.curve.count)
  }

  @Test func `in micrometres each region has the tolerance of its own voxels`() throws {
    // Two planes beside: 16 um of 6 in the first, 2 um of 3 in the second; 3 px of the plane are 6 um and 3 um.
    let cell = Point(0, 10, 10)
    let found = Detections(points: [Point(2, 10, 10)], scores: [0.5])
    let regions = [VoxelSize(8, 2, 2), VoxelSize(1, 1, 1)].map { size in
      ScoredRegion(
        id: "\(size.x)", detections: found, annotations: [cell], area: EvaluationArea(size: Extent(5, 20, 20)),
        voxelSize: size, tolerance: 3)
    }
    for regions in [regions, regions.reversed()] {
      let study = DetectionStudy(regions: regions, settings: ScoringSettings(unit: .um))
      let step = try #require(try study.curve()?.curve.first)
      #expect(step.counts == (try study.evaluation()).pooledCounts && step.counts.matchedDetections == 1)
    }
  }

  @Test func `a wider tolerance never lowers optimal or nearest F1, and the factor 1 is the evaluation`() throws {
    for rule in [MatchRule.optimal, .nearest] {
      let found = try study.evaluations(toleranceFactors: [0.2, 0.5, 1, 2, 4], rule: rule).map { $0.pooled.f1 ?? 0 }
      #expect(found == found.sorted())
    }
    #expect(try study.evaluations(toleranceFactors: [1]) == [study.evaluation()])
  }

  @Test func `micrometres need a voxel size`() throws {
    let unknown = DetectionStudy(regions: [region("a")], settings: ScoringSettings(unit: .um))
    let error = try #require(throws: MatchingError.self) { try unknown.evaluation() }
    #expect(error.description == "the voxel size of region 'a' is unknown; use unit: px")
    let known = DetectionStudy(
      regions: [region("a", voxelSize: VoxelSize(2, 2, 2))], settings: ScoringSettings(unit: .um))
    #expect(
      try known.evaluation().pooledCounts.matchedDetections == study.evaluation().regions[0].counts.matchedDetections)
  }

  // MARK: - Calibration

  @Test func `calibration compares the mean score of a bin with the share that matches`() throws {
    let calibration = try #require(
      Calibration(scores: [0.95, 0.85, 0.15, 1, 0.05], isMatched: [true, false, false, true, true], bins: 2))
    #expect(calibration.bins.map(\.count) == [2, 3])
    #expect(abs((calibration.bins[0].meanScore ?? 0) - 0.1) < 1e-6)
    #expect(calibration.bins[0].matchedShare == 0.5)
    // |0.2 - 1| + |2.8 - 2|, over five.
    #expect(abs((calibration.expectedError ?? 0) - 1.6 / 5) < 1e-6)
  }

  @Test func `detectors without a model have no calibration, though their scores lie in 0 to 1`() throws {
    #expect(try DetectionStudy(regions: [region("a")], areProbabilities: false).calibration() == nil)
    #expect(try DetectionStudy(regions: [region("a")]).calibration() != nil)
  }

  @Test func `scores that are no probabilities have no calibration, and none at all have no error`() {
    #expect(Calibration(scores: [780], isMatched: [true]) == nil)
    let empty = Calibration(scores: [], isMatched: [])
    #expect(empty?.expectedError == nil && empty?.bins.count == 10)
    #expect(empty?.bins[0].meanScore == nil)
  }

  @Test func `detections of known reliability are calibrated`() throws {
    var random = Philox(seed: 3, purpose: "calibration")
    let scores = (0..<20_000).map { _ in Float(random.uniform()) }
    let matched = scores.map { random.uniform() < Double($0) }
    #expect((Calibration(scores: scores, isMatched: matched)?.expectedError ?? 1) < 0.02)
    let wrong = scores.map { random.uniform() < Double($0 * $0) }
    #expect((Calibration(scores: scores, isMatched: wrong)?.expectedError ?? 0) > 0.1)
  }
}
