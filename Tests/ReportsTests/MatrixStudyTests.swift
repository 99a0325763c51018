import Imaging
import Testing

@testable import Reports

@Suite struct MatrixStudyTests {
  /// Ten cells on a line, the first `found` of which a detector finds one voxel beside; the rest it misses.
  private func study(found: Int, false wrong: Int = 0, tau: Double? = nil) -> DetectionStudy {
    let cells = (0..<10).map { Point(2, 20, Float(10 + 18 * $0)) }
    let hits = cells.prefix(found).map { Point($0.z, $0.y + 1, $0.x) }
    let misses = (0..<wrong).map { Point(2, 60, Float(10 + 18 * $0)) }
    let region = ScoredRegion(
      id: "test-1",
      detections: Detections(
        points: hits + misses,
        scores: hits.indices.map { 0.9 - 0.01 * Float($0) } + misses.map { _ in 0.3 }),
      annotations: cells, area: EvaluationArea(size: Extent(4, 80, 200)), voxelSize: nil, tolerance: 6)
    return DetectionStudy(regions: [region], settings: ScoringSettings(tau: tau))
  }

  private func matrixStudy() throws -> MatrixStudy {
    try MatrixStudy([
      ("neun", "neun", "", study(found: 8)), ("neun", "th", "", study(found: 2, false: 4)),
      ("th", "neun", "", study(found: 0)), ("th", "th", "", study(found: 10, false: 3, tau: 0.5)),
      ("dog", "neun", "", study(found: 5, false: 5)), ("dog", "th", "", study(found: 5, false: 5)),
    ])
  }

  @Test func `each cell has its scores, intervals, curve and calibration`() throws {
    let study = try matrixStudy()
    let grid = try study.cellGrid(title: "cells")
    #expect(grid.rows.count == 6)
    #expect(grid.header.prefix(5) == ["model", "test", "F1 pooled", "F1 pooled low", "F1 pooled high"])
    let cell = try #require(grid.rows.first)
    #expect(cell[2].text == "0.889" && cell[0].text == "neun")
    let interval = try #require(study.interval(row: "neun", column: "neun", metric: "f1.pooled"))
    #expect(interval.low < 0.889 && 0.889 < interval.high)
    #expect(study.interval(row: "neun", column: "neun", metric: "tau") == nil)
    #expect(grid.notes[0].hasPrefix("ranges: 95% intervals by bootstrap over blocks of 40 px"))
    #expect(
      grid.notes[1]
        == "matching: one-to-one by distance (greedy) within the test marker's tolerance, in pixels of index space")
    #expect(study.regionGrid(title: "regions").rows.count == 6)
    #expect(try study.curveGrid(title: "curves").rows.count > 6)
    #expect(try study.calibrationGrid(title: "calibration").rows.count == 60)
  }

  @Test func `each model on the regions of its own marker`() throws {
    let grid = try matrixStudy().ownRegionGrid(of: Samples.small, title: "By region")
    #expect(grid.header == ["model", "test-1", "largest difference"])
    #expect(grid.rows.map { $0[0].text } == ["NeuN", "TH"])
    #expect(grid.rows[0][1].text.hasPrefix("0.89 (0.") && grid.rows[0][2].text == "0.00")
  }

  @Test func `a detector that finds nothing has n/a precision, and none of its own tables breaks`() throws {
    let study = try MatrixStudy([("a", "b", "", study(found: 0))])
    let row = try study.cellGrid(title: "").rows[0].map(\.text)
    #expect(row[2] == "0.000" && row[8] == "n/a" && row[11] == "0.000")
  }

  @Test func `replicates of a cell are told apart and have no common interval`() throws {
    let study = try MatrixStudy([("a", "b", "0", study(found: 8)), ("a", "b", "1", study(found: 6))])
    #expect(study.interval(row: "a", column: "b", metric: "f1.pooled") == nil)
    #expect(study.regionGrid(title: "").header.prefix(3) == ["model", "test", "one of"])
    let sensitivity = try MatrixSensitivity(study, factors: [0.1, 1])
    #expect(sensitivity.cells.count == 1)
    let mean: Double = (16.0 / 18 + 12.0 / 16) / 2
    let found = sensitivity["a", "b"]?.f1[0][1] ?? 0
    #expect(abs(found - mean) < 1e-12)
  }

  @Test func `sensitivity is zero below the distance of the matches and the evaluation at the factor 1`() throws {
    let sensitivity = try MatrixSensitivity(try matrixStudy(), factors: [0.1, 1, 2])
    let cell = try #require(sensitivity["neun", "neun"])
    let f1: Double = 16.0 / 18
    let expected: [[Double?]] = [[0, f1, f1], [0, f1, f1], [0, f1, f1]]
    #expect(cell.f1 == expected)
    let grid = sensitivity.grid(title: "")
    #expect(grid.header == ["model", "test", "rule", "F1 at x0.10", "F1 at x1.00", "F1 at x2.00"])
    #expect(grid.rows.count == 18)
  }

  @Test func `the figure of rule and tolerance`() throws {
    let sensitivity = try MatrixSensitivity(try matrixStudy())
    let figure = SensitivityFigure(sensitivity, matrix: Samples.small, title: "F1 by matching rule and tolerance")
    try expectSnapshot(figure.svg(), "sensitivity.svg")
  }

  @Test func `a matrix with intervals shows them in every form`() throws {
    let study = try matrixStudy()
    let rows = Samples.small.rows.map { row in
      let ranges = Samples.small.columns.map { column -> Matrix.Range? in
        guard let found = study.interval(row: row.label, column: column.label, metric: "f1.pooled") else { return nil }
        return Matrix.Range(low: found.low, high: found.high)
      }
      return Matrix.Row(label: row.label, name: row.name, kind: row.kind, values: row.values, intervals: ranges)
    }
    let matrix = Matrix(title: "m", metric: "f1.pooled", columns: Samples.small.columns, rows: rows)
    #expect(matrix.markdown().contains("(0."))
    #expect(matrix.markdown().contains("Ranges in parentheses are 95% intervals."))
    #expect(matrix.csv().hasPrefix("row,kind,neun,low(neun),high(neun),th,low(th),high(th)\n"))
    #expect(Heatmap(matrix).svg().contains("\u{2013}"))
  }
}
