import ArrayStores
import Fingerprints
import Foundation
import SystemPackage

/// The arrays of an artifact in their files: tables in `tables.h5`, each volume an OME-Zarr image in `volumes.zarr`.
enum ObjectArrays {
  static let axes = ["z", "y", "x"]
  private static let tables = "tables.h5"
  private static let volumes = "volumes.zarr"
  /// What is compressed on its own: what a reader of one crop has to decode around it.
  private static let chunk = [32, 64, 64]
  /// What one file holds at most; few files, because each is put on the disk by a call of its own.
  private static let shard = [256, 512, 512]

  // MARK: - Writing

  static func writeTables(_ entries: [Bundle.Entry], in folder: FilePath) throws {
    guard !entries.isEmpty else { return }
    try HDF5File.write(entries.map { ($0.name, $0.array) }, to: folder.appending(tables))
  }

  static func writeVolumes(_ entries: [Bundle.Entry], in folder: FilePath) throws {
    var groups: Set<String> = []
    for entry in entries {
      try writeGroups(above: entry.name, in: folder.appending(volumes), &groups)
      let shape = entry.array.shape
      guard shape.count == 3 else {
        throw TaskFailure(
          code: .internalError, message: "volume '\(entry.name)' has \(shape.count) axes, not z, y, x", phase: "publish"
        )
      }
      let chunk = zip(Self.chunk, shape).map { max(1, min($0, $1)) }
      let shard = shape.indices.map { axis in
        chunk[axis] * ((max(1, min(shape[axis], Self.shard[axis])) + chunk[axis] - 1) / chunk[axis])
      }
      try OMEZarrImage.write(
        entry.array, voxelSize: entry.voxelSize, name: entry.name, to: folder.appending(volumes).appending(entry.name),
        chunkShape: chunk, shardShape: shard)
    }
  }

  /// Where a volume lies in an object.
  static func place(of name: String, in folder: FilePath) -> FilePath { folder.appending(volumes).appending(name) }

  /// Takes volumes that their stage has streamed to the disk into an object, after a look at what they are.
  static func moveVolumes(_ entries: [Bundle.StreamedVolume], into folder: FilePath) throws {
    var groups: Set<String> = []
    for entry in entries {
      let image = try OMEZarrImage(opening: entry.image)
      guard image.axes.map(\.name) == axes, image.voxelSize() == entry.voxelSize else {
        throw TaskFailure(
          code: .internalError, message: "volume '\(entry.name)' was streamed with other axes or another voxel size",
          phase: "publish")
      }
      _ = try image.array()
      if !FileManager.default.fileExists(atPath: folder.appending(volumes).appending("zarr.json").string) {
        try writeGroups(above: entry.name, in: folder.appending(volumes), &groups)
      }
      let target = place(of: entry.name, in: folder)
      try Posix.makeFolder(target.removingLastComponent())
      guard try Posix.moveFolder(entry.image, to: target) else {
        throw TaskFailure(
          code: .internalError, message: "volume '\(entry.name)' stands there already", phase: "publish")
      }
    }
  }

  /// Zarr knows no implicit groups: every folder above an image is written as one.
  private static func writeGroups(above name: String, in root: FilePath, _ written: inout Set<String>) throws {
    let parts = name.split(separator: "/").dropLast()
    for count in 0...parts.count {
      let group = parts.prefix(count).joined(separator: "/")
      guard written.insert(group).inserted else { continue }
      try ZarrGroup.write(to: group.isEmpty ? root : root.appending(group))
    }
  }

  // MARK: - Reading

  static func readTables(_ arrays: [ObjectListing.Array], in folder: FilePath) throws -> [Bundle.Entry] {
    guard !arrays.isEmpty else { return [] }
    let file = try HDF5File(opening: folder.appending(tables))
    return try arrays.map { Bundle.Entry($0.name, try file.read($0.name), voxelSize: $0.voxelSize) }
  }

  /// The digest of an array as its files hold it; of a volume piece by piece.
  static func digest(of array: ObjectListing.Array, in folder: FilePath) throws -> Digest {
    if array.isVolume {
      let image = try OMEZarrImage(opening: folder.appending(volumes).appending(array.name))
      return try image.array().logicalDigest(axes: axes, voxelSize: array.voxelSize)
    }
    let file = try HDF5File(opening: folder.appending(tables))
    return try file.array(array.name).logicalDigest(voxelSize: array.voxelSize)
  }

  static func openVolumes(_ arrays: [ObjectListing.Array], in folder: FilePath) throws -> [OpenBundle.Volume] {
    try arrays.map { array in
      let image = try OMEZarrImage(opening: folder.appending(volumes).appending(array.name))
      return OpenBundle.Volume(
        array.name, try image.array(), voxelSize: array.voxelSize, digest: array.digest)
    }
  }

  static func readVolumes(_ arrays: [ObjectListing.Array], in folder: FilePath) throws -> [Bundle.Entry] {
    try arrays.map { array in
      let image = try OMEZarrImage(opening: folder.appending(volumes).appending(array.name))
      return Bundle.Entry(array.name, try image.array().read(), voxelSize: array.voxelSize)
    }
  }
}
