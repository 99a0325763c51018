import ArgumentParser
import Fingerprints
import Pipeline
import Recipes

/// `lightbench diff`: what two tasks or runs differ in.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare two tasks or two runs: parameters, inputs and metrics that differ.",
    discussion: """
      Both work from what runs recorded, also after the experiment or the program has changed.

        diff 'train[marker=neun]' 'train[marker=cfos]'
        diff phantom-matrix phantom-matrix.no-contrast --metric f1.pooled
        diff phantom-matrix:'train[marker=neun]' RUN:'train[marker=neun]'
      """)

  @Argument(
    help: "A run (a name, or a file or title of an experiment for its latest run), or a task: \(RecordedTasks.forms).")
  var first: String

  @Argument(help: "What to compare it with: another run, or another task.")
  var second: String

  @Option(help: "Of runs, only these metrics; may be repeated.")
  var metric: [String] = []

  @OptionGroup var store: StoreOption

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let store = try Store(at: store.path, create: false)
    let sides = (try Side(first, in: store), try Side(second, in: store))
    switch (sides.0.task, sides.1.task) {
    case (let old?, let new?):
      let difference = TaskDifference(old, new)
      if json { return printJSON("diff", ["tasks": [difference.document]]) }
      print("- \(old.address) of \(sides.0.name)\n+ \(new.address) of \(sides.1.name)")
      print(difference.text)
    case (nil, nil):
      let difference = RunDifference(sides.0.results, sides.1.results)
      if json { return printJSON("diff", difference.document) }
      print("- \(sides.0.name)\n+ \(sides.1.name)")
      print(difference.text(metrics: metric))
    default:
      throw ValidationError("'\(first)' and '\(second)' are not of one sort: compare two tasks, or two runs")
    }
  }
}

/// One side of a comparison.
private struct Side {
  let name: String
  let results: [TaskResult]
  /// Nil where a run is meant.
  let task: TaskResult?

  init(_ text: String, in store: Store) throws {
    let record: RunRecord
    var address: String?
    if text.contains(where: { ":[@".contains($0) }) {
      let found = try RecordedTasks(text, in: store)
      guard found.tasks.count == 1 else {
        throw SelectorError(
          "'\(text)' matches \(found.tasks.count) tasks, such as '\(found.tasks[0].address)'; name one")
      }
      (record, address) = (found.record, found.tasks[0].address)
    } else if let run = try? store.run(meaning: text) {  // if it is no run, it may be a task; else both are said below
      record = run
    } else {
      do {
        let found = try RecordedTasks(text, in: store)
        (record, address) = (found.record, found.tasks.first?.address)
      } catch {
        throw SelectorError(
          "'\(text)' is neither a run nor a task in the store '\(store.root)'; 'lightbench status' lists runs")
      }
    }
    name = "run \(record.id) (\(record.title), \(spoken(time: record.header.started)))"
    let results = try store.results(of: record)
    self.results = results
    task = address.flatMap { wanted in results.first { $0.address == wanted } }
  }
}
