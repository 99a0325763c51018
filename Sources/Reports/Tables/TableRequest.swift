import Fingerprints
public import Pipeline
import Recipes

/// A table that somebody asks for: a metric of a stage's tasks over their axes, or the tasks with all they have.
public struct TableRequest: Sendable {
  /// Among which cells the best is marked.
  public enum Best: String, Sendable, CaseIterable { case column, row, none }

  /// The stage; nil for the first that measured the metric.
  public var stage: String?
  /// The metric in the cells; nil for a line a task.
  public var metric: String?
  /// The axes down, across, and averaged over.
  public var rows: [String]
  public var columns: [String]
  public var mean: [String]
  public var best: Best

  /// What to show; what is left out is taken from the recipe.
  public init(
    stage: String? = nil, metric: String? = nil, rows: [String] = [], columns: [String] = [], mean: [String] = [],
    best: Best = .column
  ) {
    self.stage = stage
    self.metric = metric
    self.rows = rows
    self.columns = columns
    self.mean = mean
    self.best = best
  }

  /// Why a table cannot be made: what is named and is not there.
  public struct Refusal: Error, Sendable {
    /// What to say.
    public let message: String
  }

  /// The table.
  ///
  /// - Parameter results: The tasks of an experiment or of a run.
  /// - Throws: `Refusal` for a stage, an axis or a metric that is not there, and for two values of one cell.
  public func grid(of results: [TaskResult], title: String) throws -> Grid {
    let stage = try chosenStage(in: results)
    let tasks = results.filter { $0.stage == stage }
    guard let metric else {
      guard rows.isEmpty, columns.isEmpty, mean.isEmpty else {
        throw Refusal(message: "name the metric of the cells with --metric; " + Self.measured(tasks, by: stage))
      }
      return TaskListing(tasks, title: "\(title), \(stage)").grid
    }
    return try pivot(tasks, of: stage, metric: metric, title: title)
  }

  private func chosenStage(in results: [TaskResult]) throws -> String {
    let stages = results.map(\.stage).uniqued()
    if let stage {
      if stages.contains(stage) { return stage }
      let hint = Suggestion.hint(for: stage, among: stages) ?? "the stages are \(quoted(stages))"
      throw Refusal(message: "there is no stage '\(stage)'; \(hint)")
    }
    guard let metric else { throw Refusal(message: "name a stage with --stage; the stages are \(quoted(stages))") }
    let found = results.first { $0.manifest?.metrics.contains { $0.name == metric } ?? false }
    if let found { return found.stage }
    let names = results.flatMap { $0.manifest?.metrics.map(\.name) ?? [] }.uniqued()
    let hint = Suggestion.hint(for: metric, among: names) ?? "--stage STAGE lists what the tasks of a stage measured"
    throw Refusal(message: "no task measured '\(metric)'; \(hint)")
  }

  // MARK: - Pivot

  private func pivot(_ tasks: [TaskResult], of stage: String, metric: String, title: String) throws -> Grid {
    let axes = tasks.first?.coordinate.axes ?? []
    // What replicates differ in is chance: nobody has to ask for their mean.
    let isReplicated = axes.contains("replicate") && !(rows + columns + mean).contains("replicate")
    let mean = mean + (isReplicated ? ["replicate"] : [])
    for axis in rows + columns + mean where !axes.contains(axis) {
      let list = axes.isEmpty ? "it has none" : "its axes are \(quoted(axes))"
      throw Refusal(message: "'\(stage)' has no axis '\(axis)'; \(list)")
    }
    var left = axes.filter { !(rows + columns + mean).contains($0) }
    let down = rows.isEmpty && !left.isEmpty ? [left.removeFirst()] : rows
    let across = columns.isEmpty && !left.isEmpty ? [left.removeFirst()] : columns
    var pivot = Pivot(metric: metric, down: down, across: across, averaged: mean)
    for task in tasks {
      guard pivot.add(task) else {
        throw Refusal(
          message: "'\(stage)' has several values for one cell: they differ on \(quoted(left)); "
            + "average over it with --mean, or name it in --rows or --columns")
      }
    }
    guard let unit = pivot.unit else {
      throw Refusal(message: "no task of '\(stage)' measured '\(metric)'; " + Self.measured(tasks, by: stage))
    }
    return pivot.grid(
      title: "\(title), \(stage): \(metric)" + (unit.isEmpty ? "" : " (\(unit))"), best: best)
  }

  private static func measured(_ tasks: [TaskResult], by stage: String) -> String {
    let names = tasks.flatMap { $0.manifest?.metrics.map(\.name) ?? [] }.uniqued()
    return names.isEmpty ? "no task of '\(stage)' has a result yet" : "'\(stage)' measured \(quoted(names))"
  }
}

private func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }

extension Sequence where Element: Hashable {
  /// The elements without repetitions, in the order of their first appearance.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
