/// How the elements of one chunk become bytes: an order of axes, a layout, then codecs over bytes.
struct CodecChain: Sendable {
  /// A codec from bytes to bytes.
  enum Compression: Sendable, Equatable {
    case zstd, gzip, zlib, crc32c
  }

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
  let compressions: [Compression]

  /// The number of bytes that are stored for `count` bytes, where it is known, and a bound.
  private func sizes(_ count: Int) -> [(exact: Int?, bound: Int)] {
    var sizes: [(exact: Int?, bound: Int)] = [(count, count)]
    for compression in compressions {
      let (exact, bound) = sizes[sizes.count - 1]
      if compression == .crc32c {
        sizes.append((exact.map { $0 + 4 }, bound + 4))
      } else {
        // Every encoder's own bound is far below this.
        sizes.append((nil, 2 * bound + 65_536))
      }
    }
    return sizes
  }

  /// Undoes the codecs over bytes of a stored chunk that decodes to exactly `count` bytes.
  func decompressed(_ stored: [UInt8], count: Int) throws -> [UInt8] {
    let bytes = try decompressed(stored, limit: count)
    guard bytes.count == count else {
      throw ArrayStoreError(.chunkSizeMismatch, "the chunk decodes to \(bytes.count) bytes instead of \(count)")
    }
    return bytes
  }

  /// Undoes the codecs over bytes of something that decodes to at most `limit` bytes.
  func decompressed(_ stored: [UInt8], limit: Int) throws -> [UInt8] {
    let sizes = sizes(limit)
    var bytes = stored
    for (compression, size) in zip(compressions, sizes).reversed() {
      switch compression {
      case .crc32c: bytes = try CRC32C.verified(bytes)
      case .zstd: bytes = try Zstandard.decompressed(bytes, limit: size.bound)
      case .gzip: bytes = try Deflate.decompressed(bytes, .gzip, limit: size.bound)
      case .zlib: bytes = try Deflate.decompressed(bytes, .zlib, limit: size.bound)
      }
    }
    return bytes
  }

  /// Applies the codecs over bytes.
  func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
    try compressions.reduce(bytes) { bytes, compression in
      switch compression {
      case .crc32c: CRC32C.appended(to: bytes)
      case .zstd: try Zstandard.compressed(bytes)
      case .gzip: try Deflate.compressed(bytes, .gzip)
      case .zlib: try Deflate.compressed(bytes, .zlib)
      }
    }
  }

  /// The bytes that a chunk of `count` bytes may take in a file.
  func storedLimit(_ count: Int) -> (exact: Int?, bound: Int) {
    sizes(count)[compressions.count]
  }
}

/// The codec `sharding_indexed`: inner chunks in one file, with an index.
struct Sharding: Sendable {
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
    return indexCodecs.storedLimit(count).bound
  }

  static let maximumIndexBytes = 1 << 28
  /// The offset and the length of an inner chunk that is not stored.
  static let absent = UInt64.max
}
