import ArgumentParser
import Fingerprints
import Foundation
import Pipeline
import SystemPackage

/// `lightbench status`: what is done, running, failed and missing.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say what is done, running, failed and missing, with the log of each failure.")

  @Argument(help: "An experiment file, or a run as listed without arguments.")
  var subject: String?

  @Option(help: "A variant of the experiment.")
  var variant: String?

  @OptionGroup var store: StoreOption

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let store = try Store(at: store.path)
    guard let subject else { return try list(store) }
    let record: RunRecord?
    if subject.hasSuffix(".yaml") || subject.hasSuffix(".yml") {
      let name = FilePath(subject).stem ?? subject
      record = try store.latestRun(of: name, variant: variant)
    } else {
      record = try store.run(subject)
    }
    guard let record else { return print("'\(subject)' never ran against the store '\(store.root)'") }
    if json { return try printJSON(record.document) }
    describe(record)
  }

  private func list(_ store: Store) throws {
    let records = try store.runs().map { try store.run($0) }
    if json { return try printJSON(["schema": 1, "runs": .list(records.map(\.document))]) }
    guard !records.isEmpty else { return print("nothing ran against the store '\(store.root)' yet") }
    var table = TextTable(["run", "experiment", "tasks", "computed", "failed", "state"], rightAligned: [2, 3, 4])
    for record in records {
      table.append([
        record.id, record.title, "\(record.tasks.count)", "\(record.count(.published))", "\(record.count(.failed))",
        record.condition,
      ])
    }
    print(table.text)
  }

  private func describe(_ record: RunRecord) {
    print("run \(record.id)  \(record.title)  \(record.condition)")
    var table = TextTable(
      ["stage", "tasks", "cached", "computed", "running", "failed", "missing"], rightAligned: [1, 2, 3, 4, 5, 6])
    var stages: [String] = []
    for task in record.tasks where !stages.contains(task.stage ?? "") { stages.append(task.stage ?? "") }
    for stage in stages {
      let own = record.tasks.filter { $0.stage == stage }
      let counts = [RunRecord.State.cached, .published, .started, .failed].map { state in
        own.count { $0.state == state || (state == .started && $0.state == .resumed) }
      }
      let missing = own.count - counts.reduce(0, +)
      table.append([stage, "\(own.count)"] + counts.map(String.init) + ["\(missing)"])
    }
    print(table.text)
    for task in record.tasks {
      guard let failure = task.failure else { continue }
      print("\nfailed: \(task.address), phase \(failure.phase): \(failure.message)")
      if let log = task.log { print("  log: \(log)") }
    }
  }
}

extension RunRecord {
  /// The experiment and its variant.
  var title: String { header.variant.map { "\(header.name).\($0)" } ?? header.name }

  func count(_ state: State) -> Int { tasks.count { $0.state == state } }

  /// How it ended, or that it runs.
  var condition: String {
    guard let end else { return "running, or killed" }
    switch end.exitCode {
    case 0: return "done"
    case 75: return "stopped"
    case 130: return "stopped at once"
    default: return "failed"
    }
  }

  /// The run as a document.
  var document: CanonicalValue {
    [
      "schema": 1, "run": .text(id), "experiment": .text(title), "condition": .text(condition),
      "tasks": .list(
        tasks.map { task in
          [
            "address": .text(task.address), "state": .text(task.state.rawValue),
            "fingerprint": task.fingerprint.map { .text($0.hex) } ?? .null,
            "failure": task.failure.map { .text($0.message) } ?? .null, "log": task.log.map { .text($0) } ?? .null,
          ]
        }),
    ]
  }
}
