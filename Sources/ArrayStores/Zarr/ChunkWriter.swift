/// Encodes chunks and shards of an array in memory.
struct ChunkWriter: Sendable {
  let metadata: ZarrMetadata
  let leavesOutFill: Bool

  /// The bytes of the file of an outer chunk; nil when nothing but fill is in it and that is left out.
  ///
  /// - Parameters:
  ///   - array: Values of a box of the whole array, from `start`; what lies outside becomes fill.
  ///   - origin: The first element of the chunk in the whole array.
  ///   - isParallel: Whether inner chunks are encoded on all processors.
  func encoded(_ array: NDArray, from start: [Int], chunkAt origin: [Int], isParallel: Bool) throws -> [UInt8]? {
    let shift = zip(origin, start).map { $0 - $1 }
    switch metadata.codecs.layout {
    case .plain:
      let scratch = CodecScratch()
      guard try encode(array, at: shift, metadata.chunkShape, metadata.codecs, scratch) else { return nil }
      return scratch.front.array
    case .sharded(let sharding):
      return try shard(array, at: shift, sharding, isParallel: isParallel)
    }
  }

  // MARK: -

  private func encode(
    _ array: NDArray, at shift: [Int], _ chunk: [Int], _ chain: CodecChain, _ scratch: CodecScratch
  ) throws -> Bool {
    guard case .plain(let bigEndian) = chain.layout else {
      throw ArrayStoreError(.unsupportedExtension, "shards in shards are not written")
    }
    return try ChunkEncoder(fill: metadata.fill, leavesOutFill: leavesOutFill).encode(
      array, at: shift, chunk, order: chain.order, bigEndian: bigEndian, chain.codecs, scratch)
  }

  private func shard(_ array: NDArray, at shift: [Int], _ sharding: Sharding, isParallel: Bool) throws -> [UInt8]? {
    let grid = sharding.grid(of: metadata.chunkShape)
    let count = grid.reduce(1, *)
    let parts = PerNumber<[UInt8]>(count)
    let encodeOne: @Sendable (CodecScratch, Int) throws -> Void = { scratch, number in
      let offset = zip(Shape.index(number, in: grid), sharding.chunkShape).map { $0 * $1 }
      let place = zip(shift, offset).map { $0 + $1 }
      // What lies wholly outside the array is not stored.
      guard zip(place, array.shape).allSatisfy({ $0 < $1 }),
        zip(place, sharding.chunkShape).allSatisfy({ $0 + $1 > 0 }),
        try encode(array, at: place, sharding.chunkShape, sharding.codecs, scratch)
      else { return }
      parts[number] = scratch.front.array
    }
    if isParallel {
      try Parallel.forEach(count, state: CodecScratch(), encodeOne)
    } else {
      let scratch = CodecScratch()
      for number in 0..<count { try encodeOne(scratch, number) }
    }
    return try assembled(parts.all, sharding)
  }

  private func assembled(_ parts: [[UInt8]?], _ sharding: Sharding) throws -> [UInt8]? {
    guard parts.contains(where: { $0 != nil }) else { return nil }
    let indexSize = try sharding.indexSize(of: metadata.chunkShape)
    var index: [UInt64] = []
    var offset = sharding.indexAtStart ? indexSize : 0
    for part in parts {
      index += part.map { [UInt64(offset), UInt64($0.count)] } ?? [Sharding.absent, Sharding.absent]
      offset += part?.count ?? 0
    }
    let scratch = CodecScratch()
    scratch.front.assign(Memory.bytes(of: index))
    try sharding.indexCodecs.codecs.encode(scratch)
    var file: [UInt8] = []
    file.reserveCapacity(offset + indexSize)
    if sharding.indexAtStart { file += scratch.front.array }
    for part in parts { file += part ?? [] }
    if !sharding.indexAtStart { file += scratch.front.array }
    return file
  }
}
