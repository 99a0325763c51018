/// How the datasets of an HDF5 file that is written are stored.
public struct HDF5Storage: Sendable, Hashable {
  /// How chunks are compressed.
  public enum Compression: Sendable, Hashable {
    case none
    /// Levels from 0 to 9; every reader of HDF5 has it.
    case gzip(level: Int = 4)
    /// Filter 32015, levels up to 22: h5py reads it with hdf5plugin.
    case zstd(level: Int = 3)
  }

  /// What is compressed on its own; nil for 64 along each axis, at most the array.
  public var chunkShape: [Int]?
  /// What makes chunks smaller.
  public var compression: Compression
  /// Whether bytes of equal weight stand together before they are compressed.
  public var shuffles: Bool
  /// Whether a checksum follows each chunk.
  public var hasChecksum: Bool

  /// Chunks with a compression of their own.
  public init(
    chunkShape: [Int]? = nil, compression: Compression = .gzip(), shuffles: Bool = true, hasChecksum: Bool = false
  ) {
    (self.chunkShape, self.compression) = (chunkShape, compression)
    (self.shuffles, self.hasChecksum) = (shuffles, hasChecksum)
  }

  func codecs(_ type: ElementType) -> [ByteCodec] {
    var codecs: [ByteCodec] = shuffles && type.size > 1 ? [.shuffle(elementSize: type.size)] : []
    switch compression {
    case .none: break
    case .gzip(let level): codecs.append(.zlib(level: Int32(clamping: level)))
    case .zstd(let level): codecs.append(.zstd(level: Int32(clamping: level), checksum: false))
    }
    return hasChecksum ? codecs + [.fletcher32] : codecs
  }

  /// The shape of the chunks of an array.
  ///
  /// - Throws: `invalid_argument` for one that does not suit the array.
  func chunk(_ array: NDArray) throws -> [Int] {
    let chunk = chunkShape ?? array.shape.map { min(max($0, 1), 64) }
    guard chunk.count == array.shape.count, chunk.allSatisfy({ $0 > 0 }) else {
      throw ArrayStoreError(.invalidArgument, "chunk shape \(chunk) does not suit shape \(array.shape)")
    }
    _ = try Shape.bytes(chunk, array.type, limit: Shape.maximumChunkBytes, what: "a chunk")
    // HDF5 refuses chunks that reach beyond an array of fixed extent.
    return zip(chunk, array.shape).map { min($0, max($1, 1)) }
  }
}
