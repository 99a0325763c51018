import Foundation
import SystemPackage

/// `lightbench` as a process: what a person at a shell starts.
final class Program {
  /// How a process ended, and what it said.
  struct Ending {
    /// The exit code; 128 and the signal where a signal ended it, as shells have it.
    let code: Int32
    let output: String
    let errors: String

    /// For the message of a failed expectation.
    var all: String { "exit code \(code)\n\(output)\(errors)" }
  }

  /// Beside the test bundle, where every build of the tests puts it.
  static let path = beside.appending("lightbench")
  /// The program with the stage kinds of tests.
  static let testWorker = beside.appending("lightbench-test-worker")
  private static let beside = FilePath(Foundation.Bundle.module.bundlePath).removingLastComponent()

  private let process = Process()
  private let outputFile: String
  private let errorFile: String
  private let ended: AsyncStream<Void>

  /// Starts the program in a folder; `LIGHTBENCH_` variables of the tests themselves do not reach it.
  init(
    _ program: FilePath = Program.path, _ arguments: [String], in folder: FilePath, _ variables: [String: String] = [:]
  ) throws {
    let name = folder.appending(".output-\(UUID().uuidString)").string
    (outputFile, errorFile) = (name, name + ".errors")
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    ended = stream
    process.executableURL = URL(filePath: program.string)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder.string)
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LIGHTBENCH_") }
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }.merging(variables) { $1 }
    process.standardInput = FileHandle.nullDevice
    let files = try [outputFile, errorFile].map(Self.file)
    (process.standardOutput, process.standardError) = (files[0], files[1])
    process.terminationHandler = { _ in continuation.finish() }
    try process.run()
    // Foundation keeps a process, and with it these, longer than we do; above 1024 open files it crashes.
    for file in files { try file.close() }
  }

  private static func file(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(filePath: path))
    return try FileHandle(forWritingTo: URL(filePath: path))
  }

  var identifier: Int32 { process.processIdentifier }

  /// What it has printed so far.
  var output: String { Self.text(outputFile) }

  private static func text(_ path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  func send(_ signal: Int32) { kill(identifier, signal) }

  /// Waits for its end.
  func ending() async -> Ending {
    for await _ in ended {}
    let code = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    return Ending(code: code, output: output, errors: Self.text(errorFile))
  }

  /// The processes that it started and that live: its workers.
  var children: [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { child in
      let fields = Self.fields(child)
      return fields.first != "Z" && fields.dropFirst().first == "\(identifier)"
    }
  }

  /// Whether a process lives; one that only waits to be collected does not.
  static func isAlive(_ process: Int32) -> Bool { fields(process).first.map { $0 != "Z" } ?? false }

  /// State, parent and so on, as `/proc` has them; empty for a process that is gone.
  private static func fields(_ process: Int32) -> [Substring] {
    let text = text("/proc/\(process)/stat")
    guard let end = text.lastIndex(of: ")") else { return [] }
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 1 ? fields : []
  }
}
