import Imaging

/// Figures of an evaluation in full: precision over recall, calibration of scores, F1 over the tolerance; a panel a test
/// marker, a line a model.
///
/// For a report: `EvaluationFigures(study, matrix: matrix).set()`. A study of only some of the cells gives figures of
/// these; what is missing is named.
public struct EvaluationFigures: Sendable {
  private let study: MatrixStudy
  private let matrix: Matrix

  /// What the marker's tolerance is multiplied by along the axis of the tolerance.
  private static let factors = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]

  /// - Parameter matrix: Whose rows and columns are drawn, with their names; cells that the study lacks are left out.
  public init(_ study: MatrixStudy, matrix: Matrix) {
    (self.study, self.matrix) = (study, matrix)
  }

  // MARK: -

  /// `precision-recall`, `calibration` and `tolerance`, those of them that there is something to draw of.
  ///
  /// - Throws: `MatchingError` where a region has too much for the rule of its evaluation.
  public func set() throws -> FigureSet {
    let absent = matrix.rows.flatMap { row in
      matrix.columns.filter { cells(row, $0).isEmpty }.map { "\(row.name) on \($0.name)" }
    }
    var set = FigureSet(try [precisionRecall(), calibration(), tolerance()].compactMap(\.self))
    if !absent.isEmpty { set.missing = ["curves of cells without a result: \(absent.joined(separator: ", "))"] }
    return set
  }

  /// Precision over recall at every threshold, with average precision and a ring at the threshold in use.
  func precisionRecall() throws -> ReportFigure? {
    let panels = try panels(x: .unit("recall"), y: .unit("precision")) { cells in
      let found = try cells.map { try $0.study.curveWithAveragePrecision() }
      let curves = found.map { found in
        (found?.curve ?? []).compactMap { step -> (x: Double, y: Double)? in
          guard let precision = step.scores.precision, let recall = step.scores.recall else { return nil }
          return (x: recall, y: precision)
        }
      }
      let used = cells.compactMap { cell -> (x: Double, y: Double)? in
        let scores = cell.evaluation.pooled
        return scores.recall.flatMap { recall in scores.precision.map { (x: recall, y: $0) } }
      }
      return (curves, used, mean(found.map { $0?.averagePrecision }))
    }
    return figure(
      "precision-recall", "Precision and recall by threshold", panels, number: "average precision",
      notes: [
        "At right of each name: average precision. A ring is the threshold in use; bold: the marker's own model.",
        "All test regions of a marker pooled.",
      ] + study.settingsNotes)
  }

  /// The share of detections that match, by their score; a model whose scores are probabilities lies on the diagonal.
  func calibration() throws -> ReportFigure? {
    let panels = try panels(
      x: .unit("score"), y: .unit("share that match"), reference: [(0, 0), (1, 1)], hasDots: true
    ) { cells in
      let found = try cells.compactMap { try $0.study.calibration() }
      guard !found.isEmpty else { return nil }
      let lines = found.map { calibration in
        calibration.bins.compactMap { bin -> (x: Double, y: Double)? in
          bin.meanScore.flatMap { score in bin.matchedShare.map { (x: score, y: $0) } }
        }
      }
      return (lines, [], mean(found.map(\.expectedError)))
    }
    return figure(
      "calibration", "How far scores are probabilities", panels, number: "calibration error",
      notes: [
        "Detections in ten bins by score, all scores whatever the threshold. Dotted: scores that are probabilities; "
          + "below it a model is too sure. At right of each name: the expected calibration error.",
        "Only of models: baselines' scores are no probabilities.",
      ] + study.settingsNotes)
  }

  /// Pooled F1 by tolerance, from a quarter of the marker's own to twice it; the rule is that of the evaluation.
  func tolerance() throws -> ReportFigure? {
    let panels = try matrix.columns.compactMap { column -> LinePanels.Panel? in
      guard let own = tolerance(of: column) else { return nil }
      let axis = LinePanels.Axis(
        name: "tolerance (px)", range: 0...own * 2, ticks: [0, own, 2 * own], decimals: own == own.rounded() ? 0 : 1)
      return try panel(
        column, x: axis, y: .unit("F1"), reference: [(own, 0), (own, 1)], hasDots: false
      ) { cells in
        let lines = try cells.map { cell in
          zip(Self.factors, try cell.study.evaluations(toleranceFactors: Self.factors)).compactMap { factor, found in
            found.pooled.f1.map { (x: factor * own, y: $0) }
          }
        }
        return (lines, [], mean(cells.map(\.evaluation.pooled.f1)))
      }
    }
    return figure(
      "tolerance", "F1 by tolerance", panels, number: "F1 at the marker's tolerance",
      notes: [
        "Pooled F1 at the threshold in use. Dotted: the marker's tolerance, at which the numbers at right of the names are."
      ] + study.settingsNotes)
  }

  // MARK: - Panels

  /// Lines, rings and the number of a row in a panel; nil where there is nothing of it.
  private typealias Drawing = (lines: [[(x: Double, y: Double)]], rings: [(x: Double, y: Double)], number: Double?)

  private func panels(
    x: LinePanels.Axis, y: LinePanels.Axis, reference: [(x: Double, y: Double)] = [], hasDots: Bool = false,
    _ draw: ([MatrixStudy.Cell]) throws -> Drawing?
  ) throws -> [LinePanels.Panel] {
    try matrix.columns.compactMap { column in
      try panel(column, x: x, y: y, reference: reference, hasDots: hasDots, draw)
    }
  }

  private func panel(
    _ column: Matrix.Column, x: LinePanels.Axis, y: LinePanels.Axis, reference: [(x: Double, y: Double)],
    hasDots: Bool, _ draw: ([MatrixStudy.Cell]) throws -> Drawing?
  ) throws -> LinePanels.Panel? {
    var lines: [LinePanels.Line] = []
    for row in matrix.rows {
      let cells = cells(row, column)
      guard !cells.isEmpty, let drawing = try draw(cells) else { continue }
      // Replicates are lines of one style under one name.
      for (place, points) in drawing.lines.enumerated() {
        var line = LinePanels.Line(name: row.name, style: .of(row, in: matrix), points: points)
        line.number = fixed(drawing.number, decimals: 2)
        line.rings = place == 0 ? drawing.rings : []
        line.hasDots = hasDots
        line.isOwn = matrix.isDiagonal(row, column)
        line.isNamed = place == 0
        lines.append(line)
      }
    }
    guard !lines.isEmpty else { return nil }
    let title = column.detail.map { "Tested on \(column.name) (\($0))" } ?? "Tested on \(column.name)"
    return LinePanels.Panel(title: title, x: x, y: y, lines: lines, reference: reference)
  }

  private func figure(
    _ name: String, _ title: String, _ panels: [LinePanels.Panel], number: String, notes: [String]
  ) -> ReportFigure? {
    guard !panels.isEmpty else { return nil }
    let alt = panels.map { panel in
      let values = panel.lines.filter(\.isNamed).map { "\($0.name) \($0.number)" }
      return "\(panel.title): \(values.joined(separator: ", "))"
    }
    let spoken = "\(title), \(number). \(alt.joined(separator: "; "))."
    let drawing = LinePanels(title: title, subtitle: "", notes: [], panels: panels, description: spoken)
    return ReportFigure(
      name: name, title: title, caption: notes.map { $0.hasSuffix(".") ? $0 : $0 + "." }.joined(separator: " "),
      alt: spoken, content: .svg(drawing.svg()))
  }

  // MARK: - Private

  private func cells(_ row: Matrix.Row, _ column: Matrix.Column) -> [MatrixStudy.Cell] {
    study.cells.filter { $0.row == row.label && $0.column == column.label }
  }

  /// The tolerance that the evaluations of a marker were scored within, in pixels of the plane.
  private func tolerance(of column: Matrix.Column) -> Double? {
    study.cells.first { $0.column == column.label }?.study.regions.first?.tolerance
  }

  private func mean(_ values: [Double?]) -> Double? {
    let known = values.compactMap(\.self)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}
