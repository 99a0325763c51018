import Fingerprints
import Foundation
import Pipeline
import Synchronization
import SystemPackage

/// Stages that leave word of how often, and how long, their process waited for the disk in the tasks before.
///
/// A line a task in a file of the folder `LIGHTBENCH_BENCH_TALLY`, named after the process; nothing where that is not
/// set. A task is counted when the next begins, as its outputs are published after its stage has ended.
struct TalliedStages: TaskRunner {
  static let variable = "LIGHTBENCH_BENCH_TALLY"

  /// What one process left.
  struct Tally: Sendable {
    var tasks = 0
    var waits = 0
    var seconds = 0.0

    /// The sum of the last words of all processes.
    init(in folder: String) throws {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        let words = text.split(separator: "\n").last?.split(separator: " ") ?? []
        guard words.count == 3, let tasks = Int(words[0]), let waits = Int(words[1]), let seconds = Double(words[2])
        else { throw BenchmarkError("'\(folder)/\(name)' is no tally") }
        self.tasks += tasks
        self.waits += waits
        self.seconds += seconds
      }
    }
  }

  private final class Count: Sendable {
    let tasks = Mutex(0)
  }

  private let registry: StageRegistry
  private let file: FilePath?
  private let count = Count()

  init(_ registry: StageRegistry) {
    self.registry = registry
    file = ProcessInfo.processInfo.environment[Self.variable].map {
      FilePath($0).appending("\(Posix.processIdentifier)")
    }
  }

  func run(_ order: TaskOrder, inputs: StageInputs, context: StageContext) async throws -> [Metric] {
    if let file {
      let before = count.tasks.withLock { count in
        defer { count += 1 }
        return count
      }
      let waits = Posix.diskWaits.withLock { $0 }
      try Posix.append(Array("\(before) \(waits.count) \(waits.seconds)\n".utf8), to: file)
    }
    return try await registry.run(order, inputs: inputs, context: context)
  }

  func trajectory(of order: TaskOrder) throws -> Trajectory? { try registry.trajectory(of: order) }
  func outputs(of order: TaskOrder) throws -> [Pipeline.Port] { try registry.outputs(of: order) }
  func outside(of order: TaskOrder, _ data: OutsideData) throws -> [String: CanonicalValue] {
    try registry.outside(of: order, data)
  }
}
