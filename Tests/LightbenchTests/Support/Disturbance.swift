import Foundation
import Testing

/// A run that something disturbs, again and again, until it is let to its end.
final class DisturbedRuns {
  let place: Workplace
  /// The words after `lightbench run`.
  let arguments: [String]
  /// How the last run ended.
  private(set) var ending: Program.Ending?
  private var earlier: [String] = []

  init(_ place: Workplace, _ arguments: [String]) {
    (self.place, self.arguments) = (place, arguments)
  }

  /// Runs once more, disturbed; prints the phase in which the disturbance came.
  ///
  /// - Parameters:
  ///   - variables: Beside a checkpoint every three steps, where they do not say otherwise.
  ///   - disturb: Waits for its moment and does it; gives the phase in words.
  func run(
    _ more: String..., with variables: [String: String] = [:], at location: SourceLocation = #_sourceLocation,
    disturb: (Program) async throws -> String = { _ in "" }
  ) async throws {
    let before = try place.store.published()
    earlier = place.store.records()
    let variables = variables.merging(["LIGHTBENCH_TEST_CHECKPOINT_STEPS": "3"]) { given, _ in given }
    let program = try place.start(["run"] + arguments + more, variables)
    let phase = try await disturb(program)
    ending = await program.ending()
    if !phase.isEmpty { print("killed: \(phase)") }
    let again = try record().filter {
      $0.state == "started" && before.contains($0.fingerprint ?? "")
    }
    #expect(again.isEmpty, "computed again: \(again.map(\.address))", sourceLocation: location)
  }

  /// The record of the run that was started last; empty before it begins one, or where it has nothing to do.
  private func record() throws -> [StoreFiles.Line] {
    let new = place.store.records().filter { !earlier.contains($0) }
    return try new.last.map(place.store.record) ?? []
  }

  // MARK: - Moments

  /// Waits for a checkpoint from that step on.
  func waitForCheckpoint(_ step: Int, of program: Program) async throws -> Int {
    try await wait(for: "a checkpoint at step \(step)", of: program) {
      place.store.checkpoints().filter { $0 >= step }.max()
    }
  }

  /// Waits until a task runs.
  func waitForTask(of program: Program) async throws -> String {
    try await wait(for: "a task", of: program) { try record().last { $0.state == "started" }?.address }
  }

  /// Waits until a task has begun in a worker.
  func waitForWorkers(of program: Program) async throws -> (task: String, workers: [Int32]) {
    let task = try await waitForTask(of: program)
    let workers = try await wait(for: "a worker", of: program) { program.children.isEmpty ? nil : program.children }
    return (task, workers)
  }

  /// What a run that ended before its disturbance leaves a test with.
  struct EndedTooEarly: Error, CustomStringConvertible {
    let description: String
  }

  private func wait<Found>(for words: String, of program: Program, _ find: () throws -> Found?) async throws -> Found {
    while true {
      if let found = try find() { return found }
      guard Program.isAlive(program.identifier) else {
        throw EndedTooEarly(description: "the run ended before there was \(words):\n\(program.output)")
      }
      try await pause()
    }
  }

  private func pause() async throws { try await Task.sleep(for: .milliseconds(3)) }

  // MARK: - Disturbances

  /// The runner and its workers, as a power cut would.
  func killAll(_ program: Program) async throws {
    let workers = program.children
    program.send(SIGKILL)
    for worker in workers { kill(worker, SIGKILL) }
    try await waitForEnd(of: workers)
  }

  /// Returns when the processes are gone.
  func waitForEnd(of processes: [Int32]) async throws {
    for process in processes { while Program.isAlive(process) { try await pause() } }
  }

  /// What was under way when the last run was cut off, in words.
  func underWay() throws -> String {
    var open: [String] = []
    for line in try record() {
      open.removeAll { $0 == line.address }
      if ["started", "resumed"].contains(line.state) { open.append(line.address) }
    }
    let steps = place.store.checkpoints()
    return (open.isEmpty ? "between two tasks" : open.joined(separator: " and "))
      + (steps.isEmpty ? "" : ", checkpoints \(steps.map(String.init).joined(separator: ", "))")
  }
}
