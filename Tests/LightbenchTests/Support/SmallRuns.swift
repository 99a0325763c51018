import Foundation
import SystemPackage
import Testing

/// Runs of `small.yaml` against stores in one folder.
final class SmallRuns: Sendable {
  let place: Workplace

  init() throws {
    place = try Workplace()
    let file = try #require(
      Foundation.Bundle.module.path(forResource: "small", ofType: "yaml", inDirectory: "Fixtures"))
    try place.write(try String(contentsOfFile: file, encoding: .utf8), to: "small.yaml")
  }

  func store(_ name: String) -> StoreFiles { StoreFiles(root: place.folder.appending(name)) }

  /// Starts a run.
  func start(_ store: String, fault: String? = nil) throws -> Program {
    let variables = fault.map { ["LIGHTBENCH_TEST_FAULT": $0] } ?? [:]
    return try Program(
      Program.testWorker, ["run", "small.yaml", place.folder.appending(store).string], in: place.folder, variables)
  }

  /// Reads everything in a store; what it says where something is wrong.
  func verify(_ store: String) async throws -> String? {
    let ending = try await place.lightbench("cache", "verify", "--store", place.folder.appending(store).string)
    return ending.code == 0 ? nil : ending.all
  }

  /// The runner and its workers, killed; gives how many processes that were.
  func killAll(_ program: Program) async throws -> Int {
    let workers = program.children
    program.send(SIGKILL)
    for worker in workers { kill(worker, SIGKILL) }
    for worker in workers { while Program.isAlive(worker) { try await Task.sleep(for: .milliseconds(2)) } }
    return 1 + workers.count
  }
}
