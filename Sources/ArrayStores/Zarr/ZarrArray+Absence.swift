extension ZarrArray: SparseArray {
  func absentElements(of boxes: [Region]) throws -> [[UInt8]?] {
    let absent = PerNumber<Bool>(boxes.count)
    try Parallel.forEach(boxes.count) { scratch, number in absent[number] = isAbsent(boxes[number], scratch) }
    return absent.all.map { $0 == true ? metadata.fill : nil }
  }

  // MARK: -

  private func isAbsent(_ box: Region, _ scratch: CodecScratch) -> Bool {
    let (low, high) = Shape.chunks(meeting: box, of: metadata.chunkShape)
    let extent = zip(high, low).map { $0 - $1 }
    let count = extent.reduce(1, *)
    guard count <= maximumChunksAsked else { return false }
    do {
      return try (0..<count).allSatisfy { number in
        let index = zip(Shape.index(number, in: extent), low).map { $0 + $1 }
        guard let object = try store.chunk(metadata, index) else { return true }
        return try hasNothing(of: box, chunk: index, object, scratch)
      }
    } catch {
      return false  // who reads the box is told what is wrong
    }
  }

  /// Whether a shard that is there holds no inner chunk of a box; false for other chunks.
  private func hasNothing(
    of box: Region, chunk index: [Int], _ object: any ByteObject, _ scratch: CodecScratch
  ) throws -> Bool {
    // Behind further codecs an index is not known without decoding all of the shard.
    guard case .sharded(let sharding) = metadata.codecs.layout, metadata.codecs.codecs.isEmpty,
      let (common, view) = part(of: box, in: index)
    else { return false }
    let shard = try Shard(
      ChunkReader.Stored(object), shape: metadata.chunkShape, metadata.codecs, sharding, indexes, scratch)
    let inner = InnerChunks(of: shard, in: common, metadata.codecs, sharding, view)
    guard inner.count <= maximumChunksAsked else { return false }
    return try (0..<inner.count).allSatisfy { try shard.range(of: inner.position($0), in: inner.grid) == nil }
  }
}
