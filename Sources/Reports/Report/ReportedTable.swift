import Imaging
import Pipeline

/// A table that the recipe makes, with what a report says of it.
struct ReportedTable {
  /// The beginning of the names of its files.
  let stem: String
  let title: String
  /// What there is of it; nil where no cell has a result.
  let matrix: Matrix?
  /// The task that makes it; nil where only a record is there.
  var pivot: Plan.Entry?
  /// What lies behind its cells, where they are evaluations and all there.
  var study: MatrixStudy?
  /// The same numbers as a sweep, if it is one.
  var sweep: Sweep?
  /// How far its cells are.
  var coverage = TableCoverage()
  /// Why something of it cannot be shown.
  var trouble: String?

  /// The tables of an experiment.
  ///
  /// - Parameter isQuick: Whether what takes seconds is left out: intervals and all that needs detections.
  static func all(of source: ReportSource, isQuick: Bool) -> [ReportedTable] {
    if let plan = source.plan {
      let reader = PivotReader(plan, store: source.store)
      return reader.pivots.map { table(of: $0, reader, source, isQuick: isQuick) }
    }
    let recorded = RecordedTables(source.results, store: source.store)
    return recorded.pivots.map { pivot in
      let (stem, title) = names(of: pivot.address, stage: pivot.stage, in: source)
      return attempt(stem, title) {
        ReportedTable(stem: stem, title: title, matrix: try recorded.matrix(of: pivot, title: title))
      }
    }
  }

  private static func table(
    of pivot: Plan.Entry, _ reader: PivotReader, _ source: ReportSource, isQuick: Bool
  ) -> ReportedTable {
    let (stem, title) = names(of: pivot.task.address, stage: pivot.task.stage, in: source)
    let coverage = reader.coverage(of: pivot)
    guard pivot.isCached else {
      return attempt(stem, title) {
        ReportedTable(
          stem: stem, title: title, matrix: try reader.partialMatrix(of: pivot, title: title), pivot: pivot,
          coverage: coverage)
      }
    }
    return attempt(stem, title) {
      var found = ReportedTable(
        stem: stem, title: title, matrix: try reader.matrix(of: pivot, title: title), pivot: pivot)
      guard !isQuick else { return found }
      do {
        found.study = try MatrixStudy(of: pivot, in: reader.plan, store: source.store)
      } catch {
        // The table itself is there: what is behind its cells may have been cleaned away.
        found.trouble = "Without intervals and curves: \(words(of: error))"
      }
      let matrix = try reader.matrix(of: pivot, title: title, study: found.study)
      return ReportedTable(
        stem: stem, title: title, matrix: matrix, pivot: pivot, study: found.study,
        sweep: try reader.sweep(of: pivot, title: title), trouble: found.trouble)
    }
  }

  /// A table, or what is wrong with it: one that cannot be read keeps nobody from the rest of a report.
  private static func attempt(_ stem: String, _ title: String, _ make: () throws -> ReportedTable) -> ReportedTable {
    do {
      return try make()
    } catch {
      let trouble = "This table is not shown: \(words(of: error))"
      return ReportedTable(stem: stem, title: title, matrix: nil, trouble: trouble)
    }
  }

  /// Why something cannot be read, without where in the program.
  static func words(of error: any Error) -> String {
    switch error {
    case let error as StoreError: error.message
    case let failure as TaskFailure: failure.message
    default: "\(error)"
    }
  }

  private static func names(of address: String, stage: String, in source: ReportSource) -> (String, String) {
    (address.asFileName, source.name + (stage == "matrix" ? "" : ", \(address)"))
  }
}

extension String {
  /// The text with only what may stand in the name of a file anywhere: `train[marker=cfos]` is `train-marker-cfos`.
  var asFileName: String {
    let parts = split { !($0.isASCII && ($0.isLetter || $0.isNumber || "._".contains($0))) }
    return parts.joined(separator: "-")
  }
}
