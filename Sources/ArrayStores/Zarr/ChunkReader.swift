/// Reads boxes of chunks: only the inner chunks that a box meets leave the disk.
struct ChunkReader {
  let type: ElementType
  /// One element, little-endian, for what is not stored.
  let fill: [UInt8]

  /// Bytes of a chunk, in a file or decoded already.
  enum Stored {
    case file(ByteSource, key: String, range: Range<Int>)
    case memory([UInt8])

    var count: Int {
      switch self {
      case .file(_, _, let range): range.count
      case .memory(let bytes): bytes.count
      }
    }

    func bytes(_ part: Range<Int>) throws -> [UInt8] {
      switch self {
      case .memory(let bytes): return Array(bytes[part])
      case .file(let source, let key, let range):
        let shifted = range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
        guard let bytes = try source.read(key, shifted) else {
          throw ArrayStoreError(.inputOutput, "'\(key)' vanished while it was read")
        }
        return bytes
      }
    }

    func part(_ part: Range<Int>) -> Stored {
      switch self {
      case .memory(let bytes): .memory(Array(bytes[part]))
      case .file(let source, let key, let range):
        .file(source, key: key, range: range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
      }
    }
  }

  /// The elements of a box of one chunk, in C order of the box, little-endian.
  func read(_ region: Region, of stored: Stored, shape: [Int], _ chain: CodecChain) throws -> [UInt8] {
    let storedShape = chain.order.map { shape[$0] }
    let storedRegion = region.permuted(chain.order)
    let bytes =
      switch chain.layout {
      case .plain(let bigEndian):
        try plain(storedRegion, of: stored, shape: storedShape, chain, bigEndian: bigEndian)
      case .sharded(let sharding):
        try sharded(storedRegion, of: stored, shape: storedShape, chain, sharding)
      }
    return restored(bytes, storedRegion.shape, chain.order)
  }

  // MARK: -

  private func plain(
    _ region: Region, of stored: Stored, shape: [Int], _ chain: CodecChain, bigEndian: Bool
  ) throws -> [UInt8] {
    let count = try Shape.bytes(shape, type, limit: Shape.maximumChunkBytes, what: "a chunk")
    var bytes = try decompressed(stored, chain, count: count)
    if region.shape != shape {
      var part = [UInt8](repeating: 0, count: try Shape.count(region.shape) * type.size)
      Memory.copy(
        region.shape, elementSize: type.size, from: bytes, shape: shape, at: region.start,
        to: &part, shape: region.shape, at: region.shape.map { _ in 0 })
      bytes = part
    }
    if bigEndian { Memory.swapBytes(&bytes, elementSize: type.size) }
    if type == .bool { for index in bytes.indices where bytes[index] > 1 { bytes[index] = 1 } }
    return bytes
  }

  /// Checks the size before a byte is read, then undoes the codecs over bytes.
  private func decompressed(_ stored: Stored, _ chain: CodecChain, count: Int) throws -> [UInt8] {
    let limit = chain.storedLimit(count)
    if stored.count == 0 && count > 0 {
      throw ArrayStoreError(.chunkTruncated, "the chunk holds no bytes")
    }
    if let exact = limit.exact, stored.count != exact {
      throw ArrayStoreError(.chunkSizeMismatch, "the chunk holds \(stored.count) bytes instead of \(exact)")
    }
    guard stored.count <= limit.bound else {
      throw ArrayStoreError(
        .chunkSizeMismatch, "the chunk holds \(stored.count) bytes, at most \(limit.bound) make sense")
    }
    return try chain.decompressed(try stored.bytes(0..<stored.count), count: count)
  }

  private func sharded(
    _ region: Region, of stored: Stored, shape: [Int], _ chain: CodecChain, _ sharding: Sharding
  ) throws -> [UInt8] {
    var shard = stored
    if !chain.compressions.isEmpty {
      // Codecs after sharding forbid partial reads, and a shard has no size that is known beforehand.
      guard stored.count <= Shape.maximumChunkBytes else {
        throw ArrayStoreError(.sizeLimit, "a compressed shard has \(stored.count) bytes")
      }
      shard = .memory(
        try chain.decompressed(try stored.bytes(0..<stored.count), limit: try maximumShard(shape, sharding)))
    }
    let index = try readIndex(of: shard, shape: shape, sharding)
    let grid = sharding.grid(of: shape)
    let strides = Shape.strides(grid)
    var target = Memory.filled(fill, count: try Shape.count(region.shape))
    let (low, high) = Shape.chunks(meeting: region, of: sharding.chunkShape)
    try Shape.forEachIndex(from: low, upTo: high) { position in
      let linear = zip(position, strides).reduce(0) { $0 + $1.0 * $1.1 }
      let origin = zip(position, sharding.chunkShape).map { $0 * $1 }
      let whole = Region(start: origin, shape: sharding.chunkShape)
      guard let common = whole.intersection(region),
        let range = try innerRange(index, linear, position, shardSize: shard.count)
      else { return }
      let part = try ArrayStoreError.located(store: "", chunk: position) {
        try read(common.relative(to: origin), of: shard.part(range), shape: sharding.chunkShape, sharding.codecs)
      }
      Memory.copy(
        common.shape, elementSize: type.size, from: part, shape: common.shape, at: common.shape.map { _ in 0 },
        to: &target, shape: region.shape, at: common.relative(to: region.start).start)
    }
    return target
  }

  /// The bytes of an inner chunk in its shard; nil when it is not stored.
  private func innerRange(_ index: [UInt64], _ linear: Int, _ position: [Int], shardSize: Int) throws -> Range<Int>? {
    let (offset, length) = (index[2 * linear], index[2 * linear + 1])
    if offset == Sharding.absent && length == Sharding.absent { return nil }
    let (end, overflow) = offset.addingReportingOverflow(length)
    guard !overflow, end <= UInt64(shardSize) else {
      throw ArrayStoreError(
        .chunkCorrupt,
        "the shard index places inner chunk \(position) at \(offset), \(length) bytes long, in a shard of \(shardSize) bytes"
      )
    }
    return Int(offset)..<Int(end)
  }

  private func readIndex(of shard: Stored, shape: [Int], _ sharding: Sharding) throws -> [UInt64] {
    let size = try sharding.indexSize(of: shape)
    guard shard.count >= size else {
      throw ArrayStoreError(.chunkTruncated, "the shard holds \(shard.count) bytes, its index alone needs \(size)")
    }
    let indexShape = sharding.grid(of: shape) + [2]
    let range = sharding.indexAtStart ? 0..<size : shard.count - size..<shard.count
    let reader = ChunkReader(type: .uint64, fill: [UInt8](repeating: 255, count: 8))
    return Memory.values(
      of: try reader.read(Region(all: indexShape), of: shard.part(range), shape: indexShape, sharding.indexCodecs))
  }

  /// More than a shard without gaps can take.
  private func maximumShard(_ shape: [Int], _ sharding: Sharding) throws -> Int {
    let raw = try Shape.bytes(shape, type, limit: Shape.maximumChunkBytes, what: "a compressed shard")
    return min(2 * raw + 1 << 20 + (try sharding.indexSize(of: shape)), Shape.maximumChunkBytes)
  }

  /// Puts stored axes back into the order of the array.
  private func restored(_ bytes: [UInt8], _ storedShape: [Int], _ order: [Int]) -> [UInt8] {
    guard order != Array(order.indices) else { return bytes }
    var shape = storedShape
    for (axis, original) in order.enumerated() { shape[original] = storedShape[axis] }
    let strides = Shape.strides(shape)
    var target = [UInt8](repeating: 0, count: bytes.count)
    Memory.copy(
      storedShape, elementSize: type.size, from: bytes, offset: 0, strides: Shape.strides(storedShape),
      to: &target, offset: 0, strides: order.map { strides[$0] })
    return target
  }
}
