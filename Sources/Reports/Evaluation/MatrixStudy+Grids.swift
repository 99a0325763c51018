import Fingerprints
import Imaging

/// The tables of a study, each a grid that becomes text, CSV, Markdown, LaTeX or JSON.
extension MatrixStudy {
  /// A line a cell: pooled and mean measures with their intervals, localisation, average precision, calibration.
  ///
  /// - Throws: `MatchingError`.
  public func cellGrid(title: String) throws -> Grid {
    let measures = ["F1 pooled", "F1 mean", "precision", "recall", "localisation"]
    return Grid(
      title: title,
      header: labels + measures.flatMap { [$0, "\($0) low", "\($0) high"] }
        + ["median distance", "average precision", "calibration error", "regions", "regions n/a", "blocks"],
      rows: try cells.map { cell in
        let pooled = cell.evaluation.pooled
        let measured: [(Double?, Interval?)] = [
          (pooled.f1, cell.intervals.pooled.f1), (cell.evaluation.mean.f1, cell.intervals.mean.f1),
          (pooled.precision, cell.intervals.pooled.precision), (pooled.recall, cell.intervals.pooled.recall),
          (pooled.localisationError, cell.intervals.pooled.localisationError),
        ]
        return places(cell)
          + measured.flatMap { value, interval in [number(value), number(interval?.low), number(interval?.high)] }
          + [
            number(try cell.study.localisation()?.median), number(try cell.study.averagePrecision()),
            number(try cell.study.calibration()?.expectedError), number(Double(cell.evaluation.regions.count), 0),
            number(Double(cell.evaluation.regionsWithoutF1), 0), number(Double(cell.intervals.blocks), 0),
          ]
      }, labels: labels.count, notes: [note] + settingsNotes)
  }

  /// A line a cell and region: generalization across regions.
  public func regionGrid(title: String) -> Grid {
    Grid(
      title: title,
      header: labels + ["region", "F1", "F1 low", "F1 high", "precision", "recall", "localisation", "detections"]
        + ["annotations", "matches"],
      rows: cells.flatMap { cell in
        zip(cell.evaluation.regions, cell.intervals.regions).map { region, intervals in
          let scores = region.scores
          return places(cell) + [Grid.Cell(label: region.id)]
            + [scores.f1, intervals.f1?.low, intervals.f1?.high, scores.precision, scores.recall].map { number($0) }
            + [number(scores.localisationError)]
            + [region.counts.detections, region.counts.annotations, region.counts.matchedDetections].map {
              number(Double($0), 0)
            }
        }
      }, labels: labels.count + 1, notes: [note] + settingsNotes)
  }

  /// Each model on each region of its own marker, with 95% intervals: how far one marker is one thing.
  ///
  /// A row that has several evaluations in its cell, as replicates do, has a line each.
  public func ownRegionGrid(of matrix: Matrix, title: String) -> Grid {
    let own = cells.filter { cell in
      matrix.modelRows.contains { row in
        row.label == cell.row && matrix.columns.contains { $0.label == cell.column && matrix.isDiagonal(row, $0) }
      }
    }
    var names: [String] = []
    for region in own.flatMap(\.evaluation.regions) where !names.contains(region.id) { names.append(region.id) }
    return Grid(
      title: title, header: ["model"] + names + ["largest difference"],
      rows: own.map { cell in
        let name = matrix.rows.first { $0.label == cell.row }?.name ?? cell.row
        let known = cell.evaluation.regions.compactMap(\.scores.f1)
        let spread = known.min().flatMap { low in known.max().map { $0 - low } }
        return [Grid.Cell([name, cell.group].filter { !$0.isEmpty }.joined(separator: " "), .text(cell.row))]
          + names.map { region in
            guard let place = cell.evaluation.regions.firstIndex(where: { $0.id == region }) else { return number(nil) }
            let f1 = cell.evaluation.regions[place].scores.f1
            let range = cell.intervals.regions[place].f1.map {
              " (\(fixed($0.low, decimals: 2))\u{2013}\(fixed($0.high, decimals: 2)))"
            }
            return Grid.Cell(fixed(f1, decimals: 2) + (range ?? ""), f1.map { .number($0) } ?? .null)
          } + [number(spread, 2)]
      }, labels: 1, notes: [note] + settingsNotes)
  }

  /// A line a cell and threshold: the precision-recall curve.
  ///
  /// - Throws: `MatchingError`.
  public func curveGrid(title: String) throws -> Grid {
    Grid(
      title: title, header: labels + ["threshold", "precision", "recall", "F1"],
      rows: try cells.flatMap { cell in
        try (cell.study.curve()?.curve ?? []).map { step in
          places(cell)
            + [
              number(Double(step.threshold)), number(step.scores.precision), number(step.scores.recall),
              number(step.scores.f1),
            ]
        }
      }, labels: labels.count, notes: settingsNotes)
  }

  /// A line a cell and bin of scores: how far scores are probabilities; none for detectors without a model.
  ///
  /// - Throws: `MatchingError`.
  public func calibrationGrid(title: String) throws -> Grid {
    Grid(
      title: title, header: labels + ["from", "to", "detections", "mean score", "matched"],
      rows: try cells.flatMap { cell in
        try (cell.study.calibration()?.bins ?? []).map { bin in
          places(cell)
            + [
              number(bin.lower, 1), number(bin.upper, 1), number(Double(bin.count), 0), number(bin.meanScore),
              number(bin.matchedShare),
            ]
        }
      }, labels: labels.count,
      notes: ["all scores of models, whatever the threshold; baselines' scores are no probabilities"] + settingsNotes)
  }

  // MARK: - Private

  private var hasGroups: Bool { cells.contains { !$0.group.isEmpty } }

  private var labels: [String] { ["model", "test"] + (hasGroups ? ["one of"] : []) }

  private func places(_ cell: Cell) -> [Grid.Cell] {
    ([cell.row, cell.column] + (hasGroups ? [cell.group] : [])).map { Grid.Cell(label: $0) }
  }

  func number(_ value: Double?, _ decimals: Int = 3) -> Grid.Cell {
    // The threshold of a detector without detections is the largest number there is.
    let isLarge = (value?.magnitude ?? 0) >= 1e9
    return Grid.Cell(
      isLarge ? value.map { "\($0)" } ?? "" : fixed(value, decimals: decimals), value.map { .number($0) } ?? .null)
  }
}

extension MatchRule {
  /// As notes below tables say it.
  var words: String {
    switch self {
    case .greedy: "one-to-one by distance (greedy)"
    case .optimal: "one-to-one, as many pairs as possible, then the least distance (optimal)"
    case .nearest: "many-to-one (nearest)"
    }
  }
}

extension DistanceUnit {
  /// As notes below tables say it.
  var words: String { self == .px ? "in pixels of index space" : "in micrometres" }
}
