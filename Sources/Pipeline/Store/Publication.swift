import Fingerprints
import Foundation
import Synchronization
import SystemPackage

/// The way of one task's outputs into the store, so that a crash at any moment leaves only litter in `tmp/`.
///
/// Write, validate, put on disk, move the objects to their names, and last give the row its name: the row appears
/// when all that it names is there. See `design/IDENTITY.md`, Publishing.
public final class Publication: Sendable {
  /// What became of the row.
  public enum Outcome: Sendable, Hashable {
    /// This publication made it.
    case published
    /// Another publisher was first, with the same outputs.
    case alreadyThere
    /// Another publisher was first, with other outputs; ours are recorded as a conflict.
    case conflict
  }

  private struct Staged {
    let folder: ObjectFolder
    let type: ArtifactType
    let digest: Digest
    let places: [RegionPlace]?
  }

  private let store: Store
  private let key: TaskKey
  private let ports: [Port]
  private let folder: FilePath
  private let staged = Mutex<[String: Staged]>([:])

  /// - Parameter ports: The outputs that must be there, beside `metrics`.
  public init(in store: Store, of key: TaskKey, ports: [Port]) throws {
    self.store = store
    self.key = key
    self.ports = ports
    folder = try store.makeWorkFolder()
  }

  // MARK: -

  /// Writes an output beside the store, where nobody sees it yet.
  public func write(_ port: String, _ bundle: Bundle) throws {
    Fault.point(.beforeWrite)
    guard let declared = (ports + [Port("metrics", .metrics)]).first(where: { $0.name == port }) else {
      throw refusal("the stage has no output port '\(port)'")
    }
    guard declared.type == bundle.type else {
      throw refusal("port '\(port)' gives '\(declared.type)', not '\(bundle.type)'")
    }
    let target = folder.appending(port)
    guard try Posix.status(of: target) == nil else { throw refusal("port '\(port)' was written twice") }
    let listing = try ObjectFolder.write(bundle, at: target)
    let written = Staged(
      folder: ObjectFolder(path: target), type: bundle.type, digest: try listing.digest, places: bundle.places)
    staged.withLock { $0[port] = written }
  }

  /// Puts everything into the store.
  ///
  /// - Parameters:
  ///   - metrics: The measured numbers; they become the port `metrics`.
  ///   - lineage: The regions behind each output, as far as the runner knows them.
  ///   - validate: Throws where the inputs from outside are no longer what the key says.
  /// - Returns: What the store says now, which is another publisher's manifest where that was first.
  public func publish(
    _ metrics: [Metric], provenance: Manifest.Provenance, lineage: [String: Lineage]? = nil,
    validate: () throws -> Void = {}
  ) throws -> (manifest: Manifest, outcome: Outcome) {
    defer { abandon() }
    try write("metrics", try Metric.bundle(metrics))
    Fault.point(.beforeValidate)
    let objects = try complete()
    try validate()
    Fault.point(.beforeSynchronise)
    try synchronise(objects.map(\.staged.folder))
    Fault.point(.beforeRename)
    try move(objects.map(\.staged))
    Fault.point(.beforeLink)
    let outputs = try objects.map { port, staged in
      let size = try ObjectFolder(path: store.objectFolder(staged.digest)).size()
      return (port, Manifest.Output(digest: staged.digest, size: size ?? 0, type: staged.type))
    }
    let manifest = Manifest(
      fingerprint: try key.digest(), key: key, outputs: Dictionary(uniqueKeysWithValues: outputs), metrics: metrics,
      provenance: provenance, lineage: Self.completed(lineage, by: objects))
    let result = try link(manifest)
    Fault.point(.afterLink)
    return result
  }

  /// Removes what was written; published objects are no longer among it.
  public func abandon() {
    // Litter of a failed removal is found by `cache gc`; the failure that matters is already on its way.
    try? Posix.remove(folder)
  }

  // MARK: - Steps

  private func complete() throws -> [(port: String, staged: Staged)] {
    let written = staged.withLock { $0 }
    for port in ports where written[port.name] == nil {
      throw refusal("the stage did not write its output port '\(port.name)'")
    }
    return written.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The lineage with what the artifacts themselves say where the runner did not know; nil where there is nothing.
  private static func completed(
    _ lineage: [String: Lineage]?, by objects: [(port: String, staged: Staged)]
  ) -> [String: Lineage]? {
    var result = lineage ?? [:]
    for (port, staged) in objects where result[port]?.regions == nil {
      guard let places = staged.places else { continue }
      result[port] = Lineage(regions: places, learned: result[port]?.learned ?? [])
    }
    result = result.filter { !($0.value.regions ?? []).isEmpty || !$0.value.learned.isEmpty }
    return result.isEmpty ? nil : result
  }

  private func refusal(_ message: String) -> TaskFailure {
    TaskFailure(code: .internalError, message: "\(key.kind): \(message)", phase: "publish")
  }

  private func synchronise(_ folders: [ObjectFolder]) throws {
    // Not the folders inside: an entry that a power cut loses is a missing file, which is a miss; only what a file
    // holds could be wrong unseen.
    let files = try folders.flatMap { object in try object.fileNames().map { object.path.appending($0) } }
    try Posix.synchroniseTogether(files)
    try Posix.synchronise(folder)
  }

  private func move(_ objects: [Staged]) throws {
    for (index, object) in objects.enumerated() {
      if index == 1 { Fault.point(.betweenObjects) }
      let target = store.objectFolder(object.digest)
      try Posix.makeFolder(target.removingLastComponent())
      if try !Posix.moveFolder(object.folder.path, to: target) {
        try keepOrReplace(target, by: object)
      }
    }
  }

  /// Another publisher's object stays if it is sound; a damaged one makes way.
  private func keepOrReplace(_ target: FilePath, by object: Staged) throws {
    do {
      let folder = ObjectFolder(path: target)
      try folder.checkFiles(of: try folder.listing(named: object.digest))
    } catch let damage as Damage {
      try store.quarantine(target, because: damage.reason)
      _ = try Posix.moveFolder(object.folder.path, to: target)
    }
  }

  private func link(_ manifest: Manifest) throws -> (manifest: Manifest, outcome: Outcome) {
    let draft = folder.appending("row.json")
    let target = store.actionFile(manifest.fingerprint)
    try Posix.write(try JSONLine.encode(manifest), to: draft)
    try Posix.makeReadOnly(draft)
    try Posix.synchronise(draft)
    try Posix.makeFolder(target.removingLastComponent())
    while try !Posix.link(draft, as: target) {
      guard let first = try store.row(manifest.fingerprint) else { continue }  // it was unreadable, and is gone now
      if first.outputs.mapValues(\.digest) == manifest.outputs.mapValues(\.digest) { return (first, .alreadyThere) }
      if try store.isWhole(first) {
        try recordConflict(manifest)
        return (first, .conflict)
      }
      try store.quarantine(target, because: "its objects are gone, and computing them again gave others")
    }
    try Posix.synchronise(target.removingLastComponent())
    return (manifest, .published)
  }

  private func recordConflict(_ manifest: Manifest) throws {
    try Posix.makeFolder(store.folder("conflicts"))
    let name = "\(manifest.fingerprint.hex).\(UUID().uuidString.lowercased().prefix(8)).json"
    try Posix.write(try JSONLine.encode(manifest), to: store.folder("conflicts").appending(name))
  }
}
