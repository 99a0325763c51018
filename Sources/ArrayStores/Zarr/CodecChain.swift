/// How the elements of one chunk become bytes: an order of axes, a layout, then codecs over bytes.
struct CodecChain: Sendable {
  /// What turns elements into bytes.
  enum Layout: Sendable {
    /// Elements one after the other in C order.
    case plain(bigEndian: Bool)
    /// Inner chunks with an index of where each lies.
    indirect case sharded(Sharding)
  }

  /// Axis `i` of what is stored is axis `order[i]` of the array.
  let order: [Int]
  let layout: Layout
  /// In the order of writing.
  let codecs: [ByteCodec]
}

/// The codec `sharding_indexed`: inner chunks in one file, with an index.
struct Sharding: Sendable {
  static let name = "sharding_indexed"

  /// The shape of an inner chunk, in the axes as stored.
  let chunkShape: [Int]
  let codecs: CodecChain
  /// How the index is stored; without compression, so that its size is known.
  let indexCodecs: CodecChain
  let indexAtStart: Bool

  /// The inner chunks along each axis of a shard.
  func grid(of shard: [Int]) -> [Int] {
    zip(shard, chunkShape).map { $0 / $1 }
  }

  /// The bytes of the index in the file of a shard.
  func indexSize(of shard: [Int]) throws -> Int {
    let count = try Shape.bytes(
      grid(of: shard) + [2], .uint64, limit: Self.maximumIndexBytes, what: "a shard index")
    return indexCodecs.codecs.bounds(count)[indexCodecs.codecs.count].bytes
  }

  static let maximumIndexBytes = 1 << 28
  /// The offset and the length of an inner chunk that is not stored.
  static let absent = UInt64.max
}
