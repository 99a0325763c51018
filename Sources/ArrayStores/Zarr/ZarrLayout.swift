/// How an array is laid out in a Zarr store that is written.
///
/// The default suits what is kept: chunks of 64 along each axis, zstd with a checksum, version 3.
public struct ZarrLayout: Sendable, Hashable {
  /// How chunks are compressed; each may be followed by `checksum`.
  public enum Compression: Sendable, Hashable {
    case none
    /// Levels from -131072 to 22; the checksum is that of the frame.
    case zstd(level: Int = 3, checksum: Bool = true)
    /// Levels from 0 to 9.
    case gzip(level: Int = 5)
    /// c-blosc with a compressor of its own: blosclz, lz4, lz4hc, snappy, zlib or zstd.
    case blosc(_ compressor: String = "zstd", level: Int = 3, shuffle: Shuffle = .bytes)
  }

  /// What blosc does to elements before it compresses them.
  public enum Shuffle: String, Sendable, Hashable {
    case none = "noshuffle"
    case bytes = "shuffle"
    case bits = "bitshuffle"
  }

  /// The version of the format, 2 or 3; 2 has no shards, no checksum and no reordered axes.
  public var version = 3
  /// The part that is compressed on its own; nil for 64 along each axis, at most the array.
  public var chunkShape: [Int]?
  /// How much one file holds, a multiple of the chunk along each axis; nil for one file a chunk.
  public var shardShape: [Int]?
  /// Shards inside the shards, from the outside in; each divides the one before and is a multiple of the chunk.
  public var innerShardShapes: [[Int]] = []
  /// Where the index of a shard stands.
  public var isIndexAtStart = false
  /// Axis i of what is stored is axis `order[i]` of the array; nil for the order of the array.
  public var order: [Int]?
  /// The order of bytes in files.
  public var isBigEndian = false
  /// What makes chunks smaller.
  public var compression: Compression = .zstd()
  /// Whether four bytes of crc32c follow each chunk.
  public var hasChecksum = false
  /// Between the numbers in the names of chunks, `/` or `.`.
  public var separator = "/"
  /// The element of chunks that are not stored, a scalar of the array's type; nil for zero.
  public var fillValue: NDArray?
  /// Whether chunks that hold nothing but the fill value are left out.
  ///
  /// Written by default, so that a chunk that is missing later is a loss that can be seen.
  public var leavesOutFill = false

  /// The default; see the properties.
  public init() {}

  /// A layout with chunks, shards and a compression of their own.
  public init(chunkShape: [Int]?, shardShape: [Int]? = nil, compression: Compression = .zstd()) {
    (self.chunkShape, self.shardShape, self.compression) = (chunkShape, shardShape, compression)
  }
}
