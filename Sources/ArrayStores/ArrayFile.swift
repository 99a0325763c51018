import Fingerprints
import Foundation
public import SystemPackage

/// An array in a file or folder of any format that this module reads, with what it says about its axes.
///
/// A further format needs a case in `Format` and a line in `open`.
public struct ArrayFile: StoredArray {
  /// What stands at a path.
  public enum Format: String, Sendable, CaseIterable {
    case zarr
    case omeZarr = "ome-zarr"
    case hdf5
    case tiff
    /// A folder of TIFF files, one plane each.
    case planes
    case nifti
  }

  /// Where it stands.
  public let path: FilePath
  /// What was found.
  public let format: Format
  /// The array behind this one, with all that its format knows.
  public let array: any StoredArray
  /// The names of the axes, slowest first; empty when the file does not say so.
  public let axes: [String]
  /// µm along the axes of space, slowest first; nil when unknown.
  public let voxelSize: [Double]?

  /// Opens what stands at a path; no value is read.
  ///
  /// - Parameters:
  ///   - format: What it must be; nil to recognise it.
  ///   - name: The array in the store; nil for the only one, of an OME-Zarr image for the finest level.
  /// - Throws: `not_found`, `format_invalid` for bytes of no known format, `invalid_argument` when a
  ///   name is wanted, with the names there are; what the format throws.
  public init(opening path: FilePath, as wanted: Format? = nil, array name: String? = nil) throws {
    self.path = path
    format = try wanted ?? Self.recognise(path)
    if let name, !name.isEmpty, [.tiff, .planes, .nifti].contains(format) {
      throw ArrayStoreError(.notFound, "there is one array, which has no name: '\(name)' is none", store: path.string)
    }
    switch format {
    case .zarr, .omeZarr:
      if format == .omeZarr, name == nil {
        let image = try OMEZarrImage(opening: path)
        (array, axes, voxelSize) = (try image.array(), image.axes.map(\.name), image.voxelSize())
      } else {
        let opened = try ZarrArray(opening: path, array: name ?? "")
        let names = opened.dimensionNames?.compactMap { $0 } ?? []
        (array, axes, voxelSize) = (opened, names.count == opened.shape.count ? names : [], opened.voxelSize)
      }
    case .hdf5:
      let opened = try Self.dataset(name, in: try HDF5File(opening: path))
      (array, axes, voxelSize) = (opened, [], try opened.voxelSize())
    case .tiff, .planes:
      let opened = try TIFFArray(opening: path)
      (array, axes, voxelSize) = (opened, opened.axes, opened.voxelSize)
    case .nifti:
      let opened = try NIfTIArray(opening: path)
      (array, axes, voxelSize) = (opened, opened.axes, opened.voxelSize)
    }
  }

  init(path: FilePath, format: Format, array: any StoredArray, axes: [String], voxelSize: [Double]?) {
    (self.path, self.format, self.array, self.axes, self.voxelSize) = (path, format, array, axes, voxelSize)
  }

  /// The type of the elements.
  public var type: ElementType { array.type }
  /// The number of elements along each axis.
  public var shape: [Int] { array.shape }
  /// The shape of the smallest part that is read on its own.
  public var chunkShape: [Int] { array.chunkShape }
  /// The values of a box.
  public func read(_ region: Region) throws -> NDArray { try array.read(region) }

  // MARK: -

  /// The volume along z, y and x at one place along the axes before them, as a file of its own.
  ///
  /// - Parameter leading: One index for each axis before z, y and x.
  /// - Throws: As `VolumeView`.
  public func volume(at leading: [Int]) throws -> ArrayFile {
    let view = try VolumeView(of: self, leading: leading)
    return ArrayFile(path: path, format: format, array: view, axes: ["z", "y", "x"], voxelSize: view.voxelSize)
  }

  /// What stands at a path.
  static func recognise(_ path: FilePath) throws -> Format {
    try ArrayStoreError.located(store: path.string) { try format(of: path) }
  }

  private static func format(of path: FilePath) throws -> Format {
    let manager = FileManager.default
    guard manager.fileExists(atPath: path.string) else { throw ArrayStoreError(.notFound, "nothing stands there") }
    guard !manager.fileExists(atPath: path.string + "/.") else {
      let hasNode = ["zarr.json", ".zarray", ".zgroup"].contains {
        manager.fileExists(atPath: path.appending($0).string)
      }
      guard hasNode else { return try PlaneFolder.isOne(path) ? .planes : .zarr }
      // What cannot be read is said by those who read it.
      guard case .group(_, .map(let entries))? = try? ZarrStore(FolderSource(path), name: "").node() else {
        return .zarr
      }
      return entries["ome"] != nil || entries["multiscales"] != nil ? .omeZarr : .zarr
    }
    guard let file = try FileObject(opening: path) else { throw ArrayStoreError(.notFound, "nothing stands there") }
    let head = try file.read(0..<min(file.size, 8))
    if [[0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 42], [0x49, 0x49, 43, 0], [0x4d, 0x4d, 0, 43]].contains(
      Array(head.prefix(4)))
    {
      return .tiff
    }
    if try isHDF5(file) { return .hdf5 }
    let sizes: [[UInt8]] = [[92, 1, 0, 0], [0, 0, 1, 92], [28, 2, 0, 0], [0, 0, 2, 28]]
    if head.starts(with: [0x1f, 0x8b]) || sizes.contains(Array(head.prefix(4))) { return .nifti }
    throw ArrayStoreError(.formatInvalid, "the file is neither TIFF nor HDF5 nor NIfTI")
  }

  /// The signature stands at byte 0, or behind a block that others own, of 512 bytes or a doubling of it.
  private static func isHDF5(_ file: FileObject) throws -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    var place = 0
    while place <= file.size - signature.count, place <= 1 << 26 {
      if try file.read(place..<place + signature.count) == signature { return true }
      place = place == 0 ? 512 : place * 2
    }
    return false
  }

  private static func dataset(_ name: String?, in file: HDF5File) throws -> HDF5Array {
    if let name { return try file.array(name) }
    let numeric = try file.datasets().filter { $0.type != nil }
    guard numeric.count == 1 else {
      let names = numeric.prefix(20).map { "'\($0.path)'" }.joined(separator: ", ")
      throw ArrayStoreError(
        .invalidArgument, "the file has \(numeric.count) datasets of numbers, name one: \(names)",
        store: file.path.string)
    }
    return try file.array(numeric[0].path)
  }
}
