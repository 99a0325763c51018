/// Encodes chunks and shards of an array in memory.
struct ChunkWriter: Sendable {
  let metadata: ZarrMetadata
  let leavesOutFill: Bool

  /// A box of the array with what is known of how it is stored.
  private struct Place {
    /// The first element, counted in the values at hand; may lie outside of them.
    var start: [Int]
    var shape: [Int]
    /// Axis `i` of what is stored is axis `axes[i]` of the array.
    var axes: [Int]

    /// Whether any of its elements is among values of this shape.
    func meets(_ values: [Int]) -> Bool {
      start.indices.allSatisfy { start[$0] < values[$0] && start[$0] + shape[$0] > 0 }
    }
  }

  /// The bytes of the file of an outer chunk; nil when nothing but fill is in it and that is left out.
  ///
  /// - Parameters:
  ///   - array: Values of a box of the whole array, from `start`; what lies outside becomes fill.
  ///   - origin: The first element of the chunk in the whole array.
  ///   - isParallel: Whether inner chunks are encoded on all processors.
  ///   - scratch: Where the bytes may lie until they are written.
  func encoded(
    _ array: NDArray, from start: [Int], chunkAt origin: [Int], isParallel: Bool, _ scratch: CodecScratch
  ) throws -> FileContent? {
    let place = Place(
      start: zip(origin, start).map { $0 - $1 }, shape: metadata.chunkShape, axes: Array(origin.indices))
    return try encoded(array, place, metadata.codecs, scratch, isParallel: isParallel)
  }

  // MARK: -

  private func encoded(
    _ array: NDArray, _ place: Place, _ chain: CodecChain, _ scratch: CodecScratch, isParallel: Bool = false
  ) throws -> FileContent? {
    var place = place
    place.axes = chain.order.map { place.axes[$0] }
    switch chain.layout {
    case .plain(let bigEndian):
      let encoder = ChunkEncoder(fill: metadata.fill, leavesOutFill: leavesOutFill)
      let isStored = try encoder.encode(
        array, at: place.start, place.shape, order: place.axes, bigEndian: bigEndian, chain.codecs, scratch)
      return isStored ? .buffer(scratch.front) : nil
    case .sharded(let sharding):
      let pieces = try shard(array, place, sharding, scratch, isParallel: isParallel)
      guard let pieces, !chain.codecs.isEmpty else { return pieces.map { .pieces($0) } }
      scratch.front.assign(Array(pieces.joined()))
      try chain.codecs.encode(scratch)
      return .buffer(scratch.front)
    }
  }

  /// Inner chunks with their index; nil where none is stored.
  private func shard(
    _ array: NDArray, _ place: Place, _ sharding: Sharding, _ scratch: CodecScratch, isParallel: Bool
  ) throws -> [[UInt8]]? {
    let stored = place.axes.map { place.shape[$0] }
    let grid = sharding.grid(of: stored)
    let count = grid.reduce(1, *)
    let parts = PerNumber<[[UInt8]]>(count)
    let encodeOne: @Sendable (CodecScratch, Int) throws -> Void = { scratch, number in
      let position = Shape.index(number, in: grid)
      var inner = place
      for (axis, original) in place.axes.enumerated() {
        inner.start[original] += position[axis] * sharding.chunkShape[axis]
        inner.shape[original] = sharding.chunkShape[axis]
      }
      // What lies wholly outside the array is not stored.
      guard inner.meets(array.shape) else { return }
      parts[number] = try encoded(array, inner, sharding.codecs, scratch)?.pieces
    }
    if isParallel {
      try Parallel.forEach(count, encodeOne)
    } else {
      for number in 0..<count { try encodeOne(scratch, number) }
    }
    return try assembled(parts.all, sharding, stored)
  }

  private func assembled(_ parts: [[[UInt8]]?], _ sharding: Sharding, _ shard: [Int]) throws -> [[UInt8]]? {
    guard parts.contains(where: { $0 != nil }) else { return nil }
    var index: [UInt64] = []
    var offset = sharding.indexAtStart ? try sharding.indexSize(of: shard) : 0
    for part in parts {
      let size = part?.reduce(0) { $0 + $1.count } ?? 0
      index += part == nil ? [Sharding.absent, Sharding.absent] : [UInt64(offset), UInt64(size)]
      offset += size
    }
    let bytes = try sharding.encodedIndex(index, grid: sharding.grid(of: shard))
    let pieces = parts.flatMap { $0 ?? [] }
    return sharding.indexAtStart ? [bytes] + pieces : pieces + [bytes]
  }
}

extension Sharding {
  /// The bytes of an index: offset and length of each inner chunk, in C order.
  fileprivate func encodedIndex(_ index: [UInt64], grid: [Int]) throws -> [UInt8] {
    guard case .plain(let bigEndian) = indexCodecs.layout else {
      throw ArrayStoreError(.metadataInvalid, "the index of a shard is not itself in shards")
    }
    let values = try NDArray(index, shape: grid + [2])
    let scratch = CodecScratch()
    _ = try ChunkEncoder(fill: FillValue.zero(.uint64)).encode(
      values, at: values.shape.map { _ in 0 }, values.shape, order: indexCodecs.order, bigEndian: bigEndian,
      indexCodecs.codecs, scratch)
    return scratch.front.array
  }
}
