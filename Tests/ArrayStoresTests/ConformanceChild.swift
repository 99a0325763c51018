import Fingerprints
import Foundation
import SystemPackage
import Testing

/// `lightbench data digest --json` in a process of its own, under the limits of a case.
struct ConformanceChild {
  /// How such a process ended.
  struct Outcome {
    let code: Int
    /// The signal that ended it; 0 for none.
    let signal: Int
    /// Whether it was killed because its time was up.
    let isLate: Bool
    let kibibytes: Int
    let seconds: Double
    /// The line that it printed; nil where that is no JSON.
    let document: CanonicalValue?
    let words: String

    /// The name of the error that it refused with; nil for a success.
    var error: String? { document?["error"]?.text }
    var message: String { document?["message"]?.text ?? words }
    /// What it says of an array.
    func array(_ name: String) -> CanonicalValue? {
      document?["arrays"]?.list?.first { $0["array"]?.text == name }
    }
  }

  /// What a case may take: as the corpus says, or what any good file must do with.
  struct Limits {
    var mebibytes = 2_048.0
    var seconds = 60.0
  }

  /// Both are built with the tests, beside this bundle.
  private static let folder = FilePath(Foundation.Bundle.module.bundlePath).removingLastComponent()
  private static let program = folder.appending("lightbench")
  private static let limiter = folder.appending("lightbench-test-worker")

  /// Why children cannot be started here; nil where they can.
  static let obstacle: String? =
    [program, limiter].contains { !FileManager.default.isExecutableFile(atPath: $0.string) }
    ? "'\(program)' and '\(limiter)' are not both there: build the whole package" : nil

  /// Address space beyond the memory limit, which code, stacks and reserved memory take without using it.
  private static let spareBytes = 4 << 30

  let limits: Limits

  /// Reads arrays at a path: all, or those that are named.
  func digest(_ path: FilePath, kind: String, _ arrays: [String] = []) async throws -> Outcome {
    var words = ["data", "digest", "--json", "--sha256"]
    if let format = Self.formats[kind] { words += ["--format", format] }
    // With an equals sign where the name may begin with a dash; an empty one stands alone.
    words += arrays.flatMap { $0.isEmpty ? ["--array", ""] : ["--array=\($0)"] } + ["--", path.string]
    return try await run(words)
  }

  private static let formats = [
    "zarr": "zarr", "ome-zarr": "ome-zarr", "hdf5": "hdf5", "tiff": "tiff", "tiff-tiles": "tiff",
    "tiff-sequence": "planes",
  ]

  private func run(_ words: [String]) async throws -> Outcome {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: Self.limiter.string)
    let bytes = Int(limits.mebibytes) << 20 + Self.spareBytes
    process.arguments = ["limit", "\(limits.seconds)", "\(bytes)", Self.program.string] + words
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LIGHTBENCH_") }
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (folder.path.appending("output").string, folder.path.appending("errors").string)
    let files = try [output, errors].map { file in
      try Data().write(to: URL(filePath: file))
      return try FileHandle(forWritingTo: URL(filePath: file))
    }
    (process.standardOutput, process.standardError) = (files[0], files[1])
    let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in continuation.finish() }
    try process.run()
    // Foundation keeps a process, and with it these, longer than we do; above 1024 open files it crashes.
    for file in files { try file.close() }
    for await _ in ended {}
    return try Self.outcome(
      FileManager.default.contents(atPath: output) ?? Data(),
      String(decoding: FileManager.default.contents(atPath: errors) ?? Data(), as: UTF8.self))
  }

  /// Reads what the limiter says on its last line.
  private static func outcome(_ output: Data, _ errors: String) throws -> Outcome {
    let lines = errors.split(separator: "\n")
    let line = try #require(lines.last { $0.hasPrefix("limited: ") }, "\(errors)")
    let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
    try #require(numbers.count == 5, "\(line)")
    return Outcome(
      code: numbers[0], signal: numbers[1], isLate: numbers[2] == 1, kibibytes: numbers[3],
      seconds: Double(numbers[4]) / 1e6, document: try? CanonicalValue(json: Array(output)),
      words: lines.dropLast().joined(separator: "\n") + String(decoding: output.prefix(300), as: UTF8.self))
  }
}
