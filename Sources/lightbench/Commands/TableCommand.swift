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
      Without a metric and a stage: the tables that the recipe makes. With --metric: that number of every task of a \
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
        ["tables": .list(matrices.map { .map($0.grid.document.merging(["metric": .text($0.metric)]) { $1 }) })])
    }
    for matrix in matrices {
      switch format {
      case .text: print(matrix.text())
      case .csv: print(matrix.csv(), terminator: "")
      case .md: print(matrix.markdown(), terminator: "")
      case .latex: print(matrix.grid.latex(), terminator: "")
      case .json: break
      }
    }
  }

  private func plannedTables() throws -> [Matrix] {
    let experiment = try options.open()
    let reader = PivotReader(try experiment.plan(), store: experiment.store)
    guard !reader.pivots.isEmpty else { throw SelectorError("'\(experiment.name)' has no stage that makes a table") }
    return try reader.pivots.map { pivot in
      guard pivot.isCached else {
        throw SelectorError(
          "'\(pivot.task.address)' has no result yet; run 'lightbench run \(options.arguments)' first")
      }
      return try reader.matrix(of: pivot, title: experiment.name)
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
