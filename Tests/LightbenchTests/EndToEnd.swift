import Foundation
import Testing

/// Tests that run the built `lightbench` as a process; one after the other, because each may use all cores.
@Suite(.serialized, .timeLimit(.minutes(60))) enum EndToEnd {
  /// Whether the tests that take minutes run as well.
  static let isFull = ProcessInfo.processInfo.environment["LIGHTBENCH_TEST_FULL"] == "1"
}

/// Stores that many tests begin with, computed once.
enum Shared {
  private static let regionsTask = Task {
    let place = try Workplace()
    try await place.expect(0, "run", "tiny.yaml", "-j", "2", "--only", "regions")
    return place
  }

  private static let finishedTask = Task {
    let place = try Workplace(copying: try await regions)
    let start = ContinuousClock.now
    let ending = try await place.expect(0, "run", "tiny.yaml", "-j", "2")
    return (place: place, ending: ending, seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// One with the phantoms of `tiny.yaml` in its store, and nothing else.
  static var regions: Workplace { get async throws { try await regionsTask.value } }

  /// One where `tiny.yaml` ran to its end, undisturbed; to be read only.
  static var finished: Workplace { get async throws { try await finishedTask.value.place } }

  /// How that run ended.
  static var ending: Program.Ending { get async throws { try await finishedTask.value.ending } }

  /// How many seconds that run took.
  static var seconds: Double { get async throws { try await finishedTask.value.seconds } }
}
