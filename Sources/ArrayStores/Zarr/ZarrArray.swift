public import Fingerprints
public import SystemPackage

/// An array in a Zarr store, version 2 or 3, open for reading.
///
/// Reading decodes on all processors; a value of this type may be used by many threads at once.
public struct ZarrArray: StoredArray {
  let store: ZarrStore
  let metadata: ZarrMetadata
  let indexes: ShardIndexes

  /// Opens an array of a folder; its values stay on disk.
  ///
  /// - Parameters:
  ///   - root: The folder of the store.
  ///   - name: The path of the array in the store; empty when the root is the array.
  /// - Throws: `ArrayStoreError` for what is absent, damaged or not supported, by name.
  public init(opening root: FilePath, array name: String = "") throws {
    try self.init(opening: FolderSource(root), array: name)
  }

  /// Opens an array of any store; see `init(opening:array:)`.
  public init(opening source: any ByteSource, array name: String = "") throws {
    (store, metadata) = try ArrayStoreError.located(store: source.name, array: name) {
      let store = try ZarrStore(source, name: name)
      guard case .array(let metadata) = try store.node() else {
        throw ArrayStoreError(.metadataInvalid, "a group stands where an array is wanted")
      }
      return (store, metadata)
    }
    indexes = ShardIndexes(metadata.type)
  }

  // MARK: -

  /// The type of the elements.
  public var type: ElementType { metadata.type }
  /// The number of elements along each axis.
  public var shape: [Int] { metadata.shape }
  /// The version of the format, 2 or 3.
  public var version: Int { metadata.version }
  /// The names of the axes; nil entries and nil as a whole where the file says none.
  public var dimensionNames: [String?]? { metadata.dimensionNames }
  /// The attributes, a map.
  public var attributes: CanonicalValue { metadata.attributes }
  /// The element of whatever is not stored: a scalar.
  public var fillValue: NDArray { NDArray(checked: type, [], metadata.fill) }
  /// µm along z, y and x, from the attribute that `ArrayConversion.writeZarr` leaves; nil without it.
  var voxelSize: [Double]? {
    guard case .map(let entries) = attributes, case .list(let values)? = entries[Self.voxelSizeAttribute] else {
      return nil
    }
    let sizes = values.compactMap { value in
      switch value {
      case .integer(let number): Double(number)
      case .number(let number): number
      default: nil as Double?
      }
    }
    return sizes.count == 3 && values.count == 3 && sizes.allSatisfy { $0 > 0 && $0.isFinite } ? sizes : nil
  }
  static let voxelSizeAttribute = "voxel_size_um"
  /// The shape of the smallest part that is decoded on its own.
  public var chunkShape: [Int] {
    guard case .sharded(let sharding) = metadata.codecs.layout else { return metadata.chunkShape }
    var shape = metadata.chunkShape
    for (axis, original) in metadata.codecs.order.enumerated() { shape[original] = sharding.chunkShape[axis] }
    return shape
  }
  /// The shape of what one file holds, where that is more than a chunk; nil without shards.
  public var shardShape: [Int]? {
    if case .sharded = metadata.codecs.layout { metadata.chunkShape } else { nil }
  }

  /// The values of a box; only the chunks and inner chunks that it meets are read.
  ///
  /// - Throws: `overflow` or `size_limit` before anything is allocated that is too large, and what
  ///   the chunks are guilty of, with the index of the chunk.
  public func read(_ region: Region) throws -> NDArray {
    try ArrayStoreError.located(store: store.source.name, array: store.name) {
      try region.check(inside: shape)
      let bytes = try Canvas.make(type, region.shape) { canvas in
        let reader = ChunkReader(canvas: canvas, fill: metadata.fill, indexes: indexes)
        try readChunks(region, reader)
      }
      return NDArray(checked: type, region.shape, bytes)
    }
  }

  // MARK: -

  private func readChunks(_ region: Region, _ reader: ChunkReader) throws {
    let (low, high) = Shape.chunks(meeting: region, of: metadata.chunkShape)
    let extent = zip(high, low).map { $0 - $1 }
    // No overflow: there are not more chunks than elements.
    let count = extent.reduce(1, *)
    guard count <= Shape.maximumChunks else {
      throw ArrayStoreError(
        .sizeLimit, "\(count) chunks are too many for one read, the limit is \(Shape.maximumChunks)")
    }
    let isSmall = region.shape.reduce(type.size, *) < Self.smallBytes
    @Sendable func index(_ number: Int) -> [Int] { zip(Shape.index(number, in: extent), low).map { $0 + $1 } }
    if case .sharded(let sharding) = metadata.codecs.layout, count < 2 * Parallel.width, !isSmall {
      // Few shards: the inner chunks of one are shared out, shard after shard.
      for number in 0..<count { try readShard(index(number), region, reader, sharding) }
      return
    }
    let pieces = isSmall ? 1 : count
    try Parallel.forEach(pieces) { scratch, piece in
      for number in pieces == count ? piece..<piece + 1 : 0..<count {
        let index = index(number)
        try ArrayStoreError.located(chunk: index) {
          guard let (common, view) = part(of: region, in: index) else { return }
          guard let object = try store.chunk(metadata, index) else {
            return reader.canvas.fill(view.box(common), with: metadata.fill)
          }
          try reader.read(
            common, of: ChunkReader.Stored(object), shape: metadata.chunkShape, metadata.codecs, at: view, scratch)
        }
      }
    }
  }

  private func readShard(_ index: [Int], _ region: Region, _ reader: ChunkReader, _ sharding: Sharding) throws {
    try ArrayStoreError.located(chunk: index) {
      guard let (common, view) = part(of: region, in: index) else { return }
      guard let object = try store.chunk(metadata, index) else {
        return reader.canvas.fill(view.box(common), with: metadata.fill)
      }
      let shard = try ArrayStoreError.located(offset: 0) {
        try CodecScratch.borrowed {
          try Shard(ChunkReader.Stored(object), shape: metadata.chunkShape, metadata.codecs, sharding, indexes, $0)
        }
      }
      let inner = InnerChunks(of: shard, in: common, metadata.codecs, sharding, view)
      try Parallel.forEach(inner.count) { scratch, number in
        try reader.read(number, of: inner, scratch)
      }
    }
  }

  /// The part of a chunk that a region meets, in the chunk's own indices, and the chunk's place on the canvas.
  func part(of region: Region, in index: [Int]) -> (Region, ChunkReader.View)? {
    // No overflow: the index is that of an element of the array divided by the chunk's extent.
    let origin = zip(index, metadata.chunkShape).map { $0 * $1 }
    let extent = origin.indices.map { min(metadata.chunkShape[$0], shape[$0] - origin[$0]) }
    guard let common = Region(start: origin, shape: extent).intersection(region) else { return nil }
    let view = ChunkReader.View(
      axes: Array(shape.indices), origin: zip(origin, region.start).map { $0 - $1 })
    return (common.relative(to: origin), view)
  }

  /// Below this, threads cost more than they give.
  private static let smallBytes = 1 << 17
}
