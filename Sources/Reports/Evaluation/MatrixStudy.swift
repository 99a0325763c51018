public import Imaging
public import Pipeline

/// The cells of a matrix as studies, with all that follows from stored detections: intervals, curves, calibration,
/// sensitivity to rule and tolerance.
public struct MatrixStudy: Sendable {
  /// One evaluation.
  public struct Cell: Sendable {
    /// The labels of row and column, and of the replicate or group where there are several.
    public let row: String
    public let column: String
    public let group: String
    public let study: DetectionStudy
    public let evaluation: Evaluation
    public let intervals: BlockBootstrap.Intervals
  }

  public let cells: [Cell]
  public let bootstrap: BlockBootstrap

  /// Studies every evaluation behind a table; nil where the table gathers something else.
  ///
  /// - Throws: `StoreError` or `TaskFailure` for what is not in the store.
  public init?(of pivot: Plan.Entry, in plan: Plan, store: Store, bootstrap: BlockBootstrap = BlockBootstrap()) throws {
    let inputs = pivot.task.inputs.filter { $0.port == "metrics" }
    guard !inputs.isEmpty, inputs.allSatisfy({ StudyReader.isEvaluation(plan.entries[$0.producer]) }) else {
      return nil
    }
    let reader = StudyReader(plan, store: store)
    try self.init(
      inputs.map { input in
        let group = [input.labels["group"], input.labels["replicate"]].compactMap(\.self).joined(separator: " ")
        return (
          input.labels["row"] ?? "", input.labels["column"] ?? "", group,
          try reader.study(of: plan.entries[input.producer])
        )
      }, bootstrap: bootstrap)
  }

  /// Studies of cells.
  ///
  /// - Throws: `MatchingError`.
  public init(
    _ cells: [(row: String, column: String, group: String, study: DetectionStudy)],
    bootstrap: BlockBootstrap = BlockBootstrap()
  ) throws {
    self.bootstrap = bootstrap
    self.cells = try cells.map { row, column, group, study in
      Cell(
        row: row, column: column, group: group, study: study, evaluation: try study.evaluation(),
        intervals: try study.intervals(bootstrap))
    }
  }

  /// The interval of a metric of a cell, where the cell is one evaluation; nil for a metric that has none.
  public func interval(row: String, column: String, metric: String) -> Interval? {
    let found = cells.filter { $0.row == row && $0.column == column }
    guard found.count == 1 else { return nil }
    let intervals = found[0].intervals
    return switch metric {
    case "f1.pooled": intervals.pooled.f1
    case "precision.pooled": intervals.pooled.precision
    case "recall.pooled": intervals.pooled.recall
    case "localisation.pooled": intervals.pooled.localisationError
    case "f1.mean": intervals.mean.f1
    case "precision.mean": intervals.mean.precision
    case "recall.mean": intervals.mean.recall
    default: nil
    }
  }

  /// How the intervals were found, for captions.
  public var note: String {
    let level = fixed(100 * bootstrap.level, decimals: 0)
    return
      "ranges: \(level)% intervals by bootstrap over blocks of \(fixed(bootstrap.blockSize, decimals: 0)) px in the "
      + "plane (as long in z, in micrometres), \(bootstrap.draws) draws, seed \(bootstrap.seed)"
  }
}
