import Fingerprints
import Imaging
import Pipeline
import Testing

@testable import Reports

@Suite struct RefinementStudyTests {
  /// Ten cells in each of two regions; a detector that finds some of them, and as many other things with lower scores.
  private func cell(_ row: String, found: [Int], tau: Double) throws -> MatrixStudy.Cell {
    let cells = (0..<10).map { Point(2, 20, Float(10 + 18 * $0)) }
    let regions = found.enumerated().map { place, count in
      let hits = cells.prefix(count).map { Point($0.z, $0.y + 1, $0.x) }
      let misses = cells.prefix(count).map { Point($0.z, 60, $0.x) }
      return ScoredRegion(
        id: "test-\(place + 1)",
        detections: Detections(points: hits + misses, scores: hits.map { _ in 0.6 } + misses.map { _ in 0.3 }),
        annotations: place == 2 ? [] : cells, area: EvaluationArea(size: Extent(4, 80, 200)), voxelSize: nil,
        tolerance: 6)
    }
    let study = DetectionStudy(regions: regions, settings: ScoringSettings(tau: tau))
    return try MatrixStudy([(row, "gfap", "", study)]).cells[0]
  }

  private func study() throws -> RefinementStudy {
    RefinementStudy(
      pairs: [
        .init(
          row: "trained", column: "gfap", before: try cell("before", found: [8, 0, 0], tau: 0.1),
          after: try cell("trained", found: [8, 4, 0], tau: 0.5),
          refiner: [
            Metric("proposals", 120), Metric("proposals.true", 40), Metric("validation.auc", 0.875, better: .higher),
            Metric("validation.f1", nil),
          ])
      ])
  }

  @Test func `a gain is a difference and a share of what was before, by region and pooled`() throws {
    let regions = try study().regionGrid(title: "regions")
    #expect(
      regions.header
        == ["test", "refined by", "region", "F1 before", "F1 after", "absolute", "relative", "annotations"])
    #expect(
      regions.rows.map { $0.map(\.text) } == [
        ["gfap", "trained", "test-1", "0.615", "0.889", "+0.274", "+44.4%", "10"],
        ["gfap", "trained", "test-2", "0.000", "0.571", "+0.571", "n/a", "10"],
        ["gfap", "trained", "test-3", "n/a", "n/a", "n/a", "n/a", "0"],
      ])
    guard case .number(let share) = regions.rows[0][6].value else {
      Issue.record("no share")
      return
    }
    #expect(abs(share - (16.0 / 18 - 16.0 / 26) / (16.0 / 26)) < 1e-12)
    let pooled = try study().pooledGrid(title: "pooled")
    #expect(
      pooled.rows.map { $0.map(\.text) } == [
        ["gfap", "trained", "0.444", "0.750", "+0.306", "+68.8%", "1.000", "1.000"]
      ])
  }

  @Test func `the refiners are told with what they learnt from`() throws {
    let grid = try study().refinerGrid(title: "refiners")
    #expect(
      grid.csv() == """
        test,refined by,proposals,proposals.true,inputs,train.auc,validation.auc,validation.f1,tau
        gfap,trained,120.0,40.0,n/a,n/a,0.875,n/a,n/a

        """)
  }

  @Test func `the tables go into the page and into files of their own`() throws {
    let files = try RefinementFiles(study: study(), stem: "matrix")
    #expect(
      files.files.map(\.name)
        == ["matrix.refinement.csv", "matrix.refinement.regions.csv", "matrix.refiners.csv"])
    #expect(files.markdown.contains("## Before and after refinement, by region\n"))
    #expect(files.markdown.contains("| gfap | trained | test-1 | 0.615 | 0.889 | +0.274 | +44.4% | 10 |\n"))
  }

  @Test func `a loss has its sign, and nothing gained has none`() throws {
    let worse = RefinementStudy(
      pairs: [
        .init(
          row: "a", column: "b", before: try cell("before", found: [8], tau: 0.5),
          after: try cell("a", found: [8], tau: 0.1), refiner: []),
        .init(
          row: "c", column: "b", before: try cell("before", found: [8], tau: 0.5),
          after: try cell("c", found: [8], tau: 0.5), refiner: []),
      ])
    let texts = worse.regionGrid(title: "").rows.map { $0[5...6].map(\.text) }
    #expect(texts == [["-0.274", "-30.8%"], ["0.000", "0.0%"]])
  }
}
