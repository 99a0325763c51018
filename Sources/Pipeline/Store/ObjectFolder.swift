import ArrayStores
import Fingerprints
import SystemPackage

/// A folder that holds one artifact: `object.json`, `tables.h5` and `volumes.zarr`.
struct ObjectFolder: Sendable {
  let path: FilePath

  // MARK: - Writing

  /// Writes an artifact into a folder that does not exist yet; equal artifacts give equal bytes.
  static func write(_ bundle: Bundle, at path: FilePath) throws -> ObjectListing {
    try check(bundle)
    try Posix.makeFolder(path)
    try ObjectArrays.writeTables(bundle.tables.sorted { $0.name < $1.name }, in: path)
    try ObjectArrays.writeVolumes(bundle.volumes.sorted { $0.name < $1.name }, in: path)
    try ObjectArrays.moveVolumes(bundle.streamed.sorted { $0.name < $1.name }, into: path)
    let arrays =
      try bundle.tables.map { try describe($0, isVolume: false) }
      + bundle.volumes.map { try describe($0, isVolume: true) }
      + bundle.streamed.map {
        ObjectListing.Array(name: $0.name, isVolume: true, digest: $0.digest, voxelSize: $0.voxelSize)
      }
    let isEmpty = bundle.tables.isEmpty && bundle.volumes.isEmpty && bundle.streamed.isEmpty
    let files = try (isEmpty ? [] : Posix.files(below: path)).map { file in
      ObjectListing.File(path: file.path, size: file.size, digest: try Posix.digest(of: path.appending(file.path)))
    }
    let listing = ObjectListing(
      type: bundle.type, facts: bundle.facts, arrays: arrays.sorted { $0.name < $1.name }, files: files)
    try Posix.write(try listing.text(), to: path.appending(ObjectListing.fileName))
    for name in listing.fileNames { try Posix.makeReadOnly(path.appending(name)) }
    return listing
  }

  private static func describe(_ entry: Bundle.Entry, isVolume: Bool) throws -> ObjectListing.Array {
    let axes = isVolume ? ObjectArrays.axes : []
    let digest = try entry.array.logicalDigest(axes: axes, voxelSize: entry.voxelSize)
    return .init(name: entry.name, isVolume: isVolume, digest: digest, voxelSize: entry.voxelSize)
  }

  private static func check(_ bundle: Bundle) throws {
    var seen: Set<String> = []
    for name in (bundle.tables + bundle.volumes).map(\.name) + bundle.streamed.map(\.name) {
      guard isName(name), seen.insert(name).inserted else {
        throw TaskFailure(
          code: .internalError, message: "'\(name)' of an artifact '\(bundle.type)' is no name, or stands twice",
          phase: "publish")
      }
    }
  }

  private static func isName(_ name: String) -> Bool {
    name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".")
        && part.utf8.allSatisfy {
          UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || [0x2e, 0x5f, 0x2d].contains($0)
        }
    }
  }

  // MARK: - Reading

  /// What `object.json` says.
  ///
  /// - Parameter name: The digest by which the folder is known; nil where it is named otherwise.
  /// - Throws: `Damage` where it is not there, not readable, or of another digest.
  func listing(named name: Digest?) throws -> ObjectListing {
    let text: [UInt8]
    do {
      text = try Posix.read(path.appending(ObjectListing.fileName))
    } catch let error as SystemError where error.isMissing {
      throw Damage(reason: "'object.json' is missing")
    }
    let listing = try ObjectListing(text: text)
    if let name, try listing.digest != name { throw Damage(reason: "'object.json' describes another object") }
    return listing
  }

  /// The artifact, after the checksum of every file was compared.
  func read(named name: Digest?) throws -> Bundle {
    let listing = try listing(named: name)
    try checkFiles(of: listing)
    let tables = listing.arrays.filter { !$0.isVolume }
    let volumes = listing.arrays.filter(\.isVolume)
    do {
      return Bundle(
        listing.type, facts: listing.facts, tables: try ObjectArrays.readTables(tables, in: path),
        volumes: try ObjectArrays.readVolumes(volumes, in: path))
    } catch let error as ArrayStoreError {
      throw Damage(reason: "\(error)")
    }
  }

  /// The artifact with its volumes left here, after the checksum of every file was compared.
  func open(named name: Digest?) throws -> OpenBundle {
    let listing = try listing(named: name)
    try checkFiles(of: listing)
    do {
      return OpenBundle(
        listing.type, facts: listing.facts,
        volumes: try ObjectArrays.openVolumes(listing.arrays.filter(\.isVolume), in: path))
    } catch let error as ArrayStoreError {
      throw Damage(reason: "\(error)")
    }
  }

  /// Whether the artifact of a listing is here, perhaps in other bytes; the checksums of all files are compared.
  ///
  /// - Throws: `Damage` where something else is here, or what is here is not sound.
  func holds(_ wanted: ObjectListing) throws -> Bool {
    let text: [UInt8]
    do {
      text = try Posix.read(path.appending(ObjectListing.fileName))
    } catch let error as SystemError where error.isMissing {
      if try Posix.status(of: path) == nil { return false }
      throw Damage(reason: "'object.json' is missing")
    }
    try checkFiles(of: text == wanted.text() ? wanted : listing(named: wanted.digest))
    return true
  }

  /// Compares sizes, and with `deeply` the checksums, of all files with the listing.
  func checkFiles(of listing: ObjectListing, deeply: Bool = true) throws {
    guard !listing.files.isEmpty else { return }
    let sizes = Dictionary(uniqueKeysWithValues: try Posix.files(below: path).map { ($0.path, $0.size) })
    for file in listing.files {
      guard sizes[file.path] == file.size else {
        throw Damage(reason: "'\(file.path)' is missing or has another size")
      }
      if deeply, try Posix.digest(of: path.appending(file.path)) != file.digest {
        throw Damage(reason: "'\(file.path)' has another checksum")
      }
    }
  }

  /// Compares everything: sizes, checksums and the logical digest of every array.
  func verify(named name: Digest?) throws {
    let listing = try listing(named: name)
    try checkFiles(of: listing)
    do {
      for array in listing.arrays where try ObjectArrays.digest(of: array, in: path) != array.digest {
        throw Damage(reason: "array '\(array.name)' has another content")
      }
    } catch let error as ArrayStoreError {
      throw Damage(reason: "\(error)")
    }
  }

  // MARK: - Files

  /// The sizes of all files, summed; nil where there is no file.
  func size() throws -> Int? {
    let files = try Posix.files(below: path)
    return files.isEmpty ? nil : files.reduce(0) { $0 + $1.size }
  }

  /// All files, as paths from here, sorted.
  func fileNames() throws -> [String] { try Posix.files(below: path).map(\.path) }
}

extension Posix {
  /// The digest of a file's bytes.
  static func digest(of path: FilePath) throws -> Digest {
    var hasher = ContentHasher(domain: "lightbench.file.1")
    try read(path, chunk: 1 << 20) { hasher.update($0) }
    return hasher.finalise()
  }
}
