import Foundation

/// Another library in a process of its own, which does one job after the other.
final class ArrayPeer {
  /// What a job took, by the peer's own clock.
  struct Outcome: Decodable {
    let seconds: Double
    /// Of all its threads, user and system.
    let processorSeconds: Double
    let sum: UInt64
    let version: String
    /// Of a codec alone: what decoding takes, and encoding by the libzstd that the module `zstandard` brings.
    let decodeSeconds: Double?
    let newest: String?
    let newestSeconds: Double?
  }

  /// What it is asked.
  struct Job: Encodable {
    enum Work: String, Encodable {
      case write, read, regions, codec, stack, hello
    }

    var work: Work
    var path = ""
    var chunk: [Int] = []
    var shard: [Int]?
    var codec = ""
    var level = 0
    var regions: [[Int]] = []
    var side = 0

    private enum CodingKeys: String, CodingKey {
      case work = "do"
      case path, chunk, shard, codec, level, regions, side
    }
  }

  let name: String
  private(set) var version = ""
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var rest = Data()

  private static let script = "Sources/lightbench-bench/Arrays/Peers/arrays_peer.py"

  /// Starts a library of a Python, which loads the volume.
  init(_ name: String, python: String, volume: BenchmarkVolume) throws {
    self.name = name
    process.executableURL = URL(filePath: python)
    process.arguments = [Self.script, name, volume.path] + volume.shape.map(String.init)
    process.standardInput = input
    process.standardOutput = output
    do { try process.run() } catch {
      throw BenchmarkError("'\(python)' does not start: \(error.localizedDescription)")
    }
    version = try ask(Job(work: .hello)).version
  }

  /// Waits until a job is done.
  func ask(_ job: Job) throws -> Outcome {
    try input.fileHandleForWriting.write(contentsOf: try JSONEncoder().encode(job) + Data("\n".utf8))
    return try JSONDecoder().decode(Outcome.self, from: try line())
  }

  /// Ends the process.
  func end() {
    try? input.fileHandleForWriting.close()  // it ends with its input, or has ended already
    process.waitUntilExit()
  }

  private func line() throws -> Data {
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = rest[..<end]
        rest = Data(rest[rest.index(after: end)...])
        return Data(line)
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw BenchmarkError("\(name) ended before it answered") }
      rest += more
    }
  }
}
