public import Pipeline
import Recipes
public import SystemPackage

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
  /// The latest runs of the experiment with the same settings that computed something, the oldest first.
  public let runs: [RunRecord]
  /// Cells of the same sweeps with several seeds, for the noise of the seed.
  public var repeats: Plan?
  public var leaderboard: Leaderboard?
  /// What else was wanted and cannot be read, a sentence each.
  public var troubles: [String] = []
  /// The words after `lightbench run` that mean the same experiment.
  public var arguments: String
  /// The name of the run, where this is of one alone.
  public let run: String?
  /// The version of the program.
  public var version: String

  /// What there is of an experiment.
  ///
  /// - Parameters:
  ///   - plan: Its tasks held against the store; any of them may be missing.
  ///   - folder: Where the page goes: from there its recipe finds the files that stages name.
  ///   - runs: Its latest runs, as `RecentRuns` reads them.
  public init(
    _ experiment: OpenExperiment, plan: Plan, for folder: FilePath, runs: [RunRecord], arguments: String,
    version: String
  ) {
    name = experiment.name
    fileName = experiment.name
    results = plan.results
    store = experiment.store
    self.plan = plan
    recipe = experiment.resolvedRecipe(in: folder)
    self.runs = runs
    run = nil
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
    recipe = Self.withoutFolders(record.header.recipe)
    runs = [record]
    run = record.id
    self.arguments = arguments
    self.version = version
  }

  /// A recorded recipe without the absolute folders of its experiment and of those that it takes tasks from, which are
  /// none of a reader's business.
  private static func withoutFolders(_ recipe: String) -> String {
    let isFolder = { (line: Substring) in
      ["folder: /", "folder: \"/", "folder: '/"].contains { line.hasPrefix($0) || line.hasPrefix("    " + $0) }
    }
    return recipe.split(separator: "\n", omittingEmptySubsequences: false).filter { !isFolder($0) }
      .joined(separator: "\n")
  }

  /// The tasks without a result; those that were stopped because others did better are none of them.
  public var missing: [TaskResult] { results.filter(\.isMissing) }

  /// The stages in the order of their tasks, each with its tasks.
  var stages: [(name: String, tasks: [TaskResult])] {
    let byStage = Dictionary(grouping: results, by: \.stage)
    return results.map(\.stage).uniqued().map { ($0, byStage[$0] ?? []) }
  }
}

extension TaskResult {
  /// Whether it has no result and shall have one.
  var isMissing: Bool { manifest == nil && stopped == nil }
}
