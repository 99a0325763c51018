public import Fingerprints
public import SystemPackage

extension ZarrArray {
  /// Writes a new array, Zarr version 3, with the codecs bytes (little-endian) and zstd (level 3, with checksum).
  ///
  /// Every chunk is written, also one of zeros, so that a chunk that is missing later is a loss that
  /// can be seen. Chunks at the edge are filled up with zeros. Equal input gives equal bytes.
  ///
  /// - Parameters:
  ///   - root: The folder of the array; made with those above it. It must not hold an array.
  ///   - chunkShape: The part that is compressed on its own; nil for 64 along each axis, at most the array.
  ///   - shardShape: How much one file holds, a multiple of `chunkShape` along each axis; nil for one
  ///     file a chunk. Shards have an index with crc32c at their end.
  ///   - attributes: A map.
  ///   - dimensionNames: One an axis, or nil.
  /// - Throws: `invalid_argument` for shapes that do not fit, `already_exists`, `io_error`.
  public static func write(
    _ array: NDArray, to root: FilePath, chunkShape: [Int]? = nil, shardShape: [Int]? = nil,
    attributes: CanonicalValue = .map([:]), dimensionNames: [String]? = nil
  ) throws {
    try ArrayStoreError.located(store: root.string) {
      let chunk = chunkShape ?? array.shape.map { min(max($0, 1), 64) }
      let writer = try ZarrWriter(array, chunk: chunk, shard: shardShape, dimensionNames: dimensionNames)
      let folder = try FolderWriter(creating: root)
      try writer.writeChunks(to: folder)
      // Last, so that an array that can be opened is complete.
      let document = try writer.metadata(attributes: attributes)
      try folder.write(Array((document.formatted + "\n").utf8), to: "zarr.json")
    }
  }
}

/// One array on its way into a folder.
private struct ZarrWriter {
  let array: NDArray
  let chunk: [Int]
  let shard: [Int]?
  let dimensionNames: [String]?

  private let compressed = CodecChain(order: [], layout: .plain(bigEndian: false), compressions: [.zstd])

  init(_ array: NDArray, chunk: [Int], shard: [Int]?, dimensionNames: [String]?) throws {
    (self.array, self.chunk, self.shard, self.dimensionNames) = (array, chunk, shard, dimensionNames)
    let rank = array.shape.count
    guard rank <= Shape.maximumRank, chunk.count == rank, chunk.allSatisfy({ $0 > 0 }) else {
      throw ArrayStoreError(.invalidArgument, "chunk shape \(chunk) does not suit shape \(array.shape)")
    }
    if let shard {
      guard shard.count == rank, zip(shard, chunk).allSatisfy({ $0 > 0 && $0 % $1 == 0 }) else {
        throw ArrayStoreError(.invalidArgument, "shard shape \(shard) is no multiple of chunk shape \(chunk)")
      }
    }
    guard dimensionNames.map({ $0.count == rank }) ?? true else {
      throw ArrayStoreError(.invalidArgument, "\(dimensionNames?.count ?? 0) dimension names for \(rank) axes")
    }
    _ = try Shape.bytes(chunk, array.type, limit: Shape.maximumChunkBytes, what: "a chunk")
  }

  func writeChunks(to folder: FolderWriter) throws {
    guard !array.shape.contains(0) else { return }
    let outer = shard ?? chunk
    let keys = ZarrMetadata.KeyEncoding(isPrefixed: true, separator: "/")
    let (low, high) = Shape.chunks(meeting: Region(all: array.shape), of: outer)
    try Shape.forEachIndex(from: low, upTo: high) { index in
      let origin = zip(index, outer).map { $0 * $1 }
      let bytes = shard == nil ? try encodedChunk(at: origin) : try encodedShard(at: origin, outer)
      try folder.write(bytes, to: keys.key(index))
    }
  }

  func metadata(attributes: CanonicalValue) throws -> JSON {
    guard case .map = attributes else {
      throw ArrayStoreError(.invalidArgument, "the attributes of an array are a map, not \(attributes)")
    }
    var entries: [JSON.Entry] = [
      .init("zarr_format", .number("3")),
      .init("node_type", .text("array")),
      .init("shape", Self.list(array.shape)),
      .init("data_type", .text(array.type.rawValue)),
      .init("chunk_grid", Self.named("regular", [.init("chunk_shape", Self.list(shard ?? chunk))])),
      .init("chunk_key_encoding", Self.named("default", [.init("separator", .text("/"))])),
      .init("fill_value", fillValue),
      .init("codecs", .list(shard == nil ? Self.codecs : [Self.sharding(chunk)])),
      .init("attributes", attributes.document),
    ]
    if let dimensionNames { entries.append(.init("dimension_names", .list(dimensionNames.map { .text($0) }))) }
    return .object(entries)
  }

  // MARK: -

  private func encodedChunk(at origin: [Int]) throws -> [UInt8] {
    let extent = origin.indices.map { min(chunk[$0], array.shape[$0] - origin[$0]) }
    var bytes = [UInt8](repeating: 0, count: try Shape.count(chunk) * array.type.size)
    Memory.copy(
      extent, elementSize: array.type.size, from: array.bytes, shape: array.shape, at: origin,
      to: &bytes, shape: chunk, at: chunk.map { _ in 0 })
    return try compressed.compressed(bytes)
  }

  private func encodedShard(at origin: [Int], _ shard: [Int]) throws -> [UInt8] {
    var file: [UInt8] = []
    var index: [UInt64] = []
    let grid = zip(shard, chunk).map { $0 / $1 }
    try Shape.forEachIndex(from: grid.map { _ in 0 }, upTo: grid) { position in
      let start = origin.indices.map { origin[$0] + position[$0] * chunk[$0] }
      guard zip(start, array.shape).allSatisfy({ $0 < $1 }) else {
        index += [Sharding.absent, Sharding.absent]
        return
      }
      let bytes = try encodedChunk(at: start)
      index += [UInt64(file.count), UInt64(bytes.count)]
      file += bytes
    }
    return file + CRC32C.appended(to: Memory.bytes(of: index))
  }

  private var fillValue: JSON {
    array.type == .bool ? .boolean(false) : .number(array.type.isFloatingPoint ? "0.0" : "0")
  }

  private static func list(_ values: [Int]) -> JSON {
    .list(values.map { .number(String($0)) })
  }

  private static func named(_ name: String, _ configuration: [JSON.Entry]) -> JSON {
    .object([.init("name", .text(name)), .init("configuration", .object(configuration))])
  }

  private static let plain = named("bytes", [.init("endian", .text("little"))])
  private static let codecs = [
    plain, named("zstd", [.init("level", .number("3")), .init("checksum", .boolean(true))]),
  ]

  private static func sharding(_ chunk: [Int]) -> JSON {
    named(
      "sharding_indexed",
      [
        .init("chunk_shape", list(chunk)), .init("codecs", .list(codecs)),
        .init("index_codecs", .list([plain, .object([.init("name", .text("crc32c"))])])),
        .init("index_location", .text("end")),
      ])
  }
}
