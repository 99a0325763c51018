import CBlosc

/// Buffers of c-blosc 1 (format version 2), by way of libblosc behind a check of all that a header claims.
struct Blosc: Sendable, Hashable {
  /// The name of the compressor inside: blosclz, lz4, lz4hc, snappy, zlib or zstd.
  var compressor = "zstd"
  var level: Int32 = 3
  /// 0 none, 1 bytes, 2 bits.
  var shuffle: Int32 = 1
  var elementSize = 1
  /// 0 for the library's choice.
  var blockSize = 0

  static let compressors: Set = ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"]
  private static let headerBytes = 16
  private static let maximumBytes = Int(Int32.max) - headerBytes

  func encode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
    guard input.count <= Self.maximumBytes else {
      throw ArrayStoreError(.sizeLimit, "blosc takes at most \(Self.maximumBytes) bytes, the chunk has \(input.count)")
    }
    // More than 255 means one, as in the library's own header.
    let width = elementSize > 255 ? 1 : elementSize
    let written = unsafe blosc_compress_ctx(
      level, shuffle, width, input.count, input.baseAddress, output.baseAddress, output.count, compressor, blockSize, 1)
    guard written > 0 else {
      throw ArrayStoreError(.unsupportedCodec, "blosc with '\(compressor)' failed: \(written)")
    }
    return Int(written)
  }

  /// The content of a buffer, which must fit.
  static func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try unsafe checkedSize(input, limit: output.count)
    guard count > 0 else { return 0 }
    let written = unsafe blosc_decompress_ctx(input.baseAddress, output.baseAddress, output.count, 1)
    guard Int(written) == count else {
      throw ArrayStoreError(.chunkCorrupt, "the buffer does not decode (\(written))")
    }
    return count
  }

  /// The size of the content, once header and block table are known to make sense; the library trusts them.
  private static func checkedSize(_ input: UnsafeRawBufferPointer, limit: Int) throws -> Int {
    func number(_ offset: Int) -> Int {
      Int(unsafe UInt32(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
    guard input.count >= headerBytes else {
      throw ArrayStoreError(.chunkTruncated, "\(input.count) bytes hold no header of \(headerBytes)")
    }
    let (version, flags, width) = unsafe (input[0], input[2], input[3])
    let (count, block, stored) = (number(4), number(8), number(12))
    guard version == 2, width > 0 else {
      throw ArrayStoreError(.chunkCorrupt, "format version \(version) with elements of \(width) bytes")
    }
    guard count <= limit else {
      throw ArrayStoreError(.chunkSizeMismatch, "the header claims \(count) bytes, the chunk has \(limit)")
    }
    guard stored == input.count else {
      throw ArrayStoreError(
        stored > input.count ? .chunkTruncated : .chunkCorrupt,
        "the header claims \(stored) stored bytes, there are \(input.count)")
    }
    guard count > 0 else { return 0 }
    if flags & 2 != 0 {
      guard stored == count + headerBytes else {
        throw ArrayStoreError(.chunkCorrupt, "\(stored) bytes hold no copy of \(count)")
      }
      return count
    }
    guard block > 0, block <= count else {
      throw ArrayStoreError(.chunkCorrupt, "blocks of \(block) bytes in a buffer of \(count)")
    }
    let blocks = (count - 1) / block + 1
    let table = headerBytes + 4 * blocks
    guard table <= stored,
      (0..<blocks).allSatisfy({ (table...max(table, stored - 4)).contains(number(headerBytes + 4 * $0)) })
    else { throw ArrayStoreError(.chunkCorrupt, "the table of blocks points outside the buffer") }
    return count
  }
}
