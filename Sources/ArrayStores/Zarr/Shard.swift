import Synchronization

/// A shard whose index was read and checked for its size.
struct Shard: Sendable {
  /// The inner chunks; decoded already where codecs stand after the sharding.
  let stored: ChunkReader.Stored
  /// The inner chunks along each axis.
  let grid: [Int]
  private let index: [UInt64]
  /// Where the index lies in the shard.
  private let indexRange: Range<Int>

  init(
    _ stored: ChunkReader.Stored, shape: [Int], _ chain: CodecChain, _ sharding: Sharding, _ indexes: ShardIndexes,
    _ scratch: CodecScratch
  ) throws {
    let shape = chain.order.map { shape[$0] }
    grid = sharding.grid(of: shape)
    self.stored = chain.codecs.isEmpty ? stored : try Self.decoded(stored, chain, shape, sharding, indexes, scratch)
    let bytes = self.stored
    let range = try Self.indexRange(of: bytes, shape, sharding)
    indexRange = range
    index = try indexes.index(of: bytes) {
      try Self.index(of: bytes, at: range, shape, sharding, scratch)
    }
  }

  /// The bytes of an inner chunk in its shard; nil when it is not stored.
  func range(of position: [Int], in grid: [Int]) throws -> Range<Int>? {
    let linear = zip(position, Shape.strides(grid)).reduce(0) { $0 + $1.0 * $1.1 }
    let (offset, length) = (index[2 * linear], index[2 * linear + 1])
    if offset == Sharding.absent && length == Sharding.absent { return nil }
    let (end, overflow) = offset.addingReportingOverflow(length)
    // A chunk that reaches into the index is none.
    guard !overflow, end <= UInt64(stored.range.count),
      length == 0 || end <= UInt64(indexRange.lowerBound) || offset >= UInt64(indexRange.upperBound)
    else {
      throw ArrayStoreError(
        .chunkCorrupt,
        "the shard index places inner chunk \(position) at \(offset), \(length) bytes long, in a shard of \(stored.range.count) bytes",
        codec: Sharding.name, offset: stored.place(indexRange.lowerBound))
    }
    return Int(offset)..<Int(end)
  }

  // MARK: -

  /// Codecs after sharding forbid partial reads, and a shard has no size that is known beforehand.
  private static func decoded(
    _ stored: ChunkReader.Stored, _ chain: CodecChain, _ shape: [Int], _ sharding: Sharding, _ indexes: ShardIndexes,
    _ scratch: CodecScratch
  ) throws -> ChunkReader.Stored {
    let raw = try Shape.bytes(shape, indexes.type, limit: Shape.maximumChunkBytes, what: "a compressed shard")
    // More than a shard without gaps can take.
    let limit = min(2 * raw + 1 << 20 + (try sharding.indexSize(of: shape)), Shape.maximumChunkBytes)
    guard stored.range.count <= Shape.maximumChunkBytes else {
      throw ArrayStoreError(.sizeLimit, "a compressed shard has \(stored.range.count) bytes")
    }
    try stored.object.read(stored.range, into: scratch.front)
    try chain.codecs.decode(scratch, limit: limit)
    return ChunkReader.Stored(MemoryObject(scratch.front.array), isDecoded: true)
  }

  private static func indexRange(
    of stored: ChunkReader.Stored, _ shape: [Int], _ sharding: Sharding
  ) throws -> Range<Int> {
    let size = try sharding.indexSize(of: shape)
    let count = stored.range.count
    guard count >= size else {
      throw ArrayStoreError(
        .chunkTruncated, "the shard holds \(count) bytes, its index alone needs \(size)", codec: Sharding.name)
    }
    return sharding.indexAtStart ? 0..<size : count - size..<count
  }

  private static func index(
    of stored: ChunkReader.Stored, at range: Range<Int>, _ shape: [Int], _ sharding: Sharding, _ scratch: CodecScratch
  ) throws -> [UInt64] {
    let grid = sharding.grid(of: shape) + [2]
    let bytes = try Canvas.make(.uint64, grid) { canvas in
      let reader = ChunkReader(canvas: canvas, fill: [UInt8](repeating: 255, count: 8), indexes: ShardIndexes(.uint64))
      let view = ChunkReader.View(axes: Array(grid.indices), origin: grid.map { _ in 0 })
      let part = stored.part(range)
      do {
        try reader.read(Region(all: grid), of: part, shape: grid, sharding.indexCodecs, at: view, scratch)
      } catch var error as ArrayStoreError {
        error.message = "the shard index: \(error.message)"
        throw error
      }
    }
    return Memory.values(of: bytes)
  }
}

/// Indexes of shards that were read before, as long as their files have not changed.
final class ShardIndexes: Sendable {
  private struct Key: Hashable {
    let version: ByteVersion
    let range: Range<Int>
  }

  /// The type of the array's elements.
  let type: ElementType
  private let known = Mutex<(indexes: [Key: [UInt64]], entries: Int)>(([:], 0))
  /// 16 MiB in all.
  private static let maximumEntries = 1 << 21

  init(_ type: ElementType) { self.type = type }

  fileprivate func index(of stored: ChunkReader.Stored, _ read: () throws -> [UInt64]) throws -> [UInt64] {
    guard let version = stored.object.version else { return try read() }
    let key = Key(version: version, range: stored.range)
    if let index = known.withLock({ $0.indexes[key] }) { return index }
    let index = try read()
    guard index.count <= Self.maximumEntries / 4 else { return index }
    known.withLock { known in
      if known.entries + index.count > Self.maximumEntries { known = ([:], 0) }
      if known.indexes.updateValue(index, forKey: key) == nil { known.entries += index.count }
    }
    return index
  }
}
