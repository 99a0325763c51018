import Fingerprints
import Synchronization
import SystemPackage

/// Removes the outputs of tasks with `keep: temp` once nobody in the run needs them.
///
/// The row stays, with the digests of what was there, so that what comes after keeps its key; so do the metrics. A
/// mark in `dropped/` tells such a row from one whose objects were lost.
final class TemporaryOutputs: Sendable {
  private let store: Store
  /// How many other rows name an object; nil before the store was read, once a run.
  private let uses = Mutex<[Digest: Set<Digest>]?>(nil)

  init(in store: Store) { self.store = store }

  /// Drops the outputs of a row that is not pinned, except the metrics and what other rows name as well.
  func drop(_ manifest: Manifest) throws {
    guard try !store.pins().contains(manifest.fingerprint) else { return }
    let outputs = Set(manifest.outputs.filter { $0.key != "metrics" }.values.map(\.digest))
      .subtracting(manifest.outputs["metrics"].map { [$0.digest] } ?? [])
    guard try outputs.contains(where: { try Posix.status(of: store.objectFolder($0)) != nil }) else { return }
    let free = try uses.withLock { uses in
      let known = try uses ?? readUses()
      uses = known
      return outputs.filter { (known[$0] ?? []).subtracting([manifest.fingerprint]).isEmpty }
    }
    guard !free.isEmpty else { return }
    // The mark first: objects without it would count as lost.
    try Posix.makeFolder(store.folder("dropped"))
    try Posix.write([], to: store.droppedMark(manifest.fingerprint))
    for digest in free { try Posix.remove(store.objectFolder(digest)) }
  }

  /// Takes down that a row of this run names its objects.
  func note(_ manifest: Manifest) {
    uses.withLock { uses in
      guard uses != nil else { return }
      for output in manifest.outputs.values { uses?[output.digest, default: []].insert(manifest.fingerprint) }
    }
  }

  private func readUses() throws -> [Digest: Set<Digest>] {
    var uses: [Digest: Set<Digest>] = [:]
    for row in try store.rows() {
      for output in row.outputs.values { uses[output.digest, default: []].insert(row.fingerprint) }
    }
    return uses
  }
}

extension Store {
  /// The row of a task whose outputs were temporary and are gone.
  func droppedRow(_ fingerprint: Digest) throws -> Manifest? {
    guard try Posix.status(of: droppedMark(fingerprint)) != nil else { return nil }
    return try row(fingerprint)
  }

  func droppedMark(_ fingerprint: Digest) -> FilePath { folder("dropped").appending(fingerprint.hex) }
}
