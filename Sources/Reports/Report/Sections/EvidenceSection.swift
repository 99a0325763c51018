import Imaging
import Pipeline

/// What stands behind the answer: every cell and region in full, how all moves with rule and tolerance, the trainings.
struct EvidenceSection {
  let source: ReportSource
  let tables: [ReportedTable]
  let isQuick: Bool

  var section: ReportSection? {
    var blocks: [ReportBlock] = []
    for table in tables {
      do {
        blocks += try self.blocks(of: table)
      } catch {
        blocks.append(.notice("The evidence of '\(table.title)' is not complete: \(error)"))
      }
    }
    blocks += curves + trainings
    return blocks.isEmpty ? nil : ReportSection("evidence", "The evidence", blocks)
  }

  private func blocks(of table: ReportedTable) throws -> [ReportBlock] {
    guard !isQuick, let matrix = table.matrix, let study = table.study else { return [] }
    let (stem, title) = (table.stem, table.title)
    let sensitivity = try MatrixSensitivity(study)
    let figure = SensitivityFigure(sensitivity, matrix: matrix, title: "F1 by matching rule and tolerance")
    let grid = sensitivity.grid(title: "F1 by matching rule and tolerance")
    let cells = try study.cellGrid(title: "Each cell in full")
    let regions = study.regionGrid(title: "Each cell by region")
    let curves = try EvaluationFigures(study, matrix: matrix).set().blocks(under: tables.count > 1 ? stem : nil)
    return (tables.count > 1 ? [.heading(title)] : []) + curves + [
      .figure(
        ReportFigure(
          name: "\(stem)-sensitivity", title: "F1 by matching rule and tolerance",
          caption: "How every cell moves with the matching rule and the tolerance: a flat line is a cell that does not "
            + "hang on either.", alt: grid.spoken, content: .svg(figure.svg()))),
      .details(
        "Each cell in full: precision, recall, localisation, intervals",
        [.table(ReportTable("\(stem).evaluation", cells))]),
      .details("Each cell by region", [.table(ReportTable("\(stem).regions", regions))]),
      .details("F1 by matching rule and tolerance, as a table", [.table(ReportTable("\(stem).sensitivity", grid))]),
      .files(
        [
          ReportTable("\(stem).curve", try study.curveGrid(title: "precision and recall by threshold")),
          ReportTable("\(stem).calibration", try study.calibrationGrid(title: "scores of models as probabilities")),
        ].filter { !$0.grid.rows.isEmpty }),
    ]
  }

  /// Loss by step of each training, with validation.
  private var curves: [ReportBlock] {
    guard let plan = source.plan else { return [] }
    do {
      return try TrainingFigures(of: plan, store: source.store).set().blocks(under: nil)
    } catch {
      return [.notice("No training curves: \(error)")]
    }
  }

  /// What trainings were set to and what they reached: once where all have the same, else a line a training.
  private var trainings: [ReportBlock] {
    source.stages.compactMap { stage, tasks in
      guard tasks.contains(where: { $0.manifest != nil }), tasks.first?.kind.hasPrefix("train.") ?? false else {
        return nil
      }
      return .details(
        "The trainings of '\(stage)': settings and measures",
        Self.tables(of: TaskListing(tasks, title: "\(stage): the trainings").grid, stem: stage.asFileName))
    }
  }
}

extension EvidenceSection {
  /// A listing in two tables that fit on paper; the file of the second has every column.
  static func tables(of listing: Grid, stem: String) -> [ReportBlock] {
    let (shared, changed) = (listing.shared, listing.changed)
    guard changed.header.count > listing.labels else {
      return [.table(ReportTable("\(stem).tasks", shared, csv: listing.csv()))]
    }
    return (shared.rows.isEmpty ? [] : [.table(ReportTable("\(stem).shared", shared))])
      + [.table(ReportTable("\(stem).tasks", changed, csv: listing.csv()))]
  }
}

extension Grid {
  /// The rows in words, for those who cannot see a figure of them.
  var spoken: String {
    rows.map { row in
      let names = row.prefix(labels).map(\.text).joined(separator: ", ")
      let numbers = zip(header, row).dropFirst(labels).map { "\($0) \($1.text)" }.joined(separator: ", ")
      return "\(names): \(numbers)"
    }.joined(separator: "; ")
  }
}
