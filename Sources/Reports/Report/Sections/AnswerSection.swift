import Fingerprints
import Imaging
import Pipeline

/// The answer: each table of the recipe as figure and as numbers, beside the paper's where it has the same cells.
struct AnswerSection {
  let source: ReportSource
  let tables: [ReportedTable]

  var section: ReportSection {
    var blocks = tables.flatMap(blocks)
    if tables.isEmpty { blocks = endTables }
    if blocks.isEmpty { blocks = [.paragraph("There is nothing to show yet: no task has a result.")] }
    return ReportSection("answer", "The answer", blocks)
  }

  private func blocks(of table: ReportedTable) -> [ReportBlock] {
    var blocks: [ReportBlock] = tables.count > 1 ? [.heading(table.title)] : []
    blocks += table.coverage.sentences.map { .notice($0) }
    if let trouble = table.trouble { blocks.append(.notice(trouble)) }
    guard let matrix = table.matrix, !matrix.rows.isEmpty, !matrix.columns.isEmpty else { return blocks }
    if let sweep = table.sweep { return blocks + self.blocks(of: sweep, matrix, table) }
    return blocks + self.blocks(of: matrix, table)
  }

  // MARK: - A matrix

  private func blocks(of matrix: Matrix, _ table: ReportedTable) -> [ReportBlock] {
    guard PaperMatrix.isComparable(with: matrix) else {
      return [.figure(heatmap(matrix, table)), .table(numbers(matrix, table))]
    }
    let comparison = MatrixComparison.withPaper(matrix, label: "\(table.title): this experiment")
    let figure = SideBySide(comparison, title: "\(table.title) beside the paper")
    let correlations = Grid(
      title: "Spearman's rank correlation with the paper", header: ["over", "rho", "cells"],
      rows: [("all cells", comparison.all), ("those off the diagonal", comparison.offDiagonal)].map { name, found in
        [
          Grid.Cell(label: name),
          Grid.Cell(fixed(found.coefficient, decimals: 2), found.coefficient.map { .number($0) } ?? .null),
          Grid.Cell("\(found.count)", .integer(Int64(found.count))),
        ]
      }, labels: 1)
    return [
      .figure(
        ReportFigure(
          name: "\(table.stem)-and-paper", title: "\(table.title) beside the paper's matrix",
          caption: "On the left this experiment, on the right what the CANVAS paper reports for its own real data. "
            + "Dark cells are high; a frame marks a model's own marker.",
          alt: matrix.spoken(decimals: matrix.decimals), content: .svg(figure.svg()))),
      .table(numbers(matrix, table)), .table(ReportTable("\(table.stem).correlation", correlations)),
      .details(
        "The paper's matrix as a table",
        [
          .table(
            ReportTable(
              "\(table.stem).paper", PaperMatrix.matrix.grid, csv: PaperMatrix.matrix.csv(),
              mark: Self.mark(of: PaperMatrix.matrix)))
        ]),
    ]
  }

  private static func mark(of matrix: Matrix) -> String { matrix.hasDiagonal ? "own marker" : "best" }

  private func heatmap(_ matrix: Matrix, _ table: ReportedTable) -> ReportFigure {
    ReportFigure(
      name: table.stem, title: table.title,
      caption: "\(matrix.metric): \(matrix.rowAxis) (rows), \(matrix.columnAxis) (columns). "
        + (matrix.hasDiagonal ? "Dark cells are high; a frame marks a model's own marker." : "Dark cells are high."),
      alt: matrix.spoken(decimals: matrix.decimals), content: .svg(Heatmap(matrix).svg()))
  }

  private func numbers(_ matrix: Matrix, _ table: ReportedTable) -> ReportTable {
    let grid = matrix.grid
    let marked = matrix.hasDiagonal ? ["bold on a ground: a model's own marker"] : []
    let ranges = matrix.rows.contains { $0.intervals != nil } ? ["in parentheses: 95% intervals"] : []
    return ReportTable(
      table.stem,
      Grid(
        title: "\(matrix.metric): \(matrix.rowAxis) (rows), \(matrix.columnAxis) (columns)", header: grid.header,
        rows: grid.rows, labels: grid.labels, notes: marked + ranges + grid.notes), csv: matrix.csv(),
      mark: Self.mark(of: matrix))
  }

  // MARK: - A sweep

  private func blocks(of sweep: Sweep, _ matrix: Matrix, _ table: ReportedTable) -> [ReportBlock] {
    let (noise, trouble) = repeatedNoise
    let found = noise ?? sweep.noise
    let measures: [(Sweep.Measure, String)] =
      [(.metric, "best")] + (sweep.relativeMetric == sweep.metric ? [] : [(.relative, "best-relative")])
    var blocks: [ReportBlock] = measures.map { measure, name in
      .table(
        ReportTable(
          "\(table.stem).\(name)",
          sweep.bestGrid(
            by: measure, noise: found,
            title: "Best \(sweep.axes.number) of each \(sweep.axes.series) and \(sweep.axes.panel), by "
              + sweep.name(of: measure),
            notes: ["bold on a ground: " + sweep.bestNote(by: measure, noise: found)]
              + (trouble.map { [$0] } ?? []))))
    }
    if sweep.numbers.count > 1 {
      blocks.insert(
        .figure(
          ReportFigure(
            name: "\(table.stem)-curves", title: "\(table.title): curves",
            caption: "\(sweep.relativeMetric) by \(sweep.axes.number): a panel a \(sweep.axes.panel), a curve a "
              + "\(sweep.axes.series).", alt: matrix.spoken(decimals: matrix.decimals),
            content: .svg(SweepCurves(sweep).svg()))), at: 1)
    }
    let paper = PaperSweep.grid(
      beside: sweep, noise: found, title: "Beside the paper",
      notes: [PaperSweep.source] + (PaperSweep.caution(sweep).map { [$0] } ?? []))
    if let paper { blocks.append(.table(ReportTable("\(table.stem).paper", paper))) }
    let lines = trouble.map { found == nil ? [$0] : [$0] + sweep.noiseLines(found) } ?? sweep.noiseLines(found)
    let remarks = (lines + sweep.remarkLines).filter { !$0.isEmpty }.map { line in
      String(line.trimmingPrefix("- ")).replacing("`", with: "'")
    }
    return blocks + [
      .details(
        "Noise and convergence", [.list(remarks)]),
      .details("All cells", [.table(numbers(matrix, table))]),
    ]
  }

  /// What the variant with several seeds says of the seed, or why that cannot be read: then the rest is shown.
  private var repeatedNoise: (noise: Sweep.Noise?, trouble: String?) {
    guard let repeats = source.repeats else { return (nil, nil) }
    do {
      return (try PivotReader(repeats, store: source.store).noise, nil)
    } catch {
      return (nil, "the noise of the seed could not be read: \(ReportedTable.words(of: error))")
    }
  }

  // MARK: - Neither

  /// Of a recipe that makes no table: what the tasks that nobody reads measured.
  private var endTables: [ReportBlock] {
    let read = Set(source.plan?.graph.tasks.flatMap { $0.inputs.map(\.producer) } ?? [])
    let ends = source.plan.map { plan in
      Set(plan.graph.tasks.filter { !read.contains($0.index) }.map(\.stage))
    }
    return source.stages.filter { ends?.contains($0.name) ?? true }.compactMap { stage, tasks in
      guard tasks.contains(where: { $0.manifest != nil }) else { return nil }
      let grid = TaskListing(tasks, title: "\(source.name), \(stage)").grid
      return .table(ReportTable(stage.asFileName, grid.changed))
    }
  }
}
