public import Pipeline
import Recipes

/// What a report is made from: the plan of an experiment or the record of one run, and what the store holds of it.
public struct ReportSource: Sendable {
  /// The name of the experiment with its variant, and of the run where it is of one alone.
  public let name: String
  /// The name of the page and of the folder beside it.
  public let fileName: String
  /// Every task with what it gave.
  public let results: [TaskResult]
  public let store: Store
  /// The plan; nil where only a record is there.
  public let plan: Plan?
  /// One self-contained recipe that gives the same tasks.
  public let recipe: String
  /// The runs of the experiment, the oldest first.
  public let runs: [RunRecord]
  /// Cells of the same sweeps with several seeds, for the noise of the seed.
  public var repeats: Plan?
  public var leaderboard: Leaderboard?
  /// The words after `lightbench run` that mean the same experiment.
  public var arguments: String
  /// The version of the program.
  public var version: String

  /// What there is of an experiment.
  ///
  /// - Parameter plan: Its tasks held against the store; any of them may be missing.
  /// - Throws: `StoreError` where a record cannot be read.
  public init(_ experiment: OpenExperiment, plan: Plan, arguments: String, version: String) throws {
    name = experiment.name
    fileName = experiment.name
    results = plan.results
    store = experiment.store
    self.plan = plan
    recipe = experiment.resolvedRecipe(in: nil)
    runs = try experiment.store.records(of: experiment.recipe.name, variant: experiment.recipe.variant)
    self.arguments = arguments
    self.version = version
  }

  /// What is left of one run, whatever became of its experiment since.
  ///
  /// - Throws: `StoreError` where a row cannot be read.
  public init(_ record: RunRecord, in store: Store, arguments: String, version: String) throws {
    name = "\(record.title), run \(record.id)"
    fileName = "\(record.title)-\(record.id)"
    results = try store.results(of: record)
    self.store = store
    plan = nil
    recipe = record.header.recipe
    runs = [record]
    self.arguments = arguments
    self.version = version
  }

  /// The tasks without a result.
  public var missing: [TaskResult] { results.filter { $0.manifest == nil } }

  /// The stages in the order of their tasks, each with its tasks.
  var stages: [(name: String, tasks: [TaskResult])] {
    let byStage = Dictionary(grouping: results, by: \.stage)
    return results.map(\.stage).uniqued().map { ($0, byStage[$0] ?? []) }
  }
}
