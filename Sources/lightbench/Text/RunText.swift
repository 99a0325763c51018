import Fingerprints
import Pipeline

extension RunRecord.Condition {
  /// In one word for programs.
  var name: String {
    switch self {
    case .running: "running"
    case .killed: "killed"
    case .elsewhere: "elsewhere"
    case .done: "done"
    case .failed: "failed"
    case .stopped: "stopped"
    case .stoppedAtOnce: "stopped-at-once"
    }
  }
}

extension RunRecord {
  func count(_ state: State) -> Int { tasks.count { $0.state == state } }

  /// The `-S` options, ready to paste.
  var settings: String { header.overrides.map { "-S " + $0.quotedForShell }.joined(separator: " ") }

  /// The command that runs the same again.
  ///
  /// - Parameter store: The `--store` that was given, if one was.
  func retry(store: String?) -> String {
    "lightbench run " + arguments(store: store)
  }

  /// The words after `lightbench run` that mean the same experiment with the same settings.
  ///
  /// - Parameter store: The `--store` that was given, if one was.
  func arguments(store: String?) -> String {
    var words = [header.experiment.quotedForShell]
    if let variant = header.variant { words += ["--variant", variant] }
    for text in header.overrides { words += ["-S", text.quotedForShell] }
    if let profile = header.choice?.profile { words += ["--profile", profile.quotedForShell] }
    if let store { words += ["--store", store.quotedForShell] }
    return words.joined(separator: " ")
  }

  /// The command that goes on with what was chosen.
  ///
  /// - Parameter store: The `--store` that was given, if one was.
  func goingOn(store: String?) -> String {
    ([retry(store: store)] + (header.choice?.words ?? []).map(\.quotedForShell)).joined(separator: " ")
  }

  /// How many tasks it has, of how many there are in the experiment: `6`, `6 of 23`.
  var extent: String {
    guard let choice = header.choice, choice.isPartial else { return "\(tasks.count)" }
    return "\(tasks.count) of \(choice.tasks)"
  }

  /// The state of a task as it is now: nothing runs in a run that is over.
  func stateName(_ task: Task) -> String {
    switch task.state {
    case .published: "computed"
    case .cached: "cached"
    case .failed: "failed"
    case .skipped: "skipped"
    case .stopped: "stopped"
    case .paused: "paused"
    case .started, .resumed: isOpen ? "running" : "interrupted"
    case .planned: "missing"
    }
  }

  /// The run as a document.
  var document: CanonicalValue {
    let isOpen = isOpen
    return [
      "run": .text(id), "experiment": .text(title), "file": .text(header.experiment),
      "variant": .optional(header.variant), "overrides": .list(header.overrides.map { .text($0) }),
      "condition": .text(condition.name), "started": .number(header.started), "ended": .optional(end?.time),
      "host": .text(header.host), "version": .text(header.version),
      "chosen": header.choice.map { choice in
        [
          "only": .list(choice.only.map { .text($0) }), "until": .list(choice.until.map { .text($0) }),
          "experiment_tasks": .count(choice.tasks),
        ]
      } ?? .null,
      "tasks": .list(
        tasks.map { task in
          let isCut = !isOpen && (task.state == .started || task.state == .resumed)
          return [
            "address": .text(task.address), "state": .text(isCut ? "interrupted" : task.state.rawValue),
            "kind": .optional(task.kind), "fingerprint": .optional(task.fingerprint?.hex),
            "stopped_at": .optional(task.state == .stopped ? task.step : nil),
            "seconds": .optional(task.seconds), "phase": .optional(task.failure?.phase),
            "failure": .optional(task.failure?.message), "because": .optional(task.because),
            "log": .optional(task.log),
          ]
        }),
    ]
  }
}
