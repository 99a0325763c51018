import ArgumentParser
import Pipeline
import Reports

/// `lightbench table`: the tables of an experiment.
struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "table", abstract: "Print the tables of an experiment.")

  @OptionGroup var options: ExperimentOptions

  @Option(help: "text, csv or md.")
  var format = Format.text

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, csv, md }

  func run() throws {
    let experiment = try options.open()
    let plan = try experiment.plan()
    let reader = PivotReader(plan, store: experiment.store)
    guard !reader.pivots.isEmpty else { throw SelectorError("'\(experiment.name)' has no stage that makes a table") }
    for pivot in reader.pivots {
      guard pivot.isCached else {
        throw SelectorError(
          "'\(pivot.task.address)' has no result yet; run 'lightbench run \(options.arguments)' first")
      }
      let matrix = try reader.matrix(of: pivot, title: experiment.name)
      switch format {
      case .text: print(matrix.text())
      case .csv: print(matrix.csv(), terminator: "")
      case .md: print(matrix.markdown(), terminator: "")
      }
    }
  }
}
