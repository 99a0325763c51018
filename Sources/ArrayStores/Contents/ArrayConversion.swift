public import Fingerprints
import Foundation
public import SystemPackage

/// Writes an array of any format as another one; nothing may stand where it goes, and half of it never does.
public enum ArrayConversion {
  /// What is written.
  public enum Target: String, Sendable, CaseIterable {
    case omeZarr = "ome-zarr"
    case zarr
    case hdf5
    case tiff

    /// The target that a path's ending means; nil for any other.
    public init?(endingOf path: FilePath) {
      let name = path.lastComponent?.string.lowercased() ?? ""
      if name.hasSuffix(".ome.zarr") {
        self = .omeZarr
      } else if name.hasSuffix(".zarr") {
        self = .zarr
      } else if [".h5", ".hdf5"].contains(where: name.hasSuffix) {
        self = .hdf5
      } else if [".tif", ".tiff"].contains(where: name.hasSuffix) {
        self = .tiff
      } else {
        return nil
      }
    }
  }

  /// About how much is read at once.
  private static let slabBytes = 1 << 28

  /// Writes a Zarr array with the axes' names and the shape of the source, slab by slab, and the attribute
  /// `voxel_size_um` where the voxel size is known.
  ///
  /// - Returns: The logical digest of type, shape and values, read back from what was written.
  public static func writeZarr(
    _ file: ArrayFile, voxelSize: [Double]?, to root: FilePath, layout: ZarrLayout,
    progress: (_ done: Int, _ of: Int) -> Void
  ) throws -> Digest {
    try whole(root) { draft in
      let names = layout.version == 3 && file.axes.count == file.shape.count ? file.axes : nil
      var attributes: [String: CanonicalValue] = [:]
      if let voxelSize { attributes[ZarrArray.voxelSizeAttribute] = .list(voxelSize.map { .number($0) }) }
      let writer = try ZarrWriter(
        creating: draft, type: file.type, shape: file.shape, layout: layout, attributes: .map(attributes),
        dimensionNames: names)
      let slabs = try slabs(file.shape, file.type, step: writer.fileShape.first ?? 1)
      for (done, slab) in slabs.enumerated() {
        try writer.write(try file.read(slab), at: slab.start)
        progress(done + 1, slabs.count)
      }
      try writer.finish()
    }
    return try ZarrArray(opening: root).logicalDigest()
  }

  /// Writes one dataset of an HDF5 file, with `element_size_um` where the voxel size is known; held in memory as a whole.
  ///
  /// - Returns: The logical digest of type, shape and values, read back from what was written.
  public static func writeHDF5(
    _ file: ArrayFile, voxelSize: [Double]?, to path: FilePath, dataset: String, storage: HDF5Storage
  ) throws -> Digest {
    try whole(path) { draft in
      let numbers = try voxelSize.map { ["element_size_um": try NDArray($0, shape: [$0.count])] } ?? [:]
      try HDF5File.write([(dataset, try file.read())], numbers: numbers, storage: storage, to: draft)
    }
    return try HDF5File(opening: path).array(dataset).logicalDigest()
  }

  /// Writes a volume `[z, y, x]` as a TIFF stack, a page a plane, in the form that ImageJ reads, slab by slab; the voxel
  /// size is in µm along z, y, x.
  ///
  /// - Returns: The logical digest of type, shape and values, read back from what was written.
  /// - Throws: `unsupported_dtype` for types that TIFF has no samples of, `unsupported_extension` for what is no volume.
  public static func writeTIFF(
    _ volume: any StoredArray, voxelSize: [Double]?, to path: FilePath,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> Digest {
    try whole(path) { draft in
      let writer = try TIFFWriter(creating: draft, type: volume.type, shape: volume.shape, voxelSize: voxelSize)
      let plane = volume.shape[1] * volume.shape[2] * volume.type.size
      let slabs = try slabs(volume.shape, volume.type, step: volume.chunkShape.first ?? 1)
      for (done, slab) in slabs.enumerated() {
        let bytes = try volume.read(slab).bytes
        for z in 0..<slab.shape[0] { try writer.append(bytes[z * plane..<(z + 1) * plane]) }
        progress(done + 1, slabs.count)
      }
      try writer.finish()
    }
    // A stack of one page is read as a plane.
    let written = try TIFFArray(opening: path)
    return try
      (written.shape == volume.shape ? written.logicalDigest() : written.read().reshaped(volume.shape).logicalDigest())
  }

  // MARK: -

  /// Writes under another name, and gives the name when all is there; what is left of a failure goes.
  private static func whole(_ path: FilePath, _ write: (FilePath) throws -> Void) throws {
    try ArrayStoreError.located(store: path.string) {
      let files = FileManager.default
      guard !files.fileExists(atPath: path.string) else {
        throw ArrayStoreError(.alreadyExists, "something stands there already; choose another name")
      }
      let draft = FilePath(path.string + ".partial-\(ProcessInfo.processInfo.processIdentifier)")
      defer { try? files.removeItem(atPath: draft.string) }  // gone already when all went well
      try write(draft)
      do { try files.moveItem(atPath: draft.string, toPath: path.string) } catch {
        throw ArrayStoreError(.inputOutput, "cannot give it its name: \(error.localizedDescription)")
      }
    }
  }

  /// Boxes along the first axis that end where files do.
  private static func slabs(_ shape: [Int], _ type: ElementType, step: Int) throws -> [Region] {
    guard try Shape.count(shape) > 0, let first = shape.first else { return shape.isEmpty ? [Region(all: [])] : [] }
    let plane = try Shape.count(shape) / first * type.size
    let extent = max(1, slabBytes / max(1, plane * step)) * step
    return stride(from: 0, to: first, by: extent).map { start in
      Region(start: [start] + shape.dropFirst().map { _ in 0 }, shape: [min(extent, first - start)] + shape.dropFirst())
    }
  }
}
