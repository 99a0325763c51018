import ArgumentParser
import Foundation
import Pipeline
import SystemPackage

/// `lightbench logs`: what tasks wrote while they ran.
struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Print the log of a task, or of several; follow it while the task runs.",
    discussion: """
      Every attempt at the same work adds to one log.

        logs 'train[marker=cfos]'
        logs experiments/phantom-matrix.yaml:'train[marker=cfos]' -f
        logs phantom-matrix.smoke:train
      """)

  @Argument(help: "Tasks: \(RecordedTasks.forms).")
  var selector: String

  @Flag(name: .shortAndLong, help: "Go on printing what is added, until the tasks or their run end.")
  var follow = false

  @OptionGroup var store: StoreOption

  func run() async throws {
    let store = try Store(at: store.path, create: false)
    let found = try RecordedTasks(selector, in: store)
    var logs: [Log] = []
    for task in found.tasks {
      let manifest = try task.fingerprint.flatMap { try store.row($0) }
      guard let path = task.log ?? manifest?.provenance.log else { continue }
      logs.append(Log(address: task.address, path: path))
    }
    guard follow || logs.contains(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      let address = found.tasks[0].address
      throw SelectorError("'\(address)' of the run '\(found.record.id)' has no log: it did not run")
    }
    var printer = LogPrinter(logs, isMany: found.tasks.count > 1)
    printer.printNew()
    guard follow else {
      if printer.isSilent { say("nothing is in the log of '\(found.tasks[0].address)' yet: '\(logs[0].path)'") }
      return
    }
    try await keepPrinting(&printer, of: found, in: store)
  }

  private func keepPrinting(_ printer: inout LogPrinter, of found: RecordedTasks, in store: Store) async throws {
    let addresses = Set(found.tasks.map(\.address))
    while true {
      let record = try store.run(found.record.id)
      let tasks = record.tasks.filter { addresses.contains($0.address) }
      for task in tasks { if let log = task.log { printer.add(Log(address: task.address, path: log)) } }
      // Looked at before the last lines are printed, so that nothing said before the end is lost.
      let isOver = !record.isOpen || tasks.allSatisfy(\.state.isFinal)
      printer.printNew()
      if isOver { return }
      try await Task.sleep(for: .milliseconds(300))
    }
  }
}

/// The log of one task.
struct Log: Hashable {
  let address: String
  let path: String
}

/// Prints what is added to some logs.
struct LogPrinter {
  private var logs: [Log]
  private let isMany: Bool
  private var printed: [Log: UInt64] = [:]
  private var last: Log?

  /// - Parameter isMany: Whether each piece is headed by its task.
  init(_ logs: [Log], isMany: Bool) {
    self.logs = logs
    self.isMany = isMany
  }

  /// Whether nothing was printed so far.
  var isSilent: Bool { printed.isEmpty }

  mutating func add(_ log: Log) { if !logs.contains(log) { logs.append(log) } }

  mutating func printNew() {
    for log in logs {
      guard let file = FileHandle(forReadingAtPath: log.path) else { continue }
      defer { file.closeFile() }
      file.seek(toFileOffset: printed[log] ?? 0)
      let data = file.readDataToEndOfFile()
      guard !data.isEmpty else { continue }
      printed[log, default: 0] += UInt64(data.count)
      if isMany, last != log {
        let gap = last == nil ? "" : "\n"
        FileHandle.standardOutput.write(Data("\(gap)==> \(log.address), \(log.path) <==\n".utf8))
      }
      last = log
      FileHandle.standardOutput.write(data)
    }
  }
}
