import ArgumentParser
import Fingerprints
import Pipeline
import Recipes

/// `lightbench plan`: what would run, and why.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Say what would run, and why; run nothing.")

  @OptionGroup var options: ExperimentOptions

  @Flag(name: .shortAndLong, help: "One line a task.")
  var verbose = false

  @Flag(help: "Exit with 10 when work is pending.")
  var exitCode = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let experiment = try options.open()
    let plan = try experiment.plan()
    for warning in experiment.graph.warnings { say(warning.rendered(in: experiment.recipe.sources)) }
    if json {
      try printJSON(plan.document)
    } else {
      print(plan.table(verbose: verbose))
    }
    if exitCode && !plan.pending.isEmpty { Exit.leave(.pending) }
  }
}

extension Plan {
  /// The table of `plan`: a line a stage, or a line a task.
  func table(verbose: Bool) -> String {
    (verbose ? taskTable : stageTable) + "\n" + summary
  }

  /// The last line: how much there is to do.
  var summary: String {
    let runs = entries.count { if case .run = $0.state { true } else { false } }
    let maybes = pending.count - runs
    if pending.isEmpty { return "Everything is up to date." }
    let tasks = runs == 1 ? "1 task runs" : "\(runs) tasks run"
    return maybes == 0
      ? "\(tasks). Nothing was run." : "\(tasks); \(maybes) run only if their inputs change. Nothing was run."
  }

  private var stageTable: String {
    var table = TextTable(
      ["stage", "tasks", "cached", "run", "maybe", "time", "memory", "reason"], rightAligned: [1, 2, 3, 4, 5, 6])
    for stage in graph.stages {
      let own = entries.filter { $0.task.stage == stage.name }
      let waiting = own.filter { !$0.isCached }
      let runs = own.count { if case .run = $0.state { true } else { false } }
      table.append([
        stage.name, "\(own.count)", "\(own.count - waiting.count)", "\(runs)", "\(waiting.count - runs)",
        waiting.isEmpty ? "-" : spoken(seconds: waiting.reduce(0) { $0 + $1.task.prepared.cost.seconds }),
        waiting.map(\.task.prepared.cost.memory).max().map(spoken(bytes:)) ?? "-",
        waiting.first.map(\.reasonText) ?? "",
      ])
    }
    return table.text
  }

  private var taskTable: String {
    var table = TextTable(["task", "state", "reason"])
    for entry in entries {
      table.append([entry.task.address, entry.stateName, entry.isCached ? "" : entry.why])
    }
    return table.text
  }

  /// The plan as a document.
  var document: CanonicalValue {
    [
      "schema": 1,
      "tasks": .list(
        entries.map { entry in
          [
            "address": .text(entry.task.address), "state": .text(entry.stateName),
            "plan_key": .text(entry.planKey.hex), "reason": entry.reason.map { .text($0.words) } ?? .null,
            "at": entry.reason?.place.map { .text($0) } ?? .null,
            "resumes_at": entry.resumesAt.map { .integer(Int64($0)) } ?? .null,
            "fingerprint": entry.manifest.map { .text($0.fingerprint.hex) } ?? .null,
          ]
        }),
    ]
  }
}

extension Plan.Entry {
  var stateName: String {
    switch state {
    case .cached: "cached"
    case .run: "run"
    case .maybe: "maybe"
    }
  }

  /// `train[marker=gfap] steps 1500 -> 3000, resumes at 1200  generalization.yaml:31:35`.
  var reasonText: String { task.address + " " + why }

  /// The same without the address.
  var why: String {
    var text = reason?.words ?? ""
    if let resumesAt { text += ", resumes at \(resumesAt)" }
    if let place = reason?.place { text += "  \(place)" }
    return text
  }
}
