import Pipeline
import Recipes

/// Tasks of a recorded run, as `logs` and `diff` name them.
struct RecordedTasks {
  let record: RunRecord
  let tasks: [RunRecord.Task]

  /// What every command says of its argument.
  static let forms =
    "'train[marker=cfos]' of the last run that had it, RUN:SELECTOR, or EXPERIMENT:SELECTOR for its latest run"

  /// The tasks that a text names: `SELECTOR`, `RUN:SELECTOR` or `EXPERIMENT:SELECTOR`.
  ///
  /// - Throws: `SelectorError` where it names none.
  init(_ text: String, in store: Store) throws {
    let colon = text.lastIndex(of: ":")
    let words = String(colon.map { text[text.index(after: $0)...] } ?? text[...])
    let selector = try Selector(words)
    func matches(_ task: RunRecord.Task) -> Bool {
      (selector.stage == nil || selector.stage == task.addressedStage) && selector.matches(task.coordinate)
    }
    let subject = colon.map { String(text[..<$0]) }
    let found =
      if let subject { try store.run(meaning: subject) } else {
        try store.latestRun(where: matches)
      }
    guard let found else {
      throw SelectorError(
        subject.map { "'\($0)' never ran against the store '\(store.root)'" }
          ?? "no run in the store '\(store.root)' has a task that matches '\(words)'; 'lightbench status' lists runs")
    }
    record = found
    tasks = found.tasks.filter(matches)
    guard !tasks.isEmpty else {
      throw SelectorError("no task of the run '\(found.id)' (\(found.title)) matches '\(words)'")
    }
  }
}
