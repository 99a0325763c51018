public import Fingerprints
import SystemPackage

/// What lies in a store, and whether it is sound.
extension Store {
  /// One row as `cache ls` shows it.
  public struct Entry: Sendable, Codable {
    /// The fingerprint, which names the row.
    public let fingerprint: Digest
    /// The task that computed it first.
    public let address: String
    /// The stage kind.
    public let kind: String
    /// Bytes of its objects; objects that rows share count for each.
    public let size: Int
    /// Seconds since 1970.
    public let started: Double
    /// Seconds that computing it took.
    public let seconds: Double
    /// Whether all its objects are there.
    public let isWhole: Bool
  }

  /// All rows, the newest first.
  public func contents() throws -> [Entry] {
    try rows().map { row in
      Entry(
        fingerprint: row.fingerprint, address: row.provenance.address, kind: row.key.kind,
        size: row.outputs.values.reduce(0) { $0 + $1.size }, started: row.provenance.started,
        seconds: row.provenance.seconds, isWhole: try isWhole(row))
    }.sorted { ($1.started, $0.address) < ($0.started, $1.address) }
  }

  /// What `cache verify` found.
  public struct Verification: Sendable, Codable {
    /// How many objects were compared in full.
    public var objects = 0
    /// Their bytes.
    public var bytes = 0
    /// What was moved to quarantine, and why.
    public var damaged: [String] = []
    /// Addresses of rows whose objects are not all there: they will be computed again.
    public var incomplete: [String] = []
    /// Tasks that gave different results for one key, and which outputs.
    public var conflicts: [String] = []

    /// Whether nothing is wrong.
    public var isSound: Bool { damaged.isEmpty && incomplete.isEmpty && conflicts.isEmpty }
  }

  /// Compares every object with its checksums and logical digests; what differs goes into quarantine.
  public func verifyAll(onProgress: (Int, Int) -> Void = { _, _ in }) throws -> Verification {
    var result = Verification()
    let names = try entries(of: "objects")
    for (index, name) in names.enumerated() {
      onProgress(index, names.count)
      guard let digest = Digest(hex: name) else { continue }
      result.bytes += try ObjectFolder(path: objectFolder(digest)).size() ?? 0
      result.objects += 1
      do {
        try verify(digest)
      } catch let failure as TaskFailure where failure.code == .store {
        result.damaged.append(failure.message)
      }
    }
    result.incomplete = try rows().filter { row in
      try !isWhole(row) && droppedRow(row.fingerprint) == nil
    }.map(\.provenance.address)
    result.conflicts = try conflicts().map {
      "\($0.address): another result for '\($0.ports.joined(separator: "', '"))' was computed later"
    }
    return result
  }
}
