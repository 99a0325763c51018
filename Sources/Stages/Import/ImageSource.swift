import ArrayStores
import Fingerprints
import Foundation
import Imaging
import Pipeline
import SystemPackage

/// A 3D image outside the store: a TIFF stack, a Zarr array, or the finest level of an OME-Zarr group.
///
/// What it is, is told by what stands at the path: a file or a folder.
struct ImageSource: Sendable {
  private enum Kind {
    case tiff
    /// An array; axes before z, y, x have one entry each.
    case zarr(ZarrArray)
  }

  let path: FilePath
  /// Voxels along z, y and x.
  let size: Extent
  private let kind: Kind

  /// Opens an image; its values stay on disk.
  ///
  /// - Throws: `TaskFailure` with the path and what is wrong with it.
  init(opening path: FilePath) throws {
    self.path = path
    (kind, size) = try Self.located(path) {
      guard Self.isFolder(path) else {
        return (.tiff, try Self.extent(of: TIFFVolume.header(path).shape, path))
      }
      let array = try Self.array(in: path)
      return (.zarr(array), try Self.extent(of: array.shape, path))
    }
  }

  // MARK: -

  /// The values of a box, shape `[z, y, x]`, in the type of the file.
  func read(_ box: Box) throws -> NDArray {
    try Self.located(path) {
      switch kind {
      case .tiff:
        return try TIFFVolume.read(path).region(Region(start: box.lower.axes, shape: box.size.axes))
      case .zarr(let array):
        let leading = [Int](repeating: 0, count: array.shape.count - 3)
        let values = try array.read(start: leading + box.lower.axes, shape: leading.map { _ in 1 } + box.size.axes)
        return try values.reshaped(box.size.axes)
      }
    }
  }

  /// The digest of an image: of a file its bytes, of a folder the names and bytes of all files in it, sorted by name.
  ///
  /// The name of the folder itself does not count, so that a copy elsewhere has the same digest.
  static func digest(of path: FilePath, in data: OutsideData) throws -> Digest {
    guard isFolder(path) else { return try data.digest(path) }
    var hasher = ContentHasher(domain: "lightbench.folder.1")
    for name in try files(in: path) {
      let bytes = Array(name.utf8)
      hasher.update(UInt64(bytes.count))
      hasher.update(bytes)
      hasher.update(try data.digest(path.appending(name)))
    }
    return hasher.finalise()
  }

  /// What the file system says of an image, of a folder and all that is in it: another value where the content changes.
  static func status(of path: FilePath) throws -> [FileStatus?] {
    var found = [try Posix.target(of: path)]
    var open = isFolder(path) ? try Posix.names(in: path).map { path.appending($0) } : []
    while let next = open.popLast() {
      let status = try Posix.status(of: next)
      found.append(status)
      if status?.isFolder == true {
        open += try Posix.names(in: next).map { next.appending($0) }
      } else if status?.isRegular == false {
        found.append(try Posix.target(of: next))
      }
    }
    return found
  }

  // MARK: - Folders

  /// Only a folder has the entry `.`.
  private static func isFolder(_ path: FilePath) -> Bool { FileManager.default.fileExists(atPath: path.string + "/.") }

  /// The paths of all files below a folder, sorted by their bytes.
  private static func files(in folder: FilePath) throws -> [String] {
    do {
      return try FileManager.default.subpathsOfDirectory(atPath: folder.string)
        .filter { !isFolder(folder.appending($0)) }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw TaskFailure(
        code: .badData, message: "cannot list '\(folder)': \(error.localizedDescription)", phase: "read")
    }
  }

  /// The array of a folder: itself, or the finest level of the OME-Zarr image that it is.
  private static func array(in folder: FilePath) throws -> ZarrArray {
    do {
      _ = try ZarrGroup(opening: folder)
    } catch let error as ArrayStoreError where error.code == .metadataInvalid {
      return try ZarrArray(opening: folder)  // no group; what is wrong with the array is said by the array
    }
    return try OMEZarrImage(opening: folder).array()
  }

  // MARK: - Errors

  private static func extent(of shape: [Int], _ path: FilePath) throws -> Extent {
    let leading = shape.dropLast(3)
    guard shape.count >= 3, leading.allSatisfy({ $0 == 1 }), !shape.contains(0) else {
      throw TaskFailure(
        code: .badData,
        message: "'\(path)' has the shape \(shape), expected z, y, x, and one entry along any axis before them",
        phase: "read")
    }
    return Extent(shape[shape.count - 3], shape[shape.count - 2], shape[shape.count - 1])
  }

  private static func located<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ArrayStoreError {
      throw TaskFailure(code: .badData, message: "cannot read an image: \(error)", phase: "read")
    }
  }
}
