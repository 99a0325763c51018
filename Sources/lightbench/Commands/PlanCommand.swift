import ArgumentParser
import Fingerprints
import Foundation
import Pipeline
import Recipes
import Reports

/// `lightbench plan`: what would run, and why.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Say what would run, and why; run nothing.",
    discussion: """
      A task is 'cached', will 'run', or 'maybe' runs: only if what runs before it changes its inputs. Times come \
      from earlier runs where there were any, else they are guesses; 'lightbench explain' tells the whole reason of one task.
      """)

  @OptionGroup var options: ExperimentOptions

  @Flag(name: .shortAndLong, help: "One line a task.")
  var verbose = false

  @Flag(help: "Exit with 10 when work is pending.")
  var exitCode = false

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let experiment = try options.open()
    let plan = try experiment.plan()
    plan.sayWarnings(of: experiment)
    try plan.fit(into: experiment)
    let durations = try Durations(for: plan, in: experiment.store)
    if json {
      printJSON("plan", plan.document(durations: durations))
    } else {
      print(plan.table(verbose: verbose, durations: durations))
      if let notice = plan.numericsNotice(durations) { say(notice) }
    }
    if exitCode && !plan.pending.isEmpty { Exit.leave(.pending) }
  }
}

extension Plan {
  /// What a new revision of the engine costs, in one line; nil where it costs nothing.
  func numericsNotice(_ durations: Durations) -> String? {
    guard let numerics = newNumerics else { return nil }
    let seconds = numerics.entries.reduce(0) { $0 + durations.seconds(of: $1) }
    return """
      note: the engine's numerics are revision \(numerics.new), the results here are of revision \(numerics.old): \
      \(numerics.entries.count) tasks are computed again for that alone, about \(spoken(seconds: seconds)) of work. \
      An earlier lightbench reads the results as they are; so do 'table' and 'get' with --run
      """
  }

  /// Says what the user should know of a recipe before anything runs, though nothing is wrong.
  func sayWarnings(of experiment: OpenExperiment) {
    for warning in graph.warnings + warnings { say(warning.rendered(in: experiment.recipe.sources)) }
  }

  /// Says what may not fit into this machine and the disk of the store.
  ///
  /// - Throws: `RecipeError` where a task to run says that it needs more memory than there is.
  func fit(into experiment: OpenExperiment) throws {
    let memory = Int(ProcessInfo.processInfo.physicalMemory)
    try refuseTooLarge(memory: memory)
    for warning in warnings(memory: memory, freeDisk: try experiment.store.disk().free) {
      say(warning.rendered(in: experiment.recipe.sources))
    }
  }

  /// The table of `plan`: a line a stage, or a line a task.
  ///
  /// - Parameter durations: How long tasks took in earlier runs.
  func table(verbose: Bool, durations: Durations) -> String {
    let isEstimate = pending.contains { !durations.isTimed($0) }
    return (verbose ? taskTable(durations) : stageTable(durations)) + "\n"
      + (isEstimate ? "~: seconds of one core, estimated until such a task was timed here.\n" : "")
      + halvingCosts(durations.seconds).map { $0.words + "\n" }.joined() + summary
  }

  /// The last line: how much there is to do.
  var summary: String {
    let runs = entries.count(where: \.isCertain)
    let maybes = pending.count - runs
    if pending.isEmpty { return "Everything is up to date." }
    let tasks = runs == 1 ? "1 task runs" : "\(runs) tasks run"
    return maybes == 0
      ? "\(tasks). Nothing was run." : "\(tasks); \(maybes) run only if their inputs change. Nothing was run."
  }

  private func stageTable(_ durations: Durations) -> String {
    var table = TextTable(
      ["stage", "tasks", "cached", "run", "maybe", "time", "memory", "reason"], rightAligned: [1, 2, 3, 4, 5, 6])
    let byStage = Dictionary(grouping: entries, by: \.task.stage)
    let halved = Dictionary(halvingCosts(durations.seconds).map { ($0.halving.stage, $0) }) { $1 }
    for stage in graph.stages {
      guard let own = byStage[stage.name] else { continue }  // not chosen, or all its cells left out
      let waiting = own.filter(\.isPending)
      let stopped = own.count { $0.stopping != nil }
      let runs = waiting.filter(\.isCertain)
      table.append([
        stage.name, "\(own.count)", "\(own.count - waiting.count - stopped)", "\(runs.count)",
        "\(waiting.count - runs.count)",
        waiting.isEmpty
          ? "-"
          : halved[stage.name].map { durations.estimateMark(waiting) + $0.span } ?? durations.spoken(waiting),
        waiting.map(\.task.memory).max().map(spoken(bytes:)) ?? "-",
        runs.first?.reasonText ?? waiting.first?.why ?? (stopped > 0 ? "\(stopped) stopped" : ""),
      ])
    }
    return table.text
  }

  private func taskTable(_ durations: Durations) -> String {
    var table = TextTable(["task", "state", "time", "memory", "reason"], rightAligned: [2, 3])
    for entry in entries {
      table.append([
        entry.task.address, entry.stateName, entry.isPending ? durations.spoken([entry]) : "-",
        entry.isPending ? spoken(bytes: entry.task.memory) : "-",
        entry.isPending || entry.stopping != nil ? entry.why : "",
      ])
    }
    return table.text
  }

  /// The plan as a document.
  func document(durations: Durations) -> [String: CanonicalValue] {
    [
      "experiment": .text(graph.recipe.name), "variant": .optional(graph.recipe.variant),
      "run": .count(entries.count(where: \.isCertain)), "maybe": .count(pending.count(where: { !$0.isCertain })),
      "cached": .count(entries.count { $0.isCached && !$0.isPending }),
      "tasks": .list(
        entries.map { entry in
          [
            "address": .text(entry.task.address), "stage": .text(entry.task.stage),
            "kind": .text(entry.task.prepared.kind), "state": .text(entry.stateName),
            "plan_key": .text(entry.planKey.hex), "reason": .optional(entry.reason?.words),
            "at": .optional(entry.reason?.place), "resumes_at": .optional(entry.resumesAt),
            "fingerprint": .optional(entry.manifest?.fingerprint.hex),
            "seconds": entry.isPending ? .number(durations.seconds(of: entry)) : 0.0,
            "timed": .boolean(!entry.isPending || durations.isTimed(entry)),
            "memory": .count(entry.task.memory), "stopped_at": .optional(entry.stopping?.step),
            "because": .optional(entry.stopping.flatMap { $0.address == entry.task.address ? nil : $0.address }),
          ]
        }),
      "halvings": .list(
        halvingCosts(durations.seconds).map { cost in
          [
            "stage": .text(cost.halving.stage), "metric": .text(cost.halving.metric),
            "rungs": .list(cost.halving.rungs.map { .count($0) }),
            "tasks": .list(cost.halving.counts.map { .count($0) }), "decided": .boolean(cost.isDecided),
            "least_seconds": .number(cost.least), "most_seconds": .number(cost.most),
          ]
        }),
    ]
  }
}

extension Durations {
  /// The seconds of tasks together, with `~` in front where some were never timed.
  fileprivate func spoken(_ entries: [Plan.Entry]) -> String {
    estimateMark(entries) + Reports.spoken(seconds: entries.reduce(0) { $0 + seconds(of: $1) })
  }

  fileprivate func estimateMark(_ entries: [Plan.Entry]) -> String { entries.allSatisfy(isTimed) ? "" : "~" }
}

extension Plan.Entry {
  /// Whether it runs, whatever its inputs turn out to be.
  var isCertain: Bool { if case .run = state { true } else { false } }

  var stateName: String {
    switch state {
    case .cached: "cached"
    case .run: "run"
    case .maybe: "maybe"
    case .stopped: "stopped"
    }
  }

  /// `train[marker=gfap] steps 1500 -> 3000, resumes at 1200  generalization.yaml:31:35`.
  var reasonText: String { task.address + " " + why }

  /// The same without the address.
  var why: String {
    if let stopping {
      return stopping.address == task.address
        ? "at step \(stopping.step): \(stopping.sentence)" : "\(stopping.address) was stopped at \(stopping.step)"
    }
    var text = reason?.words ?? ""
    if let resumesAt { text += ", resumes at \(resumesAt)" }
    if let place = reason?.place { text += "  \(place)" }
    return text
  }
}

extension Plan.HalvingCost {
  /// What is still to run: `2m to 3m`, or one time where both are the same.
  fileprivate var span: String {
    let (least, most) = (spoken(seconds: least), spoken(seconds: most))
    return least == most ? most : "\(least) to \(most)"
  }

  /// `'train' is halved by validation.loss: 9 tasks go to step 50, 3 to 150, 1 to its end; still to run: 2m to 3m.`
  fileprivate var words: String {
    let stops = zip(halving.counts, halving.rungs).enumerated().map { place, rung in
      "\(place == 0 ? counted(rung.0, "task") + " to step" : "\(rung.0) to") \(rung.1)"
    }
    let last = "\(halving.counts.last ?? 0) to \(halving.counts.last == 1 ? "its" : "their") end"
    let left = most == 0 ? "nothing is left to run" : "\(span) to run"
    return "'\(halving.stage)' is halved by \(halving.metric): \((stops + [last]).joined(separator: ", ")); \(left)."
  }
}
