import Fingerprints
import SystemPackage

/// Where the room in a store has gone.
extension Store {
  /// What a kind or an experiment takes.
  public struct Usage: Sendable, Hashable {
    /// The stage kind, or the experiment.
    public let name: String
    /// How many rows.
    public let tasks: Int
    /// Bytes of their objects, each object counted once.
    public let bytes: Int
  }

  /// The room that rows take by stage kind, the largest first; what two kinds share counts for both.
  public func usageByKind() throws -> [Usage] {
    try usage(Dictionary(grouping: rows(), by: \.key.kind))
  }

  /// The room that rows take by experiment, as the records of runs have it; what two experiments share counts for
  /// both, and rows that no run on record has used stand under no name.
  public func usageByExperiment() throws -> [Usage] {
    let rows = Dictionary(try rows().map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
    var used: [String: Set<Digest>] = [:]
    for id in try runs() {
      let record = try run(id)
      let name = record.header.variant.map { "\(record.header.name).\($0)" } ?? record.header.name
      used[name, default: []].formUnion(record.tasks.compactMap(\.fingerprint))
    }
    let unused = Set(rows.keys).subtracting(used.values.reduce(into: []) { $0.formUnion($1) })
    if !unused.isEmpty { used[""] = unused }
    return try usage(used.mapValues { $0.compactMap { rows[$0] } })
  }

  private func usage(_ groups: [String: [Manifest]]) throws -> [Usage] {
    groups.map { name, rows in
      var sizes: [Digest: Int] = [:]
      for output in rows.flatMap(\.outputs.values) { sizes[output.digest] = output.size }
      return Usage(name: name, tasks: rows.count, bytes: sizes.values.reduce(0, +))
    }.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
  }

  /// The room that each part of the store takes on the disk: objects, rows, checkpoints, logs and so on.
  public func usageByPart() throws -> [Usage] {
    try Posix.names(in: root).filter { try Posix.status(of: root.appending($0))?.isFolder == true }.map { name in
      let files = try Posix.files(below: folder(name))
      return Usage(name: name, tasks: 0, bytes: files.reduce(0) { $0 + $1.size })
    }.filter { $0.bytes > 0 }.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
  }
}
