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
    let port: String
    let type: ArtifactType
    let digest: Digest
    let places: [RegionPlace]?
    let listing: ObjectListing
    /// Where it was written; nil where the store has it already.
    var folder: ObjectFolder?
  }

  private let store: Store
  private let key: TaskKey
  private let ports: [Port]
  private let folder: FilePath
  private let staged = Mutex<[String: Staged]>([:])
  /// Images that were taken out of a draft.
  private let images = Mutex<[FilePath]>([])

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
    if let entry = try bundle.tables.first(where: { try !$0.mayLackNumbers && !$0.array.isFinite() }) {
      throw refusal("port '\(port)' gives '\(entry.name)' with numbers that are not finite")
    }
    let target = folder.appending(port)
    guard try Posix.status(of: target) == nil else { throw refusal("port '\(port)' was written twice") }
    for volume in bundle.streamed {
      try StreamedImage.note(volume.image, movesTo: ObjectArrays.place(of: volume.name, in: target))
      images.withLock { $0.append(volume.image) }
    }
    let listing = try ObjectFolder.write(bundle, at: target)
    let written = Staged(
      port: port, type: bundle.type, digest: try listing.digest, places: bundle.places, listing: listing,
      folder: ObjectFolder(path: target))
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
    try write(metrics)
    Fault.point(.beforeValidate)
    var objects = try complete()
    try validate()
    for place in objects.indices where objects[place].folder != nil {
      if try isInStore(objects[place]) { objects[place].folder = nil }
    }
    let known = Self.completed(lineage, by: objects)
    var row = try Row(manifest(objects, metrics, provenance, known), in: folder, name: "row.json")
    Fault.point(.beforeSynchronise)
    try synchronise(objects, row)
    Fault.point(.beforeRename)
    if try move(&objects) {
      row = try Row(manifest(objects, metrics, provenance, known), in: folder, name: "row.2.json")
      try Posix.synchronise(row.path)
    }
    Fault.point(.beforeLink)
    let result = try link(row)
    try Posix.remove(store.droppedMark(result.manifest.fingerprint))
    Fault.point(.afterLink)
    return result
  }

  /// Removes what was written; published objects are no longer among it, and images go back to their drafts.
  public func abandon() {
    // What cannot go back is made again; the failure that matters is already on its way.
    for image in images.withLock({ $0 }) { try? StreamedImage.restore(image) }
    // Litter of a failed removal is found by `cache gc`; the failure that matters is already on its way.
    try? Posix.remove(folder)
  }

  // MARK: - Steps

  /// Many tasks have the same numbers, or none: those that the store has are not written again.
  private func write(_ metrics: [Metric]) throws {
    let bundle = try Metric.bundle(metrics)
    let listing = ObjectListing(type: bundle.type, facts: bundle.facts, arrays: [], files: [])
    let found = Staged(
      port: "metrics", type: bundle.type, digest: try listing.digest, places: nil, listing: listing, folder: nil)
    if try isInStore(found) {
      staged.withLock { $0["metrics"] = found }
    } else {
      try write("metrics", bundle)
    }
  }

  private func complete() throws -> [Staged] {
    let written = staged.withLock { $0 }
    for port in ports where written[port.name] == nil {
      throw refusal("the stage did not write its output port '\(port.name)'")
    }
    return written.values.sorted { $0.port < $1.port }
  }

  /// The lineage with what the artifacts themselves say where the runner did not know; nil where there is nothing.
  private static func completed(
    _ lineage: [String: Lineage]?, by objects: [Staged]
  ) -> [String: Lineage]? {
    var result = lineage ?? [:]
    for object in objects where result[object.port]?.regions == nil {
      guard let places = object.places else { continue }
      result[object.port] = Lineage(regions: places, learned: result[object.port]?.learned ?? [])
    }
    result = result.filter { !($0.value.regions ?? []).isEmpty || !$0.value.learned.isEmpty }
    return result.isEmpty ? nil : result
  }

  private func refusal(_ message: String) -> TaskFailure {
    TaskFailure(code: .internalError, message: "\(key.kind): \(message)", phase: "publish")
  }

  /// Whether another task has published the same content; a damaged object makes way.
  private func isInStore(_ object: Staged) throws -> Bool {
    let target = store.objectFolder(object.digest)
    do {
      return try ObjectFolder(path: target).holds(object.listing)
    } catch let damage as Damage {
      try store.quarantine(target, because: damage.reason)
      return false
    }
  }

  /// The row, written but not yet to be found.
  private struct Row {
    let manifest: Manifest
    let path: FilePath

    init(_ manifest: Manifest, in folder: FilePath, name: String) throws {
      self.manifest = manifest
      path = folder.appending(name)
      try Posix.write(try JSONLine.encode(manifest), to: path)
      try Posix.makeReadOnly(path)
    }
  }

  private func manifest(
    _ objects: [Staged], _ metrics: [Metric], _ provenance: Manifest.Provenance, _ lineage: [String: Lineage]?
  ) throws -> Manifest {
    var outputs: [String: Manifest.Output] = [:]
    for object in objects {
      let folder = object.folder ?? ObjectFolder(path: store.objectFolder(object.digest))
      outputs[object.port] = .init(digest: object.digest, size: try folder.size() ?? 0, type: object.type)
    }
    return Manifest(
      fingerprint: try key.digest(), key: key, outputs: outputs, metrics: metrics, provenance: provenance,
      lineage: lineage)
  }

  private func synchronise(_ objects: [Staged], _ row: Row) throws {
    // Not the folders inside: an entry that a power cut loses is a missing file, which is a miss; only what a file
    // holds could be wrong unseen.
    let files = objects.flatMap { object in
      object.folder.map { folder in object.listing.fileNames.map { folder.path.appending($0) } } ?? []
    }
    try Posix.synchroniseTogether(files + [row.path])
    try Posix.synchronise(folder)
  }

  /// Gives the objects their names.
  ///
  /// - Returns: Whether another publisher came first with one of them, whose files may have other sizes.
  private func move(_ objects: inout [Staged]) throws -> Bool {
    var isOther = false
    for place in objects.indices {
      if place == 1 { Fault.point(.betweenObjects) }
      guard let source = objects[place].folder else { continue }
      let target = store.objectFolder(objects[place].digest)
      try Posix.makeFolder(target.removingLastComponent())
      while try !Posix.moveFolder(source.path, to: target) {
        guard try isInStore(objects[place]) else { continue }  // it was damaged, and is gone now
        isOther = true
        break
      }
      objects[place].folder = nil
    }
    return isOther
  }

  private func link(_ row: Row) throws -> (manifest: Manifest, outcome: Outcome) {
    let (manifest, target) = (row.manifest, store.actionFile(row.manifest.fingerprint))
    try Posix.makeFolder(target.removingLastComponent())
    while try !Posix.link(row.path, as: target) {
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
