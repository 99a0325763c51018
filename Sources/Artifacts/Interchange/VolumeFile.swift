import ArrayStores
import Foundation
public import Imaging
import Pipeline
import SystemPackage

/// Anyone's volume: a TIFF stack, a Zarr array, the finest level of an OME-Zarr image, a dataset of an HDF5 file.
///
/// Values are read box by box; only a TIFF is held as a whole, in its own type.
public struct VolumeFile: Sendable {
  private enum Source {
    case tiff(NDArray)
    /// Axes before z, y, x have one entry each.
    case zarr(ZarrArray)
    case hdf5(HDF5File, HDF5File.Dataset)
  }

  /// What the user typed.
  public let name: String
  /// Voxels along z, y, x.
  public let size: Extent
  /// The size of a voxel, where the file says it.
  public let voxelSize: VoxelSize?
  private let source: Source
  /// As in the file.
  private let shape: [Int]

  /// Opens a volume.
  ///
  /// - Parameter name: A file or folder, or `FILE:PATH` for a dataset of an HDF5 file that has several.
  /// - Throws: `TaskFailure` with the name and what is wrong with it.
  public init(opening name: String) throws {
    self.name = name
    (source, shape, voxelSize) = try Self.located(name) {
      let (path, dataset) = try Self.place(name)
      if Self.isFolder(path) { return try Self.zarr(path) }
      return try Self.isHDF5(path) ? try Self.hdf5(path, dataset, name) : try Self.tiff(path)
    }
    size = try Self.extent(of: shape, name)
  }

  // MARK: -

  /// The values of a box as Floats.
  ///
  /// - Throws: `TaskFailure` for what cannot be read, and for a value that is no finite number.
  public func read(_ box: Box) throws -> Volume {
    let leading = shape.dropLast(3)
    let region = Region(start: leading.map { _ in 0 } + box.lower.axes, shape: leading + box.size.axes)
    let values = try Self.located(name) {
      switch source {
      case .tiff(let array): try array.region(region).floats()
      case .zarr(let array): try array.read(region).floats()
      case .hdf5(let file, let dataset): try file.read(dataset.path, region).floats()
      }
    }
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      let voxel = box.size.voxel(at: place)
      let (z, y, x) = (voxel.z + box.lower.z, voxel.y + box.lower.y, voxel.x + box.lower.x)
      throw TaskFailure(
        code: .badData,
        message: "'\(name)' holds \(values[place]) at voxel \(z), \(y), \(x); replace what is no number, as by 0",
        phase: "read")
    }
    return Volume(size: box.size, values: values, voxelSize: voxelSize)
  }

  // MARK: - Formats

  private static func tiff(_ path: FilePath) throws -> (Source, [Int], VoxelSize?) {
    let array = try TIFFVolume.read(path)
    return (.tiff(array), array.shape, nil)
  }

  private static func zarr(_ path: FilePath) throws -> (Source, [Int], VoxelSize?) {
    do {
      _ = try ZarrGroup(opening: path)
    } catch let error as ArrayStoreError where error.code == .metadataInvalid {
      let array = try ZarrArray(opening: path)  // no group; what is wrong with the array is said by the array
      return (.zarr(array), array.shape, nil)
    }
    let image = try OMEZarrImage(opening: path)
    let array = try image.array()
    return (
      .zarr(array), array.shape, image.voxelSize().flatMap { $0.count == 3 ? VoxelSize($0[0], $0[1], $0[2]) : nil }
    )
  }

  private static func hdf5(_ path: FilePath, _ dataset: String?, _ name: String) throws -> (Source, [Int], VoxelSize?) {
    let file = try HDF5File(opening: path)
    let volumes = try file.datasets().filter { $0.type != nil && $0.shape.count >= 3 }
    let known = volumes.map { "'\($0.path)'" }.joined(separator: ", ")
    let wanted = dataset.map { $0.trimmed(of: "/") }
    guard let found = wanted.map({ path in volumes.first { $0.path == path } }) ?? volumes.first else {
      throw failure("'\(name)' is no volume in '\(path)', which has \(known.isEmpty ? "none" : known)")
    }
    guard wanted != nil || volumes.count == 1 else {
      throw failure("'\(path)' has several volumes: \(known); name one as in '\(path):\(found.path)'")
    }
    // As Fiji's HDF5 plug-in and ilastik write it: µm along z, y, x.
    var voxel: VoxelSize?
    if case .array(let array)? = try file.attributes(of: found.path)["element_size_um"], array.count == 3 {
      let sizes = array.type == .float64 ? try array.values(as: Double.self) : array.floats().map(Double.init)
      if sizes.allSatisfy({ $0 > 0 && $0.isFinite }) { voxel = VoxelSize(sizes[0], sizes[1], sizes[2]) }
    }
    return (.hdf5(file, found), found.shape, voxel)
  }

  // MARK: - Places

  /// The path, and the dataset behind the first colon that follows a file.
  private static func place(_ name: String) throws -> (FilePath, dataset: String?) {
    let files = FileManager.default
    if files.fileExists(atPath: name) { return (FilePath(name), nil) }
    var end = name.startIndex
    while let colon = name[end...].firstIndex(of: ":") {
      let file = String(name[..<colon])
      if files.fileExists(atPath: file), !isFolder(FilePath(file)) {
        return (FilePath(file), String(name[name.index(after: colon)...]))
      }
      end = name.index(after: colon)
    }
    throw failure("there is no volume '\(name)'")
  }

  /// Only a folder has the entry `.`.
  private static func isFolder(_ path: FilePath) -> Bool { FileManager.default.fileExists(atPath: path.string + "/.") }

  private static func isHDF5(_ path: FilePath) throws -> Bool {
    let signature = [0x89] + Array("HDF\r\n\u{1a}\n".utf8)
    let file = try FileHandle(forReadingFrom: URL(filePath: path.string))
    defer { file.closeFile() }
    let isHDF5 = try file.read(upToCount: signature.count).map { Array($0) == signature } ?? false
    // A block of the user's own may stand before the signature.
    return isHDF5 || ["h5", "hdf5"].contains(path.extension ?? "")
  }

  private static func extent(of shape: [Int], _ name: String) throws -> Extent {
    let leading = shape.dropLast(3)
    guard shape.count >= 3, leading.allSatisfy({ $0 == 1 }), !shape.contains(0) else {
      throw failure(
        "'\(name)' has the shape \(shape), expected z, y, x, and one entry along any axis before them")
    }
    return Extent(shape[shape.count - 3], shape[shape.count - 2], shape[shape.count - 1])
  }

  // MARK: - Errors

  private static func failure(_ message: String) -> TaskFailure {
    TaskFailure(code: .badData, message: message, phase: "read")
  }

  private static func located<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ArrayStoreError {
      throw failure("cannot read the volume: \(error)")
    } catch let error as CocoaError {
      throw failure("cannot read the volume '\(name)': \(error.localizedDescription)")
    }
  }
}

extension String {
  fileprivate func trimmed(of character: Character) -> String {
    var rest = Substring(self)
    while rest.first == character { rest.removeFirst() }
    while rest.last == character { rest.removeLast() }
    return String(rest)
  }
}
