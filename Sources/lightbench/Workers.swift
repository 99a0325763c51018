import Executors
import Foundation
import Pipeline
import SystemPackage

extension LocalWorkers {
  /// Workers that are this program, as `lightbench work`.
  static func ofThisProgram() throws -> LocalWorkers {
    guard let path = Foundation.Bundle.main.executablePath else {
      throw TaskFailure(code: .internalError, message: "the path of this program is unknown")
    }
    return LocalWorkers(FilePath(path), ["work"], environment: ProcessInfo.processInfo.environment)
  }
}
