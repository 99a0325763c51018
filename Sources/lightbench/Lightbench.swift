import ArgumentParser

/// The command line: one subcommand a file, each of which only asks the floors below and prints.
@main
struct Lightbench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lightbench",
    abstract: "Declarative, repeatable experiments on light-sheet microscopy.",
    discussion: """
      An experiment is a YAML file that picks a recipe, binds its data and sets its parameters. 'run' computes what \
      is missing and nothing else; run it again after a failure, an interruption or a change.

        plan experiments/phantom-matrix.yaml      what would run, and why
        run experiments/phantom-matrix.yaml       run it
        status experiments/phantom-matrix.yaml    what is done, failed, missing
        table experiments/phantom-matrix.yaml     the 6x6 matrix
        results experiments/phantom-matrix.yaml   write results/phantom-matrix/
        report experiments/phantom-matrix.yaml    write one HTML file with all of it

      Tasks are named by selectors, quoted for the shell: 'train[marker=cfos]', 'evaluate[model=neun,test=neun|cfos]', \
      or train@marker=cfos without quotes; a stage alone, such as train, names all of its tasks.

      Exit codes: 0 ok; 1 a task failed; 2 bad options; 3 recipe invalid or outside data missing; 4 a selector matches \
      nothing; 5 store or integrity; 6 environment (disk, permissions); 70 internal; 75 stopped after checkpoints, run \
      again; 130 stopped at once. 'plan --exit-code' gives 10 when work is pending.
      """,
    version: Build.version,
    subcommands: [
      RunCommand.self, PlanCommand.self, ExplainCommand.self, GraphCommand.self, CheckCommand.self, StatusCommand.self,
      LogsCommand.self, DiffCommand.self,
      TableCommand.self,
      ResultsCommand.self, ReportCommand.self, GetCommand.self, DetectCommand.self, PredictCommand.self,
      ScoreCommand.self, LeaderboardCommand.self, ModelCommand.self, StagesCommand.self,
      CacheCommand.self, DataCommand.self, SchemaCommand.self, InitCommand.self, CompletionsCommand.self,
      WorkCommand.self,
    ])

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Exit.now(for: error)
    }
  }
}
