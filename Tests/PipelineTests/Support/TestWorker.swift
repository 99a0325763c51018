import Foundation
import SystemPackage

@testable import Pipeline

/// The test-only worker as a child process.
enum TestWorker {
  /// Where the build has put it: beside the resources of this test bundle.
  static let program = FilePath(Foundation.Bundle.module.bundlePath).removingLastComponent().appending("lightbench-test-worker")

  /// Gives a fresh worker some orders, waits for an answer to each, and tells how it ended.
  static func run(_ orders: [TaskOrder], environment: [String: String] = [:]) throws -> Posix.Ending {
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let child = try Posix.spawn(program, [], environment: variables)
    for order in orders { _ = Posix.send(try WorkerMessage.order(order).line, into: child.input) }
    var open = orders.count
    Posix.lines(of: child.output) { line in
      switch try? TaskEvent(line: line) {
      case .published, .failed: open -= 1
      default: break
      }
      if open == 0 { Posix.closeChannel(child.input) }
    }
    if open > 0 { Posix.closeChannel(child.input) }
    Posix.closeChannel(child.output)
    return Posix.wait(for: child.process)
  }

  static func log(_ order: TaskOrder) throws -> String { String(decoding: try Posix.read(FilePath(order.log)), as: UTF8.self) }
}
