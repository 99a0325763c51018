import Fingerprints
import Foundation
import Pipeline
import Reports

/// A measured number with four significant digits, or `n/a`.
func spoken(metric value: Double?) -> String {
  guard let value else { return "n/a" }
  if value == value.rounded(), value.magnitude < 1e9 { return "\(Int(value))" }
  return String(format: "%.4g", value)
}

extension MetricDifference {
  /// `-`, `+`, the change, and whether that is better.
  var cells: [String] {
    let change = difference.map { ($0 > 0 ? "+" : "") + spoken(metric: $0) } ?? "-"
    let verdict = isBetter.map { $0 ? "better" : "worse" } ?? ""
    return [unit.isEmpty ? name : "\(name) (\(unit))", spoken(metric: old), spoken(metric: new), change, verdict]
  }

  var document: CanonicalValue {
    [
      "metric": .text(name), "unit": .text(unit), "old": .optional(old), "new": .optional(new),
      "difference": .optional(difference), "better": isBetter.map { .boolean($0) } ?? .null,
    ]
  }
}

extension TaskDifference {
  /// The fields and metrics that differ, for a terminal.
  var text: String {
    if isEmpty { return "nothing differs" }
    var parts: [String] = []
    if !changes.isEmpty {
      var table = TextTable(["field", "-", "+"])
      for change in changes { table.append([change.field, change.old ?? "absent", change.new ?? "absent"]) }
      parts.append(table.text)
    }
    if !metrics.isEmpty {
      var table = TextTable(["metric", "-", "+", "change", ""], rightAligned: [1, 2, 3])
      for metric in metrics { table.append(metric.cells) }
      parts.append(table.text)
    }
    for (task, sign) in [(old, "-"), (new, "+")] where task.manifest == nil {
      parts.append("\(sign) \(task.address) has no result")
    }
    return "\n" + parts.joined(separator: "\n\n")
  }

  var document: CanonicalValue {
    [
      "old": .text(old.address), "new": .text(new.address), "changes": .list(changes.map(\.document)),
      "metrics": .list(metrics.map(\.document)),
    ]
  }
}

extension RunDifference {
  /// What differs, for a terminal: settings with the tasks they hold for, then metrics.
  ///
  /// - Parameter wanted: The metrics to show; empty for all.
  func text(metrics wanted: [String]) -> String {
    var lines = ["\n" + counts]
    for (sign, addresses) in [("-", onlyOld), ("+", onlyNew)] where !addresses.isEmpty {
      lines.append("only in \(sign): " + listed(addresses))
    }
    let settings = settings
    if !settings.isEmpty {
      var table = TextTable(["stage", "field", "-", "+", "tasks"])
      for row in settings { table.append(row) }
      lines.append("\n" + table.text)
    }
    var table = TextTable(["task", "metric", "-", "+", "change", ""], rightAligned: [2, 3, 4])
    var hasMetrics = false
    for task in tasks {
      for metric in task.metrics where wanted.isEmpty || wanted.contains(metric.name) {
        table.append([task.new.address] + metric.cells)
        hasMetrics = true
      }
    }
    if hasMetrics { lines.append("\n" + table.text) }
    return lines.joined(separator: "\n")
  }

  private var counts: String {
    "\(counted(equal, "task")) equal, \(tasks.count) differ"
      + (onlyOld.isEmpty ? "" : ", \(onlyOld.count) only in -")
      + (onlyNew.isEmpty ? "" : ", \(onlyNew.count) only in +")
  }

  /// One row a changed field, whatever number of tasks it holds for; inputs are what follows from that.
  private var settings: [[String]] {
    var rows: [(row: [String], addresses: [String])] = []
    for task in tasks {
      let own = task.changes.filter { !$0.field.hasPrefix("input ") }
      // A seed that differs because a value that is read differs says nothing new.
      for change in own where change.field != "seed" || own.count == 1 {
        let row = [task.new.stage, change.field, change.old ?? "absent", change.new ?? "absent"]
        if let place = rows.firstIndex(where: { $0.row == row }) {
          rows[place].addresses.append(task.new.address)
        } else {
          rows.append((row, [task.new.address]))
        }
      }
    }
    return rows.map { $0.row + [listed($0.addresses)] }
  }

  private func listed(_ addresses: [String]) -> String {
    addresses.prefix(3).joined(separator: ", ") + (addresses.count > 3 ? ", and \(addresses.count - 3) more" : "")
  }

  var document: [String: CanonicalValue] {
    [
      "equal": .count(equal), "only_old": .list(onlyOld.map { .text($0) }),
      "only_new": .list(onlyNew.map { .text($0) }), "tasks": .list(tasks.map(\.document)),
    ]
  }
}
