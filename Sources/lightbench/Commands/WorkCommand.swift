import ArgumentParser
import Pipeline
import Stages

/// `lightbench work`: the inside of a worker process.
struct WorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Worker entry: tasks in, events out, one JSON line each.", shouldDisplay: false)

  func run() async throws { try await Worker(StageRegistry.lightbench, build: Build.version).serve() }
}
