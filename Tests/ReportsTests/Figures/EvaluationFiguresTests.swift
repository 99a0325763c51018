import Foundation
import Imaging
import Testing

@testable import Reports

/// Curves, calibration and tolerance of a small matrix.
@Suite struct EvaluationFiguresTests {
  /// Ten cells on a line; a detector finds the first `found`, each a voxel further off than the last, and some false.
  private func study(found: Int, false wrong: Int = 0, tau: Double = 0.2) -> DetectionStudy {
    let cells = (0..<10).map { Point(2, 20, Float(10 + 18 * $0)) }
    let hits = cells.prefix(found).enumerated().map { Point($1.z, $1.y + Float($0), $1.x) }
    let misses = (0..<wrong).map { Point(2, 60, Float(10 + 18 * $0)) }
    let region = ScoredRegion(
      id: "test-1",
      detections: Detections(
        points: hits + misses,
        scores: hits.indices.map { 0.95 - 0.08 * Float($0) } + misses.indices.map { 0.7 - 0.1 * Float($0) }),
      annotations: cells, area: EvaluationArea(size: Extent(4, 80, 200)), voxelSize: nil, tolerance: 6)
    return DetectionStudy(regions: [region], settings: ScoringSettings(tau: tau))
  }

  private func figures(without absent: String? = nil, columns: [Matrix.Column] = Samples.small.columns) throws
    -> FigureSet
  {
    let cells: [(row: String, column: String, group: String, study: DetectionStudy)] = [
      ("neun", "neun", "", study(found: 8, false: 2)), ("neun", "th", "", study(found: 4, false: 5)),
      ("th", "neun", "", study(found: 1)), ("th", "th", "", study(found: 10, false: 3, tau: 0.5)),
      ("dog", "neun", "", study(found: 5, false: 5)), ("dog", "th", "", study(found: 5, false: 5)),
    ]
    let matrix = Matrix(title: "m", metric: "f1.pooled", columns: columns, rows: Samples.small.rows)
    return try EvaluationFigures(MatrixStudy(cells.filter { $0.row + $0.column != absent }), matrix: matrix).set()
  }

  private func svg(_ name: String, of set: FigureSet) throws -> String {
    let figure = try #require(set.figures.first { $0.name == name })
    guard case .svg(let text) = figure.content else {
      Issue.record("\(name) is no drawing")
      return ""
    }
    return text
  }

  @Test(arguments: ["precision-recall", "calibration", "tolerance"])
  func `a panel a test marker, a line a model`(name: String) throws {
    let set = try figures()
    #expect(set.figures.map(\.name) == ["precision-recall", "calibration", "tolerance"])
    #expect(set.missing.isEmpty)
    try expectSnapshot(svg(name, of: set), "figure-\(name).svg")
    #expect(try figures() == set)
  }

  @Test func `captions state rule, tolerance and what is left out`() throws {
    for figure in try figures().figures {
      #expect(figure.caption.contains("matching: one-to-one by distance (greedy) within the test marker's tolerance"))
      #expect(figure.caption.contains("tolerance by test: neun 6 px, th 6 px"))
      #expect(figure.caption.contains("left out: no border, no ignore boxes."))
    }
  }

  @Test func `numbers beside the names are those of the tables`() throws {
    let set = try figures()
    let precision = try study(found: 8, false: 2).averagePrecision()
    let alt = try #require(set.figures.first).alt
    #expect(alt.contains("Tested on NeuN (6 px): NeuN \(fixed(precision, decimals: 2)),"))
    let both = try #require(try study(found: 8, false: 2, tau: 0.5).curveWithAveragePrecision())
    #expect(both.averagePrecision == precision)
    #expect(both.curve == (try study(found: 8, false: 2, tau: 0.5).curve()?.curve))
    #expect(both.curve.contains { $0.threshold == 0.5 })
    // Eight detections lie 0, 1 ... 7 px off, seven of them within 6 px, and two are false: F1 is 2 * 7 / 20.
    #expect(set.figures[2].alt.contains("Tested on NeuN (6 px): NeuN 0.70,"))
  }

  @Test func `a cell that was not computed is named, and the rest is drawn`() throws {
    let set = try figures(without: "thneun")
    #expect(set.figures.count == 3)
    #expect(set.missing == ["curves of cells without a result: TH on NeuN"])
    let alt = try #require(set.figures.first).alt
    #expect(alt.components(separatedBy: "TH 0.").count == 2 && alt.components(separatedBy: "dog 0.").count == 3)
  }

  @Test func `names are escaped`() throws {
    let columns = [Matrix.Column(label: "neun", name: "<b>&\""), Matrix.Column(label: "th", name: "TH")]
    let text = try svg("tolerance", of: figures(columns: columns))
    #expect(text.contains("Tested on &lt;b&gt;&amp;&quot;"))
    #expect(!text.contains("<b>"))
  }

  @Test func `a logarithmic axis has whole powers of ten around its values`() throws {
    let axis = try #require(LinePanels.Axis.powers("loss", around: [0.004, 0.3, 0]))
    #expect(axis.ticks.count == 4 && axis.ticks[0] == 0.001 && axis.ticks[3] == 1)
    #expect(axis.ticks.map(axis.text) == ["1e-3", "0.01", "0.1", "1"])
    #expect(abs(axis.share(0.01) - 1 / 3) < 1e-12 && axis.share(0) == 0 && axis.share(7) == 1)
    #expect(LinePanels.Axis.powers("loss", around: [0, -1]) == nil)
    #expect(LinePanels.Axis.powers("loss", around: [0.1])?.ticks == [0.1, 1])
  }

  @Test(
    arguments: [
      (5e-5, ["0", "2e-5", "4e-5"]), (1.6e-4, ["0", "5e-5", "1e-4", "1.5e-4"]),
      (0.0016, ["0", "0.0005", "0.0010", "0.0015"]),
      (8.1e-9, ["0", "5e-9"]),
    ])
  func `ticks of small numbers differ`(largest: Double, texts: [String]) {
    let axis = LinePanels.Axis.upTo(largest, "x")
    #expect(axis.ticks.map(axis.text) == texts)
  }

  @Test(
    arguments: [
      (0.87, [0, 0.5]), (1, [0, 0.5, 1]), (340, [0, 100, 200, 300]), (0.031, [0, 0.01, 0.02, 0.03]),
    ] as [(Double, [Double])])
  func `a linear axis has round numbers`(largest: Double, ticks: [Double]) {
    let axis = LinePanels.Axis.upTo(largest, "x")
    #expect(zip(axis.ticks, ticks).allSatisfy { abs($0 - $1) < 1e-9 } && axis.ticks.count == ticks.count)
  }
}
