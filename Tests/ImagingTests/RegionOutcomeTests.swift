import Testing

@testable import Imaging

/// What became of each point, beside the counts of the evaluation.
@Suite struct RegionOutcomeTests {
  /// Points on a grid with gaps, detections near some of them and elsewhere; a border and an ignore box.
  private static let region: ScoredRegion = {
    let cells = (0..<40).map { place -> Point in
      let (z, y, x) = (place % 5, 4 + place / 5 * 6, 3 + place * 13 % 47)
      return Point(Float(z), Float(y), Float(x))
    }
    let found = cells.enumerated().compactMap { place, cell -> Point? in
      place % 3 == 0 ? nil : Point(cell.z, cell.y + Float(place % 4), cell.x + 1)
    }
    let wrong = (0..<9).map { place -> Point in Point(2, 47, Float(5 * place)) }
    let points = found + wrong
    return ScoredRegion(
      id: "r", detections: Detections(points: points, scores: points.indices.map { Float($0 % 10) / 10 }),
      annotations: cells,
      area: EvaluationArea(
        size: Extent(5, 50, 50), ignore: [Box(lower: Extent(0, 10, 10), upper: Extent(5, 20, 30))], border: 1),
      voxelSize: VoxelSize(4, 2, 2), tolerance: 3)
  }()

  @Test(arguments: MatchRule.allCases, [DistanceUnit.px, .um])
  func `its points are as many as the counts of the evaluation`(rule: MatchRule, unit: DistanceUnit) throws {
    let settings = ScoringSettings(rule: rule, unit: unit, tau: 0.15)
    let outcome = try Self.region.outcome(settings)
    let counts = try DetectionStudy(regions: [Self.region], settings: settings).evaluation().regions[0].counts
    #expect(outcome.counts == counts)
    #expect(outcome.found.count == counts.matchedDetections)
    #expect(outcome.found.count + outcome.wrong.count == counts.detections)
    #expect(outcome.missed.count == counts.annotations - counts.matchedAnnotations)
    #expect(!outcome.found.isEmpty && !outcome.wrong.isEmpty && !outcome.missed.isEmpty)
    #expect((outcome.found + outcome.wrong + outcome.missed).allSatisfy(Self.region.area.contains))
  }

  @Test func `each point is what it is`() throws {
    let region = ScoredRegion(
      id: "r",
      detections: Detections(points: [Point(1, 5, 6), Point(1, 20, 20), Point(1, 5, 5)], scores: [0.9, 0.8, 0.1]),
      annotations: [Point(1, 5, 5), Point(1, 30, 5)], area: EvaluationArea(size: Extent(3, 40, 40)), voxelSize: nil,
      tolerance: 2)
    let outcome = try region.outcome(ScoringSettings(tau: 0.5))
    #expect(outcome.found == [Point(1, 5, 6)])
    #expect(outcome.wrong == [Point(1, 20, 20)])
    #expect(outcome.missed == [Point(1, 30, 5)])
    #expect(throws: MatchingError.self) { try region.outcome(ScoringSettings(unit: .um)) }
  }
}
