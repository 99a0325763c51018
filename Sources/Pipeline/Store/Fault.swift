import Foundation

/// Places where a test lets the process die as if it were killed, to prove that nothing invalid stays behind.
///
/// Only for tests: `LIGHTBENCH_TEST_FAULT=<point>` kills the process the first time it comes by that point.
enum Fault: String, CaseIterable {
  case beforeWrite = "before-write"
  case beforeValidate = "before-validate"
  case beforeSynchronise = "before-fsync"
  case beforeRename = "before-rename"
  case betweenObjects = "between-objects"
  case beforeLink = "before-link"
  case afterLink = "after-link"

  static let variable = "LIGHTBENCH_TEST_FAULT"
  private static let wanted = ProcessInfo.processInfo.environment[variable]

  /// Dies here if the test asked for it.
  static func point(_ point: Fault) {
    if wanted == point.rawValue { Posix.killSelf() }
  }
}
