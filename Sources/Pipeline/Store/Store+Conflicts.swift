public import Fingerprints
import SystemPackage

/// Tasks that gave different results for equal keys: the first stays, later ones are recorded here.
extension Store {
  /// A later result that differs from the row.
  public struct Conflict: Sendable {
    /// The task.
    public let fingerprint: Digest
    /// How the task was called when it was computed again.
    public let address: String
    /// The output ports that differ.
    public let ports: [String]
    /// What was computed then.
    public let later: Manifest
  }

  /// All conflicts on record whose row is still there, by address.
  ///
  /// - Throws: `StoreError` for a record that cannot be read.
  public func conflicts() throws -> [Conflict] {
    try Posix.names(in: folder("conflicts")).compactMap { name -> Conflict? in
      let path = folder("conflicts").appending(name)
      let later: Manifest
      do {
        later = try JSONLine.decode(from: try Posix.read(path))
      } catch is DecodingError {
        throw StoreError("the record of a conflict '\(path)' cannot be read; remove it")
      }
      guard let first = try row(later.fingerprint) else { return nil }
      let ports = later.outputs.keys.filter { later.outputs[$0]?.digest != first.outputs[$0]?.digest }.sorted()
      return Conflict(
        fingerprint: later.fingerprint, address: later.provenance.address, ports: ports, later: later)
    }.sorted { $0.address < $1.address }
  }
}
