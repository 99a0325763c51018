import ArgumentParser
import Fingerprints
import Pipeline
import Reports
import SystemPackage

/// `lightbench table`: the tables of an experiment, or one that is asked for.
struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Print the tables of an experiment, or any metric of any stage.",
    discussion: """
      Without a metric and a stage: the tables that the recipe makes, and below a matrix of models and test markers the \
      generalization gap as numbers; --intervals adds 95% intervals, computed from the stored detections. With --metric: that number of every task of a \
      stage, its axes down and across, the best of each column marked. With --stage alone: a line a task with its \
      parameters and all its metrics.

        table experiments/phantom-matrix.yaml
        table experiments/phantom-matrix.yaml --metric recall.pooled --mean test
        table experiments/phantom-matrix.yaml --stage train --changed
      """)

  @OptionGroup var options: ExperimentOptions

  @Option(help: "The metric in the cells, such as f1.pooled.")
  var metric: String?

  @Option(help: "The stage whose tasks are shown (default: the first that measured the metric).")
  var stage: String?

  @Option(help: "The axis that goes down; several as model,test.")
  var rows: String?

  @Option(help: "The axis that goes across; several as model,test.")
  var columns: String?

  @Option(help: "The axes averaged over: mean and standard deviation; several as model,test.")
  var mean: String?

  @Option(help: "Mark the best of each 'column' or 'row', by the metric's direction, or 'none'.")
  var best = Best.column

  @Flag(help: "Add 95% intervals to the recipe's tables (bootstrap over blocks).")
  var intervals = false

  @Flag(help: "Only the columns in which tasks differ.")
  var changed = false

  @Option(
    name: .customLong("run"),
    help: "Take what this run recorded ('lightbench status' lists them), also after recipe or program changed.")
  var recorded: String?

  @Option(help: "The form of the output.")
  var format = Format.text

  @Flag(help: "The same as --format json.")
  var json = false

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, csv, md, json, latex }
  enum Best: String, ExpressibleByArgument, CaseIterable { case column, row, none }

  func run() throws {
    guard !intervals || (metric == nil && stage == nil && recorded == nil) else {
      throw ValidationError("--intervals goes with the recipe's own tables, without --metric, --stage or --run")
    }
    if metric == nil && stage == nil {
      guard [rows, columns, mean].allSatisfy({ $0 == nil }), !changed else {
        throw ValidationError("name what to show: --metric METRIC for a table, --stage STAGE for a line a task")
      }
      return try printTables()
    }
    let results: [TaskResult]
    let title: String
    if let recorded {
      let (record, store) = try options.recorded(recorded)
      (results, title) = (try store.results(of: record), "\(record.title), run \(record.id)")
    } else {
      let experiment = try options.open()
      (results, title) = (try experiment.plan().results, experiment.name)
    }
    do {
      let grid = try request.grid(of: results, title: title)
      show(changed ? grid.changed : grid)
    } catch let refusal as TableRequest.Refusal {
      throw SelectorError(refusal.message)
    }
  }

  private var request: TableRequest {
    func names(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }
    return TableRequest(
      stage: stage, metric: metric, rows: names(rows), columns: names(columns), mean: names(mean),
      best: TableRequest.Best(rawValue: best.rawValue) ?? .column)
  }

  private func show(_ grid: Grid) {
    switch json ? .json : format {
    case .text: print(grid.text(), terminator: "")
    case .csv: print(grid.csv(), terminator: "")
    case .md: print(grid.markdown(), terminator: "")
    case .latex: print(grid.latex(), terminator: "")
    case .json: printJSON("table", ["tables": [.map(grid.document)]])
    }
  }

  // MARK: - The recipe's tables

  private func printTables() throws {
    let matrices = try recorded.map(recordedTables) ?? plannedTables()
    if json || format == .json {
      return printJSON(
        "table",
        ["tables": .list(matrices.map { .map($0.grid.document.merging(fields(of: $0)) { $1 }) })])
    }
    for matrix in matrices {
      switch format {
      case .text: print(matrix.text() + gap(of: matrix).map { "\n" + $0.text() }.joined())
      case .csv: print(matrix.csv(), terminator: "")
      case .md:
        print(matrix.markdown() + gap(of: matrix).map { "\n" + $0.markdown(level: 2) }.joined(), terminator: "")
      case .latex: print(matrix.grid.latex(), terminator: "")
      case .json: break
      }
    }
  }

  /// The gap by test marker and by model; nothing where no model is scored on its own marker and another.
  private func gap(of matrix: Matrix) -> [Grid] {
    guard let gap = GeneralizationGap(matrix) else { return [] }
    let grids = [gap.testGrid(title: gap.sentence()), gap.modelGrid(title: "by model")]
    return grids
      + matrix.markerVariants.compactMap { name, matrix in
        GeneralizationGap(matrix).map { $0.testGrid(title: "\(name): \($0.sentence())") }
      }
  }

  private func fields(of matrix: Matrix) -> [String: CanonicalValue] {
    let gap = GeneralizationGap(matrix)
    let number = { (value: Double?) in value.map { CanonicalValue.number($0) } ?? .null }
    var fields: [String: CanonicalValue] = [
      "metric": .text(matrix.metric), "diagonal": number(matrix.hasDiagonal ? matrix.diagonalMean : nil),
      "off_diagonal": number(gap?.offDiagonal),
      "gap": .list(self.gap(of: matrix).map { .map($0.document) }),
    ]
    fields["intervals"] = matrix.intervals
    return fields
  }

  private func plannedTables() throws -> [Matrix] {
    let experiment = try options.open()
    let plan = try experiment.plan()
    let reader = PivotReader(plan, store: experiment.store)
    guard !reader.pivots.isEmpty else { throw SelectorError("'\(experiment.name)' has no stage that makes a table") }
    return try reader.pivots.map { pivot in
      guard pivot.isCached else {
        throw SelectorError(
          "'\(pivot.task.address)' has no result yet; run 'lightbench run \(options.arguments)' first")
      }
      let study = intervals ? try MatrixStudy(of: pivot, in: plan, store: experiment.store) : nil
      return try reader.matrix(of: pivot, title: experiment.name, study: study)
    }
  }

  private func recordedTables(_ run: String) throws -> [Matrix] {
    let (record, store) = try options.recorded(run)
    let tables = RecordedTables(try store.results(of: record), store: store)
    guard !tables.pivots.isEmpty else {
      throw SelectorError("the run '\(record.id)' (\(record.title)) published no table that is still in the store")
    }
    return try tables.pivots.map { try tables.matrix(of: $0, title: "\(record.title), run \(record.id)") }
  }
}

extension ExperimentOptions {
  /// A recorded run of the experiment, and the store; the experiment itself is not read.
  ///
  /// - Throws: `SelectorError` where the run is of another experiment.
  func recorded(_ run: String) throws -> (record: RunRecord, store: Store) {
    let store = try Store(at: store.path, create: false)
    guard let record = try store.run(meaning: run, variant: variant) else {
      throw SelectorError("'\(run)' never ran against the store '\(store.root)'")
    }
    let name = FilePath(experiment).stem ?? experiment
    guard record.header.name == name else {
      throw SelectorError("the run '\(record.id)' is one of '\(record.title)', not of '\(name)'")
    }
    return (record, store)
  }
}
