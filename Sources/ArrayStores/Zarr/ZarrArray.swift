public import Fingerprints
public import SystemPackage

/// An array in a Zarr store, version 2 or 3, open for reading.
public struct ZarrArray: Sendable {
  private let store: ZarrStore
  private let root: FilePath
  private let metadata: ZarrMetadata

  /// Opens an array; its values stay on disk.
  ///
  /// - Parameters:
  ///   - root: The folder of the store.
  ///   - name: The path of the array in the store; empty when the root is the array.
  /// - Throws: `ArrayStoreError` for what is absent, damaged or not supported, by name.
  public init(opening root: FilePath, array name: String = "") throws {
    self.root = root
    (store, metadata) = try ArrayStoreError.located(store: root.string, array: name) {
      let store = try ZarrStore(root: root, name: name)
      guard case .array(let metadata) = try store.node() else {
        throw ArrayStoreError(.metadataInvalid, "a group stands where an array is wanted")
      }
      return (store, metadata)
    }
  }

  // MARK: -

  /// The type of the elements.
  public var type: ElementType { metadata.type }
  /// The number of elements along each axis.
  public var shape: [Int] { metadata.shape }
  /// The names of the axes; nil entries and nil as a whole where the file says none.
  public var dimensionNames: [String?]? { metadata.dimensionNames }
  /// The attributes, a map.
  public var attributes: CanonicalValue { metadata.attributes }
  /// The shape of the smallest part that is decoded on its own.
  public var chunkShape: [Int] {
    if case .sharded(let sharding) = metadata.codecs.layout, metadata.codecs.order == Array(shape.indices) {
      sharding.chunkShape
    } else {
      metadata.chunkShape
    }
  }

  /// All values.
  ///
  /// - Throws: `overflow` or `size_limit` before anything is allocated that is too large, and what
  ///   the chunks are guilty of.
  public func read() throws -> NDArray {
    try read(Region(all: shape))
  }

  /// The values of a box; only the chunks and inner chunks that it meets are read.
  public func read(_ region: Region) throws -> NDArray {
    try ArrayStoreError.located(store: root.string, array: store.name) {
      try region.check(inside: shape)
      let bytes = try Shape.bytes(region.shape, type, limit: Shape.maximumArrayBytes, what: "a region")
      if bytes == 0 { return NDArray(checked: type, region.shape, []) }
      var target = Memory.filled(metadata.fill, count: bytes / type.size)
      let (low, high) = Shape.chunks(meeting: region, of: metadata.chunkShape)
      try Shape.forEachIndex(from: low, upTo: high) { index in
        try ArrayStoreError.located(store: root.string, chunk: index) {
          try readChunk(index, region, into: &target)
        }
      }
      return NDArray(checked: type, region.shape, target)
    }
  }

  /// The values of a box, from `start`, `shape` elements along each axis.
  public func read(start: [Int], shape: [Int]) throws -> NDArray {
    try read(Region(start: start, shape: shape))
  }

  // MARK: -

  private func readChunk(_ index: [Int], _ region: Region, into target: inout [UInt8]) throws {
    // No overflow: the index is that of an element of the array divided by the chunk's extent.
    let origin = zip(index, metadata.chunkShape).map { $0 * $1 }
    let extent = origin.indices.map { min(metadata.chunkShape[$0], shape[$0] - origin[$0]) }
    let key = metadata.keys.key(index)
    guard let common = Region(start: origin, shape: extent).intersection(region),
      let size = try store.source.size(key)
    else { return }
    let reader = ChunkReader(type: type, fill: metadata.fill)
    let part = try reader.read(
      common.relative(to: origin), of: .file(store.source, key: key, range: 0..<size), shape: metadata.chunkShape,
      metadata.codecs)
    Memory.copy(
      common.shape, elementSize: type.size, from: part, shape: common.shape, at: common.shape.map { _ in 0 },
      to: &target, shape: region.shape, at: common.relative(to: region.start).start)
  }
}
