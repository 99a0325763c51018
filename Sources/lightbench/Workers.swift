import Executors
import Foundation
import Pipeline
import SystemPackage

extension LocalWorkers {
  /// Workers that are this program, as `lightbench work`; what dead ones leave behind is this process's to end.
  static func ofThisProgram() throws -> LocalWorkers {
    guard let path = Foundation.Bundle.main.executablePath else {
      throw TaskFailure(code: .internalError, message: "the path of this program is unknown")
    }
    try Posix.adoptOrphans(endingThem: true)
    return LocalWorkers(FilePath(path), ["work"], environment: ProcessInfo.processInfo.environment)
  }
}
