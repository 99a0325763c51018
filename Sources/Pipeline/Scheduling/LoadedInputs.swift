import ArrayStores
import Fingerprints
import Synchronization

/// The inputs of a worker's last task, kept for the next one where it takes the same.
///
/// A detector that is tried on six volumes is read once, if the six tasks come one after the other. What the next
/// task does not take is dropped before it begins; large artifacts are never kept, so that a task has the memory it
/// asked for.
final class LoadedInputs: Sendable {
  /// Bytes of all that is kept.
  private static let limit = 128 << 20

  private let bundles = Mutex<[Digest: Bundle]>([:])

  /// What the inputs of a task are read with.
  func inputs(of order: TaskOrder, from store: Store) -> StageInputs {
    let wanted = order.inputDigests
    bundles.withLock { bundles in bundles = bundles.filter { wanted.contains($0.key) } }
    let open = { @Sendable [self] (artifact: InputArtifact) in
      if let bundle = bundles.withLock({ $0[artifact.digest] }), bundle.type == artifact.type { return bundle }
      let bundle = try store.read(artifact.digest, as: artifact.type)
      keep(bundle, artifact.digest)
      return bundle
    }
    return StageInputs(order.inputs, stream: { try store.open($0.digest, as: $0.type) }, open: open)
  }

  private func keep(_ bundle: Bundle, _ digest: Digest) {
    bundles.withLock { bundles in
      let kept = bundles.values.reduce(0) { $0 + $1.byteCount }
      if kept + bundle.byteCount <= Self.limit { bundles[digest] = bundle }
    }
  }
}

extension Bundle {
  /// The bytes of its arrays in memory.
  fileprivate var byteCount: Int { (tables + volumes).reduce(0) { $0 + $1.array.bytes.count } }
}
