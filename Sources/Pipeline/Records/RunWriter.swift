import Foundation
public import SystemPackage

/// Writes the record of one run: lines that are only ever added, one file a run.
public final class RunWriter: Sendable {
  /// The name of the run.
  public let id: String
  /// The file.
  public let path: FilePath

  /// Begins a record.
  public init(in store: Store, _ header: RunRecord.Header) throws {
    let style = Date.ISO8601FormatStyle(
      dateSeparator: .omitted, timeSeparator: .omitted, includingFractionalSeconds: true)
    let time = Date(timeIntervalSince1970: header.started).formatted(style)
    id = "\(time)-\(UUID().uuidString.lowercased().prefix(6))"
    path = store.folder("runs").appending(id + ".jsonl")
    do {
      try write(.header(header))
    } catch {
      try? Posix.remove(path)  // it holds nothing: the first error says more
      throw error
    }
  }

  /// Adds what is new about a task.
  public func write(_ task: RunRecord.Task) throws { try write(.task(task)) }

  /// Adds what is known of all tasks before anything runs, in one piece.
  public func write(_ tasks: [RunRecord.Task]) throws {
    try Posix.appendWhole(try tasks.flatMap { try JSONLine.encode(RunLine.task($0)) }, to: path)
  }

  /// Ends the record.
  public func finish(exitCode: Int32, quarantined: [String] = []) throws {
    try write(.end(.init(time: Date().timeIntervalSince1970, exitCode: exitCode, quarantined: quarantined)))
  }

  private func write(_ line: RunLine) throws { try Posix.appendWhole(try JSONLine.encode(line), to: path) }
}
