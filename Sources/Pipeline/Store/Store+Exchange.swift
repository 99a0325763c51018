import ArrayStores
public import Fingerprints
public import SystemPackage

/// Results that travel from one store to another.
///
/// What travels is a folder with the layout of a store: `actions`, `objects` and `rungs`. What comes in is trusted in nothing:
/// every key is hashed again, every object read and digested, and written anew by this program; names, links and
/// paths of the folder reach no file of the store.
extension Store {
  /// What became of rows that came in.
  public struct Arrival: Sendable, Hashable {
    /// Rows that were new.
    public var published = 0
    /// Rows that were there.
    public var alreadyThere = 0
    /// Rows that were there with other outputs, which stay; those that came are on record as conflicts. Rungs that
    /// were there with other metrics count too, and stay.
    public var conflicts = 0
    /// Rows of rungs that were new.
    public var rungs = 0
  }

  /// Copies rows and their objects into a new folder, without the rows whose outputs are gone, as temporary ones are.
  ///
  /// - Parameter trajectories: The trainings whose rungs go along, as `Plan.rungs` names them.
  /// - Returns: How many rows stayed out, and how many rungs went along.
  /// - Throws: `StoreError` where the folder holds anything, or an object is damaged.
  @discardableResult
  public func export(
    _ rows: [Manifest], rungs trajectories: Set<Digest> = [], to folder: FilePath
  ) throws -> (missing: Int, rungs: Int) {
    guard try Posix.names(in: folder).isEmpty else {
      throw StoreError("'\(folder)' is not empty; name a folder that is new")
    }
    let target = try Store(at: folder)
    let complete = try rows.filter { row in
      try row.outputs.values.allSatisfy { try Posix.status(of: objectFolder($0.digest)) != nil }
    }
    for row in complete {
      for digest in Set(row.outputs.values.map(\.digest)) { try copy(digest, to: target) }
      let path = target.actionFile(row.fingerprint)
      try Posix.makeFolder(path.removingLastComponent())
      try Posix.write(try JSONLine.encode(row), to: path)
    }
    let rungs = try rungs(of: trajectories)
    for rung in rungs {
      let path = target.rungFile(rung)
      try Posix.makeFolder(path.removingLastComponent())
      try Posix.write(try JSONLine.encode(rung), to: path)
    }
    return (rows.count - complete.count, rungs.count)
  }

  private func copy(_ digest: Digest, to other: Store) throws {
    let (from, to) = (objectFolder(digest), other.objectFolder(digest))
    guard try Posix.status(of: to) == nil else { return }
    let object = ObjectFolder(path: from)
    do {
      try object.checkFiles(of: try object.listing(named: digest))
    } catch let damage as Damage {
      throw StoreError("object \(digest.hex.prefix(12)) is damaged: \(damage.reason); 'lightbench cache verify' mends")
    }
    for name in try object.fileNames() {
      let file = to.appending(name)
      try Posix.makeFolder(file.removingLastComponent())
      try Posix.write(try Posix.read(from.appending(name)), to: file)
    }
  }

  /// Takes in what `export` wrote, all of it or, where anything is wrong, nothing.
  ///
  /// - Throws: `StoreError` for the first thing that is not what it should be.
  public func importRows(from folder: FilePath) throws -> Arrival {
    let parcel = Parcel(root: folder)
    let rows = try parcel.rows()
    for row in rows { try parcel.check(row) }
    let rungs = try parcel.rungs()
    // All are written beside the store before the first gets its name.
    var written: [(row: Manifest, publication: Publication)] = []
    defer { for (_, publication) in written { publication.abandon() } }
    for row in rows {
      let ports = row.outputs.filter { $0.key != "metrics" }.map { Port($0.key, $0.value.type) }
      let publication = try Publication(in: self, of: row.key, ports: ports)
      written.append((row, publication))
      for port in ports { try parcel.write(port.name, of: row, to: publication) }
    }
    var arrival = Arrival()
    for (row, publication) in written {
      var provenance = row.provenance
      provenance.log = ""  // a path of another machine
      let lineage = row.lineage?.filter { row.outputs[$0.key] != nil }
      switch try publication.publish(row.metrics, provenance: provenance, lineage: lineage).outcome {
      case .published: arrival.published += 1
      case .alreadyThere: arrival.alreadyThere += 1
      case .conflict: arrival.conflicts += 1
      }
    }
    for rung in rungs {
      let known = try self.rung(rung.trajectory, at: rung.step)
      if let known, known != rung { arrival.conflicts += 1 }
      guard known == nil else { continue }
      _ = try keep(rung)
      arrival.rungs += 1
    }
    return arrival
  }
}

/// A folder that came from elsewhere.
private struct Parcel {
  let root: FilePath

  /// Its rows, each named after the key that it holds.
  func rows() throws -> [Manifest] {
    let folder = root.appending("actions")
    let files = try Posix.files(below: folder).map(\.path)
    guard !files.isEmpty else { throw StoreError("'\(root)' holds no results; 'lightbench cache export' writes some") }
    return try files.map { name in
      let path = folder.appending(name)
      guard try Posix.status(of: path)?.isRegular == true else { throw refusal("'\(path)' is no plain file") }
      let row: Manifest
      do { row = try JSONLine.decode(from: try Posix.read(path)) } catch let error as DecodingError {
        throw refusal("the row '\(path)' cannot be read: \(error)")
      }
      let hex = row.fingerprint.hex
      guard name == "\(hex.prefix(2))/\(hex).json" else { throw refusal("the row '\(path)' has another name") }
      guard try row.key.digest() == row.fingerprint else {
        throw refusal("the key of row '\(path)' does not give its fingerprint")
      }
      return row
    }
  }

  /// What trainings came to at rungs, each named after the training and the step.
  func rungs() throws -> [Rung] {
    let folder = root.appending("rungs")
    return try Posix.names(in: folder).map { name in
      let path = folder.appending(name)
      guard try Posix.status(of: path)?.isRegular == true else { throw refusal("'\(path)' is no plain file") }
      let rung: Rung
      do { rung = try JSONLine.decode(from: try Posix.read(path)) } catch let error as DecodingError {
        throw refusal("the rung '\(path)' cannot be read: \(error)")
      }
      guard name == rung.fileName, rung.step > 0 else { throw refusal("the rung '\(path)' has another name") }
      guard try rung.isOfKey else { throw refusal("the key of rung '\(path)' is that of another training") }
      return rung
    }
  }

  /// Reads all that a row names; its metrics must be those of its object.
  func check(_ row: Manifest) throws {
    guard let metrics = row.outputs["metrics"] else { throw refusal("row \(name(row)) has no output 'metrics'") }
    for port in row.outputs.keys where !Self.isPort(port) {
      throw refusal("row \(name(row)) names an output '\(port)', which is no name")
    }
    let places = (row.lineage ?? [:]).values.flatMap { ($0.regions ?? []) + $0.learned }
    guard places.allSatisfy({ $0.lower.count == $0.upper.count }) else {
      throw refusal("row \(name(row)) names a region whose corners have different axes")
    }
    for output in row.outputs.values { _ = try bundle(output) }
    guard try Metric.list(of: try bundle(metrics)) == row.metrics else {
      throw refusal("row \(name(row)) shows other metrics than its object holds")
    }
  }

  /// Writes an output anew.
  func write(_ port: String, of row: Manifest, to publication: Publication) throws {
    guard let output = row.outputs[port] else { return }
    let reason: String
    do {
      var bundle = try bundle(output)
      // An object does not say where numbers may be missing: whether they may was asked when it was published.
      bundle.tables = bundle.tables.map { Bundle.Entry($0.name, $0.array, mayLackNumbers: true) }
      return try publication.write(port, bundle)
    } catch let failure as TaskFailure {
      reason = failure.message
    } catch let error as ArrayStoreError {
      reason = "\(error)"
    }
    throw refusal("output '\(port)' of row \(name(row)) cannot be written: \(reason)")
  }

  /// An artifact, after its content was digested again.
  func bundle(_ output: Manifest.Output) throws -> Bundle {
    let hex = output.digest.hex
    let path = root.appending("objects").appending(String(hex.prefix(2))).appending(hex)
    let object = ObjectFolder(path: path)
    do {
      try checkKinds(below: object, in: [root.appending("objects"), path.removingLastComponent(), path])
      let listing = try object.listing(named: output.digest)
      let names = Set(listing.files.map(\.path) + [ObjectListing.fileName])
      guard Set(try object.fileNames()) == names else { throw Damage(reason: "it holds files that it does not list") }
      try checkNames(of: listing.arrays)
      guard listing.type == output.type else { throw Damage(reason: "its type is '\(listing.type)'") }
      try object.verify(named: output.digest)
      return try object.read(named: output.digest)
    } catch let damage as Damage {
      throw refusal("object \(hex.prefix(12)) is damaged: \(damage.reason)")
    }
  }

  /// Arrays are named by paths inside their files: one that leads out of them would open files elsewhere.
  private func checkNames(of arrays: [ObjectListing.Array]) throws {
    for array in arrays {
      let parts = array.name.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.allSatisfy({ !$0.hasPrefix(".") && Self.isPort($0.filter { $0 != "." }) }) else {
        throw Damage(reason: "it lists an array '\(array.name)', which is no name")
      }
      for other in arrays where other.isVolume == array.isVolume && other.name.hasPrefix(array.name + "/") {
        throw Damage(reason: "it lists an array '\(other.name)' inside another")
      }
    }
  }

  /// Only folders and plain files: a link could lead anywhere.
  private func checkKinds(below object: ObjectFolder, in folders: [FilePath]) throws {
    for folder in folders where try Posix.status(of: folder)?.isFolder != true {
      throw Damage(reason: "'\(folder)' is no folder")
    }
    for name in try object.fileNames() where try Posix.status(of: object.path.appending(name))?.isRegular != true {
      throw Damage(reason: "'\(name)' is no plain file")
    }
  }

  private static func isPort(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 == 0x5f || $0 == 0x2d || ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 }
  }

  private func name(_ row: Manifest) -> String { "\(row.fingerprint.hex.prefix(12))" }

  private func refusal(_ reason: String) -> StoreError { StoreError("\(reason); nothing was imported") }
}
