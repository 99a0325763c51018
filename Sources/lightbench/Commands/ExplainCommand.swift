import ArgumentParser
import Fingerprints
import Pipeline
import Recipes

/// `lightbench explain`: why a task runs, or why it need not.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say why a task will run, or why it is cached: field by field, old -> new, with the line of the recipe.",
    discussion: """
      The key of the task is compared with the one it had in the last run that knew it; where there is none, with the \
      result of the same kind that differs least. Of inputs that are not there yet, the reason is told in turn, down \
      to the tasks at the root.

        explain experiments/phantom-matrix.yaml 'train[marker=gfap]'
      """)

  @OptionGroup var options: ExperimentOptions

  @Argument(help: "Tasks: 'train[marker=gfap]', train@marker=gfap, or all of a stage: train.")
  var selector: String

  @Flag(name: .shortAndLong, help: "Show every field, not only those that differ.")
  var verbose = false

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let experiment = try options.open()
    let tasks = try experiment.tasks(selector)
    let plan = try experiment.plan()
    let explanations = try Explanation.all(
      of: tasks.map(\.index), in: plan, history: experiment.history, store: experiment.store)
    if json {
      return printJSON("explain", ["tasks": .list(explanations.map { $0.document(in: plan) })])
    }
    print(explanations.map { $0.text(in: plan, isWhole: verbose) }.joined(separator: "\n\n"))
  }
}

extension OpenExperiment {
  /// The tasks of a selector.
  ///
  /// - Throws: `SelectorError` where it names none.
  func tasks(_ text: String) throws -> [Graph.Task] {
    let selector = try Selector(text)
    let tasks = graph.tasks(matching: selector)
    guard !tasks.isEmpty else { throw SelectorError(noTask(of: selector, text)) }
    return tasks
  }

  private func noTask(of selector: Selector, _ text: String) -> String {
    let stages = graph.stages.map(\.name)
    let stage = selector.stage ?? ""
    guard stages.contains(stage) else {
      let hint = Suggestion.hint(for: stage, among: stages) ?? "its stages are \(stages.joined(separator: ", "))"
      return "no task of '\(file)' matches '\(text)'; \(hint)"
    }
    let example = graph.tasks.first { $0.stage == stage }.map { "; there is '\($0.address)'" } ?? ""
    return "no task of '\(file)' matches '\(text)'\(example)"
  }
}
