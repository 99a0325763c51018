import Fingerprints
import Pipeline
import Recipes
import Reports

extension Explanation {
  /// The explanation for a terminal.
  ///
  /// - Parameter isWhole: Whether to show every field also where only some differ.
  func text(in plan: Plan, isWhole: Bool) -> String {
    var lines = [entry.task.address + " " + verdict]
    lines += provenance
    lines += comparison
    if isWhole || entry.isCached || basis == .nothing { lines += ["", fieldTable] }
    if !inputs.isEmpty { lines += ["", inputTable(plan)] }
    if !causes.isEmpty {
      lines += ["", "because"] + causeLines(causes, in: plan, depth: 1)
      lines += ["", "at the root"] + roots.map { "  " + plan.entries[$0].reasonText }
    }
    return lines.joined(separator: "\n")
  }

  private var verdict: String {
    switch entry.state {
    case .cached: "is cached: every field of its key is that of a result in the store"
    case .run: "runs: " + entry.why
    case .stopped(let stopping) where stopping.address == entry.task.address:
      "was stopped at \(stopping.step): \(stopping.sentence)"
    case .stopped(let stopping): "is left out, because \(stopping.address) was stopped at \(stopping.step)"
    case .maybe where entry.isAtRung: "waits " + entry.why
    case .maybe where entry.isCached: "has a result, which counts if those that it needs go on: " + entry.why
    case .maybe: "runs only if its inputs change" + (changes.isEmpty ? "" : ", or because its own fields did")
    }
  }

  private var provenance: [String] {
    guard let manifest = entry.manifest else { return [] }
    let origin = manifest.provenance
    let other = origin.address == entry.task.address ? "" : " as \(origin.address)"
    return [
      "  computed \(spoken(time: origin.started))\(other) on \(origin.host), in \(spoken(seconds: origin.seconds))",
      "  fingerprint \(manifest.fingerprint.hex)", "  log \(origin.log)",
    ]
  }

  // MARK: - Fields

  private var comparison: [String] {
    switch basis {
    case .nothing:
      return !entry.isPending ? [] : ["", "nothing of the kind '\(entry.task.prepared.kind)' was computed"]
    case .run(let run, let started):
      return compared(with: "run \(run) of \(spoken(time: started))")
    case .nearest(let address, let started):
      if entry.isCached { return [] }
      return compared(with: "the nearest result of its kind, \(address) of \(spoken(time: started))")
    }
  }

  private func compared(with other: String) -> [String] {
    guard !changes.isEmpty else { return ["", "no field differs from \(other)"] }
    var table = TextTable(["field", "was", "is", "where"])
    for change in changes {
      table.append([
        change.field, change.old ?? "absent", change.new ?? "absent",
        place(change.range?.description, isOutside: change.isOutside),
      ])
    }
    return ["", "compared with \(other)" + (entry.isCached ? ", though what it is now was computed before" : "")]
      + [table.text]
  }

  private var fieldTable: String {
    var table = TextTable(["field", "value", "where"])
    for field in fields {
      table.append([
        field.name, field.value,
        place(field.range?.description ?? (field.isParameter ? "default" : nil), isOutside: field.isOutside),
      ])
    }
    return table.text
  }

  private func place(_ range: String?, isOutside: Bool) -> String {
    (isOutside ? "outside data, " : "") + (range ?? "-")
  }

  // MARK: - Inputs

  private func inputTable(_ plan: Plan) -> String {
    var table = TextTable(["input", "from", "state", "content", "where"])
    for input in inputs {
      let producer = plan.entries[input.producer]
      table.append([
        input.name, "\(producer.task.address).\(input.port)", producer.stateName,
        input.digest?.short ?? "not known yet",
        input.range?.description ?? "-",
      ])
    }
    return table.text
  }

  private func causeLines(_ causes: [Cause], in plan: Plan, depth: Int) -> [String] {
    causes.flatMap { cause -> [String] in
      let producer = plan.entries[cause.producer]
      let more = cause.count > 1 ? " and \(cause.count - 1) more" : ""
      let why =
        if case .run = producer.state { "runs: " + producer.why } else {
          "may run" + (cause.isRepeated ? ", as above" : "")
        }
      let line = "input \(cause.port) <- \(producer.task.address)\(more), which \(why)"
      return [String(repeating: "  ", count: depth) + line] + causeLines(cause.causes, in: plan, depth: depth + 1)
    }
  }

  // MARK: - JSON

  /// The explanation as a document.
  func document(in plan: Plan) -> CanonicalValue {
    var fields: [String: CanonicalValue] = [
      "address": .text(entry.task.address), "state": .text(entry.stateName),
      "fingerprint": .optional(entry.manifest?.fingerprint.hex), "plan_key": .text(entry.planKey.hex),
      "stopped_at": .optional(entry.stopping?.step),
      "reason": .optional(entry.reason?.words), "changes": .list(changes.map(\.document)),
      "fields": .list(
        self.fields.map {
          [
            "field": .text($0.name), "value": .text($0.value), "at": .optional($0.range?.description),
            "outside": .boolean($0.isOutside),
          ]
        }),
      "inputs": .list(
        inputs.map {
          [
            "input": .text($0.name), "from": .text(plan.entries[$0.producer].task.address), "port": .text($0.port),
            "state": .text(plan.entries[$0.producer].stateName), "digest": .optional($0.digest?.hex),
            "at": .optional($0.range?.description),
          ]
        }),
      "roots": .list(
        roots.map {
          [
            "address": .text(plan.entries[$0].task.address), "reason": .optional(plan.entries[$0].reason?.words),
            "at": .optional(plan.entries[$0].reason?.place),
          ]
        }),
    ]
    switch basis {
    case .run(let run, _): fields["compared_with"] = ["run": .text(run)]
    case .nearest(let address, _): fields["compared_with"] = ["nearest": .text(address)]
    case .nothing: fields["compared_with"] = .null
    }
    return .map(fields)
  }
}

extension KeyChange {
  /// The change as a document.
  var document: CanonicalValue {
    [
      "field": .text(field), "old": .optional(old), "new": .optional(new), "at": .optional(range?.description),
      "outside": .boolean(isOutside),
    ]
  }
}
