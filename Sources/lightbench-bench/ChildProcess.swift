import Foundation

/// A program that runs beside this one and prints its outcome as the last line of its output.
struct ChildProcess {
  private let process = Process()
  private let output = Pipe()

  /// Starts a program; what it says on the error stream is shown, or let go where `isQuiet`.
  ///
  /// - Parameters:
  ///   - environment: All its variables; nil for ours.
  ///   - folder: Where it starts; nil for where we are.
  init(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, folder: String? = nil,
    isQuiet: Bool = false
  ) throws {
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    if let environment { process.environment = environment }
    if let folder { process.currentDirectoryURL = URL(filePath: folder) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    if isQuiet { process.standardError = FileHandle.nullDevice }
    do {
      try process.run()
    } catch {
      throw BenchmarkError("'\(program)' does not start: \(error.localizedDescription)")
    }
  }

  /// Waits for the end, and gives the last line of the output.
  func lastLine() throws -> Data { try lines().last ?? Data() }

  /// Waits for the end, and gives the lines of the output.
  private func lines() throws -> [Data] {
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let command = ([process.executableURL?.path ?? ""] + (process.arguments ?? [])).joined(separator: " ")
      throw BenchmarkError("'\(command)' ended with status \(process.terminationStatus)")
    }
    return bytes.split(separator: UInt8(ascii: "\n"))
  }

  /// Waits for the end, and decodes the last line of the output.
  func result<Result: Decodable>(_ type: Result.Type = Result.self) throws -> Result { try Self.decoded(lastLine()) }

  /// Waits for the end, and decodes every line of the output.
  func results<Result: Decodable>(_ type: Result.Type = Result.self) throws -> [Result] {
    try lines().map { try Self.decoded($0) }
  }

  private static func decoded<Result: Decodable>(_ line: Data) throws -> Result {
    do {
      return try JSONDecoder().decode(Result.self, from: line)
    } catch {
      throw BenchmarkError("expected a line of JSON, found '\(String(decoding: line, as: UTF8.self))': \(error)")
    }
  }
}
