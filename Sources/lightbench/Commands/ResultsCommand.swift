import ArgumentParser
import Pipeline
import Recipes
import Reports
import SystemPackage

/// `lightbench results`: tables and figures for version control.
struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Write (or compare) results/<experiment>[.<variant>]/: tables, figures, resolved recipe, provenance.",
    discussion: """
      A sweep whose experiment has a variant 'seeds', with replicates of some of its cells, takes the noise of the seed \
      from there if that has run; else it says so.
      """)

  @OptionGroup var options: ExperimentOptions

  @Option(name: .shortAndLong, help: "The folder that holds all results.")
  var output = "results"

  @Flag(help: "Write nothing; exit with 1 if what is written differs.")
  var check = false

  func run() throws {
    let experiment = try options.open()
    let plan = try experiment.plan()
    guard plan.pending.isEmpty else {
      throw SelectorError(
        "\(counted(plan.pending.count, "task")) of '\(experiment.name)' \(plan.pending.count == 1 ? "has" : "have") "
          + "no result yet; run 'lightbench run \(options.arguments)' first"
      )
    }
    let results = try ResultsFolder(
      experiment, plan: plan, repeats: try options.repeats(of: experiment), below: FilePath(output))
    if check {
      let different = results.differences()
      for path in different { print("differs: \(path)") }
      if !different.isEmpty { Exit.leave(.taskFailed) }
      print("\(results.files.count) files in \(results.path) are as they should be")
      return
    }
    let written = try results.write()
    print("\(results.path): \(results.files.count) files, \(written.count) changed")
    for path in written { print("  \(path)") }
  }
}
