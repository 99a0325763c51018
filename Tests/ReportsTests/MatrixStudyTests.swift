import Fingerprints
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
    #expect(
      grid.notes.dropFirst(2) == [
        "tolerance by test: neun 6 px, th 6 px", "left out: no border, no ignore boxes",
      ])
    let sensitivity = try MatrixSensitivity(study, factors: [1]).grid(title: "")
    #expect(
      sensitivity.notes == [
        "pooled F1; multiples of the test marker's tolerance, in pixels of index space",
        "tolerance by test: neun 6 px, th 6 px", "left out: no border, no ignore boxes",
      ])
    for other in [
      study.regionGrid(title: ""), study.ownRegionGrid(of: Samples.small, title: ""), try study.curveGrid(title: ""),
      try study.calibrationGrid(title: ""),
    ] { #expect(other.notes.suffix(3) == grid.notes.suffix(3)) }
    #expect(study.regionGrid(title: "regions").rows.count == 6)
    #expect(try study.curveGrid(title: "curves").rows.count > 6)
    #expect(try study.calibrationGrid(title: "calibration").rows.count == 60)
  }

  @Test func `border and ignore boxes are counted once a test`() throws {
    let boxes = [
      Box(lower: Extent(0, 0, 0), upper: Extent(1, 2, 2)), Box(lower: Extent(0, 4, 4), upper: Extent(1, 6, 6)),
    ]
    let region = ScoredRegion(
      id: "one", detections: Detections(), annotations: [Point(2, 20, 20)],
      area: EvaluationArea(size: Extent(4, 80, 200), ignore: boxes, border: 3), voxelSize: nil, tolerance: 6)
    let study = DetectionStudy(regions: [region])
    let matrix = try MatrixStudy([("a", "a", "", study), ("b", "a", "", study)])
    #expect(matrix.areaNote == "left out: a border of 3 px, 2 ignore boxes")
  }

  @Test func `each table that a matrix has goes into a file, its notes beside`() throws {
    let matrix = Matrix(
      title: "m", metric: "f1.pooled", columns: Samples.small.columns,
      rows: Samples.small.rows + [
        .init(label: "neun tuned", kind: .variant, values: [0.75, 0.5]),
        .init(label: "th tuned", kind: .variant, values: [0.5, 0.75]),
      ], notes: ["matching: by hand", "other"])
    let files = try EvaluationFiles(matrix: matrix, study: matrixStudy(), stem: "matrix", title: "m").files()
    #expect(
      files.map(\.name).sorted() == [
        "matrix-sensitivity.svg", "matrix.calibration.csv", "matrix.curve.csv", "matrix.evaluation.csv",
        "matrix.evaluation.md", "matrix.gap.csv", "matrix.gap.models.csv", "matrix.gap.tuned.csv",
        "matrix.gap.tuned.models.csv", "matrix.regions.csv", "matrix.sensitivity.csv",
      ])
    let texts = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.text) })
    #expect(texts["matrix.curve.csv"]?.hasPrefix("model,test,threshold,precision,recall,F1\nneun,neun,") == true)
    #expect(
      texts["matrix.calibration.csv"]?.hasPrefix("model,test,from,to,detections,mean score,matched\nneun,neun,0.0,")
        == true)
    #expect(texts["matrix.gap.tuned.csv"]?.contains("0.75") == true)
    let notes = try #require(texts["matrix.evaluation.md"])
    for line in [
      "- `matrix.evaluation.csv`: each cell in full", "  - left out: no border, no ignore boxes",
      "- `matrix.gap.tuned.csv`: the gap by test marker\n  - matching: by hand\n",
    ] { #expect(notes.contains(line), "\(line)") }
    #expect(!notes.contains("other\n"))
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
    let range = try #require(rows[0].intervals?[0])
    let low = fixed(range.low, decimals: 2)
    let high = fixed(range.high, decimals: 2)
    #expect(matrix.grid.latex().contains("\\textbf{0.81 (\(low)--\(high))}"))
    #expect(matrix.text().contains("0.81 (\(low)\u{2013}\(high))*"))
    #expect(matrix.grid.rows[0][1].value == .number(0.8125))
    guard case .list(let lines)? = matrix.intervals, case .list(let first) = lines[0] else {
      Issue.record("no intervals")
      return
    }
    #expect(lines.count == 3 && first.count == 2)
    #expect(first[0] == .list([.number(range.low), .number(range.high)]))
    #expect(Samples.small.intervals == nil)
  }
}
