public import Fingerprints
import SystemPackage

/// Rows that stay whatever else becomes of them.
extension Store {
  /// The fingerprints that `cache gc` never removes.
  public func pins() throws -> Set<Digest> { Set(try Posix.names(in: folder("pins")).compactMap { Digest(hex: $0) }) }

  /// Lets rows stay for good.
  ///
  /// - Returns: How many were not pinned before.
  public func pin(_ fingerprints: Set<Digest>) throws -> Int {
    try Posix.makeFolder(folder("pins"))
    return try fingerprints.count { try Posix.create(folder("pins").appending($0.hex), []) }
  }

  /// Takes pins away.
  ///
  /// - Returns: How many there were.
  public func unpin(_ fingerprints: Set<Digest>) throws -> Int {
    let pinned = try pins().intersection(fingerprints)
    for fingerprint in pinned { try Posix.remove(folder("pins").appending(fingerprint.hex)) }
    return pinned.count
  }
}
