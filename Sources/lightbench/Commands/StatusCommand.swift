import ArgumentParser
import Fingerprints
import Pipeline
import SystemPackage

/// `lightbench status`: what is done, running, failed and missing.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say what is done, running, failed and missing, with the log of each failure; alone, list all runs.",
    discussion: """
      A run is named as in the list (a beginning or an end of the name will do); an experiment by its file or its \
      title, such as phantom-matrix.smoke, means its latest run.
      """)

  @Argument(help: "An experiment file, a title such as phantom-matrix.smoke, or a run; without one, all runs.")
  var subject: String?

  @Option(help: "The variant, where an experiment is named by its file.")
  var variant: String?

  @OptionGroup var store: StoreOption

  @Flag(
    help: """
      Print the resolved recipe of the run: one file that gives the same tasks, put where the experiment lies if that \
      has manifests or tools beside it.
      """)
  var recipe = false

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    if recipe, subject == nil { throw ValidationError("--recipe needs a run or an experiment") }
    if recipe, json { throw ValidationError("--recipe prints YAML: leave out --json, or --recipe") }
  }

  func run() throws {
    let store = try Store(at: store.path)
    guard let subject else { return try list(store) }
    guard let record = try store.run(meaning: subject, variant: variant) else {
      if recipe { throw SelectorError(try neverRan(subject, store)) }
      if json { return printJSON("status", ["run": .null]) }
      return print(try neverRan(subject, store))
    }
    if recipe { return print(record.header.recipe, terminator: "") }
    if json { return printJSON("status", ["run": record.document]) }
    describe(record)
  }

  /// What to say of an experiment file without a run: perhaps it ran in another variant.
  private func neverRan(_ subject: String, _ store: Store) throws -> String {
    let words = "'\(subject)' never ran against the store '\(store.root)'"
    guard let other = try store.latestRun(of: FilePath(subject).stem ?? subject) else { return words }
    return words + (variant.map { " as '\($0)'" } ?? " without a variant") + "; '\(other.title)' did: \(other.id)"
  }

  private func list(_ store: Store) throws {
    let records = try store.runs().map { try store.run($0) }
    if json { return printJSON("runs", ["runs": .list(records.map(\.document))]) }
    guard !records.isEmpty else { return print("nothing ran against the store '\(store.root)' yet") }
    var table = TextTable(
      ["run", "experiment", "began", "tasks", "computed", "failed", "state", "settings"], rightAligned: [3, 4, 5])
    for record in records {
      table.append([
        record.id, record.title, spoken(time: record.header.started), record.extent,
        "\(record.count(.published))", "\(record.count(.failed))", record.condition.words,
        record.settings,
      ])
    }
    print(table.text)
  }

  private func describe(_ record: RunRecord) {
    print("run \(record.id)  \(record.title)  \(record.condition.words)")
    if !record.settings.isEmpty { print("with \(record.settings)") }
    if let choice = record.header.choice, choice.isPartial {
      let words = choice.words.map(\.quotedForShell).joined(separator: " ")
      print("\(record.extent) tasks were asked for: \(words)")
    }
    let isHalved = record.tasks.contains { $0.state == .stopped }
    let states = ["cached", "computed", "running", "failed"] + (isHalved ? ["stopped"] : [])
    var table = TextTable(["stage", "tasks"] + states + ["missing"], rightAligned: Set(1...states.count + 2))
    var stages: [String] = []
    for task in record.tasks where !stages.contains(task.stage ?? "") { stages.append(task.stage ?? "") }
    for stage in stages {
      let names = record.tasks.filter { $0.stage == stage }.map(record.stateName)
      let counts = states.map { state in names.count { $0 == state } }
      table.append([stage, "\(names.count)"] + counts.map(String.init) + ["\(names.count - counts.reduce(0, +))"])
    }
    print(table.text)
    let interrupted = record.tasks.filter { record.stateName($0) == "interrupted" }
    for task in interrupted { print("interrupted: \(task.address)" + (task.log.map { "  log: \($0)" } ?? "")) }
    for task in record.tasks where task.state == .stopped && task.because == nil {
      print("stopped: \(task.address) at step \(task.step ?? 0), where others did better")
    }
    for task in record.tasks {
      guard task.state == .failed, let failure = task.failure else { continue }
      let lines = failureLines(
        task.address, (failure.phase, failure.message), log: task.log, retry: record.retry(store: store.store))
      print("\n" + lines.joined(separator: "\n"))
    }
    if record.condition != .done, !record.isOpen {
      print("\ngo on with: \(record.goingOn(store: store.store))")
    }
  }
}
