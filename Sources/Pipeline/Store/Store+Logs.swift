import Fingerprints
import SystemPackage

extension Store {
  /// Where the log of a task goes: one file a fingerprint, added to by every attempt.
  func logFile(for key: TaskKey) throws -> FilePath {
    let fingerprint = try key.digest().hex
    let folder = folder("logs").appending(String(fingerprint.prefix(2)))
    try Posix.makeFolder(folder)
    return folder.appending("\(key.kind)-\(fingerprint.prefix(16)).log")
  }
}
