public import Fingerprints
import Foundation
import SystemPackage

/// Rows: what was done under a fingerprint.
extension Store {
  /// The manifest of a task that is done: its row can be read, and all its objects are there with the right sizes.
  public func lookup(_ fingerprint: Digest) throws -> Manifest? {
    guard let manifest = try row(fingerprint), try isWhole(manifest) else { return nil }
    return manifest
  }

  /// The row of a task, whether or not its objects are still there; for `explain` and records.
  ///
  /// A row that cannot be read is moved to quarantine.
  public func row(_ fingerprint: Digest) throws -> Manifest? {
    let path = actionFile(fingerprint)
    let bytes: [UInt8]
    do {
      bytes = try Posix.read(path)
    } catch let error as SystemError where error.isMissing {
      return nil
    }
    do {
      let manifest = try JSONLine.decode(Manifest.self, from: bytes)
      guard manifest.fingerprint == fingerprint else { throw Damage(reason: "the row is of another task") }
      return manifest
    } catch {
      try quarantine(path, because: "the row cannot be read: \(error)")
      return nil
    }
  }

  func isWhole(_ manifest: Manifest) throws -> Bool {
    try manifest.outputs.values.allSatisfy { try holds($0.digest, size: $0.size) }
  }

  /// Every row of the store, in the order of fingerprints.
  public func rows() throws -> [Manifest] {
    try entries(of: "actions").compactMap { name in
      name.hasSuffix(".json") ? Digest(hex: String(name.dropLast(5))) : nil
    }.compactMap { try row($0) }
  }

  /// The names two levels below a folder of the store, sorted.
  func entries(of name: String) throws -> [String] {
    try Posix.names(in: folder(name)).flatMap { try Posix.names(in: folder(name).appending($0)) }
  }
}
