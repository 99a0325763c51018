import Fingerprints
import SystemPackage

extension Store {
  /// Where the log of a task goes: one file a fingerprint, added to by every attempt.
  func logFile(for key: TaskKey) throws -> FilePath {
    let path = logPath(kind: key.kind, try key.digest())
    try Posix.makeFolder(path.removingLastComponent())
    return path
  }

  /// What a task wrote while it was computed, every attempt; nil where the log is not there, as of imported rows.
  ///
  /// - Throws: `SystemError` where the file cannot be read.
  public func log(of manifest: Manifest) throws -> String? {
    // A store that was moved has its logs with it.
    let places = [
      FilePath(manifest.provenance.log), logPath(kind: manifest.key.kind, manifest.fingerprint),
    ]
    for place in places {
      guard !place.isEmpty, try Posix.status(of: place) != nil else { continue }
      return String(decoding: try Posix.read(place), as: UTF8.self)
    }
    return nil
  }

  private func logPath(kind: String, _ fingerprint: Digest) -> FilePath {
    let name = fingerprint.hex
    return folder("logs").appending(String(name.prefix(2))).appending("\(kind)-\(name.prefix(16)).log")
  }
}
