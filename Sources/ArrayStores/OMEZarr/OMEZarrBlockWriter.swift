public import Fingerprints
import Foundation
public import SystemPackage

/// Writes a volume block by block as an OME-Zarr 0.5 image of one level, so that it never is in memory as a whole.
///
/// What stands at the end is what `OMEZarrImage.write` gives for the same values and chunks, byte for byte. Until then
/// it stands beside its place, under a name that ends in `.partial`.
public struct OMEZarrBlockWriter {
  /// The number of voxels along z, y, x.
  public let shape: [Int]
  /// The smallest part that is compressed on its own; blocks are whole chunks.
  public let chunkShape: [Int]
  private let type: ElementType
  private let path: FilePath
  private let voxelSize: [Double]?
  private let name: String
  private let attributes: [String: CanonicalValue]
  private let compressed = CodecChain(order: [], layout: .plain(bigEndian: false), compressions: [.zstd])

  /// Begins an image.
  ///
  /// - Parameters:
  ///   - path: The folder of the image; nothing may stand there. An unfinished one of an earlier attempt goes.
  ///   - chunkShape: Voxels along z, y, x, at least 1.
  ///   - voxelSize: µm along z, y, x, or nil.
  ///   - attributes: Further attributes of the group, beside `ome`.
  /// - Throws: `already_exists`, `invalid_argument` for shapes that do not fit, `io_error`.
  public init(
    at path: FilePath, type: ElementType, shape: [Int], chunkShape: [Int], voxelSize: [Double]?, name: String,
    attributes: [String: CanonicalValue] = [:]
  ) throws {
    (self.path, self.type, self.shape, self.chunkShape) = (path, type, shape, chunkShape)
    (self.voxelSize, self.name, self.attributes) = (voxelSize, name, attributes)
    guard shape.count == 3, chunkShape.count == 3, (shape + chunkShape).allSatisfy({ $0 > 0 }) else {
      throw ArrayStoreError(
        .invalidArgument, "chunk shape \(chunkShape) does not suit shape \(shape)", store: path.string)
    }
    _ = try Shape.bytes(chunkShape, type, limit: Shape.maximumChunkBytes, what: "a chunk")
    guard !FileManager.default.fileExists(atPath: path.string) else {
      throw ArrayStoreError(.alreadyExists, "something stands there already; choose another name", store: path.string)
    }
    discard()
    _ = try FolderWriter(creating: array)
  }

  // MARK: -

  /// Writes the chunks of a block.
  ///
  /// - Parameter start: The block's first voxel, at a multiple of the chunk shape; the block ends at one too, or with
  ///   the volume.
  /// - Throws: `invalid_argument` for a block of another type or elsewhere, `already_exists` for chunks that were
  ///   written before, `io_error`.
  public func write(_ block: NDArray, at start: [Int]) throws {
    try ArrayStoreError.located(store: path.string) {
      guard block.type == type, start.count == 3, block.shape.count == 3, fits(block.shape, at: start) else {
        throw ArrayStoreError(
          .invalidArgument, "a block of shape \(block.shape) at \(start) is not made of chunks \(chunkShape)")
      }
      let folder = try FolderWriter(creating: array)
      let (low, high) = Shape.chunks(meeting: Region(all: block.shape), of: chunkShape)
      try Shape.forEachIndex(from: low, upTo: high) { index in
        let origin = zip(index, chunkShape).map { $0 * $1 }
        let extent = (0..<3).map { min(chunkShape[$0], block.shape[$0] - origin[$0]) }
        var bytes = [UInt8](repeating: 0, count: try Shape.count(chunkShape) * type.size)
        Memory.copy(
          extent, elementSize: type.size, from: block.bytes, shape: block.shape, at: origin, to: &bytes,
          shape: chunkShape, at: [0, 0, 0])
        let place = (0..<3).map { String(start[$0] / chunkShape[$0] + index[$0]) }
        try folder.write(try compressed.compressed(bytes), to: "c/" + place.joined(separator: "/"))
      }
    }
  }

  /// Writes the metadata and puts the image in its place.
  public func finish() throws {
    let empty = NDArray(checked: type, [0, 0, 0], [])
    let sample = beside.appending("metadata")
    try OMEZarrImage.write(
      empty, voxelSize: voxelSize, name: name, to: sample, chunkShape: chunkShape,
      attributes: attributes)
    try ArrayStoreError.located(store: path.string) {
      let files = FileManager.default
      do {
        var document = try JSON(parsing: [UInt8](try Data(contentsOf: Self.url(sample.appending("0/zarr.json")))))
        document = document.with("shape", .list(shape.map { .number(String($0)) }))
        try FolderWriter(creating: array).write(Array((document.formatted + "\n").utf8), to: "zarr.json")
        try files.moveItem(
          at: Self.url(sample.appending("zarr.json")), to: Self.url(beside.appending("zarr.json")))
        try files.removeItem(at: Self.url(sample))
        try files.moveItem(at: Self.url(beside), to: Self.url(path))
      } catch let error as CocoaError {
        throw ArrayStoreError(.inputOutput, "cannot be put in place: \(error.localizedDescription)")
      }
    }
  }

  /// Removes what was written.
  public func discard() {
    // What cannot be removed is found by the next writer, which says so.
    _ = try? FileManager.default.removeItem(atPath: beside.string)
  }

  // MARK: -

  private var beside: FilePath { FilePath(path.string + ".partial") }

  private var array: FilePath { beside.appending("0") }

  private func fits(_ block: [Int], at start: [Int]) -> Bool {
    (0..<3).allSatisfy { axis in
      let end = start[axis] + block[axis]
      return start[axis] >= 0 && block[axis] > 0 && end <= shape[axis] && start[axis] % chunkShape[axis] == 0
        && (end % chunkShape[axis] == 0 || end == shape[axis])
    }
  }

  private static func url(_ path: FilePath) -> URL { URL(filePath: path.string) }
}

extension JSON {
  /// The object with another value for a key that it has.
  fileprivate func with(_ key: String, _ value: JSON) -> JSON {
    guard case .object(let entries) = self else { return self }
    return .object(entries.map { $0.key == key ? Entry(key, value) : $0 })
  }
}
