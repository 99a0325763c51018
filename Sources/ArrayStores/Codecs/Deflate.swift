import CDeflate

/// Streams of the formats gzip (RFC 1952) and zlib (RFC 1950), by way of libdeflate.
enum Deflate {
  enum Format: String {
    case gzip, zlib
  }
}

/// An encoder for `Deflate` streams, used by one thread at a time.
///
/// - Safety: The library's encoder lives as long as the instance; it keeps nothing of what it encoded.
@safe final class Deflater {
  private var compressor: OpaquePointer?
  private var level: Int32 = -1

  deinit { unsafe libdeflate_free_compressor(compressor) }

  /// One stream; equal bytes for equal input and library version.
  func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ format: Deflate.Format, level: Int32
  ) throws -> Int {
    let level = min(max(level, 0), 12)
    // Above this the encoder starts from the statistics of what it saw before.
    if level != self.level || level > 9 {
      unsafe libdeflate_free_compressor(compressor)
      unsafe compressor = libdeflate_alloc_compressor(level)
      self.level = level
    }
    guard let compressor = unsafe compressor else {
      self.level = -1
      throw ArrayStoreError(.sizeLimit, "no memory for a \(format) encoder")
    }
    let compress = unsafe format == .gzip ? libdeflate_gzip_compress : libdeflate_zlib_compress
    let count = unsafe compress(compressor, input.baseAddress, input.count, output.baseAddress, output.count)
    guard count > 0 else { throw ArrayStoreError(.inputOutput, "the encoder failed") }
    return count
  }
}

/// A decoder for `Deflate` streams, used by one thread at a time.
///
/// - Safety: The library's decoder lives as long as the instance.
@safe final class Inflater {
  private var decompressor: OpaquePointer?

  deinit { unsafe libdeflate_free_decompressor(decompressor) }

  /// The content of a stream of at most `limit` bytes.
  func decoded(_ input: [UInt8], _ format: Deflate.Format, limit: Int) throws -> [UInt8] {
    try unsafe [UInt8](unsafeUninitializedCapacity: max(limit, 1)) { buffer, count in
      count = try unsafe input.withUnsafeBytes { source in
        let target = unsafe UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: limit)
        return try unsafe decode(source, into: target, format)
      }
    }
  }

  /// The content of a stream, which must fit; gzip may have several members. Checksums are verified.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ format: Deflate.Format
  ) throws -> Int {
    if unsafe decompressor == nil { unsafe decompressor = libdeflate_alloc_decompressor() }
    guard let decompressor = unsafe decompressor else {
      throw ArrayStoreError(.sizeLimit, "no memory for a \(format) decoder")
    }
    let decompress = unsafe format == .gzip ? libdeflate_gzip_decompress_ex : libdeflate_zlib_decompress_ex
    var (consumed, filled) = (0, 0)
    repeat {
      var (read, written) = (0, 0)
      let (source, target) = unsafe (
        UnsafeRawBufferPointer(rebasing: input[consumed...]), UnsafeMutableRawBufferPointer(rebasing: output[filled...])
      )
      let result = unsafe decompress(
        decompressor, source.baseAddress, source.count, target.baseAddress, target.count, &read, &written)
      switch result {
      case LIBDEFLATE_SUCCESS: break
      case LIBDEFLATE_INSUFFICIENT_SPACE where unsafe !isDamaged(source, format, size: target.count):
        throw ArrayStoreError(.chunkSizeMismatch, "the \(format) stream holds more bytes than the chunk")
      default: throw ArrayStoreError(.chunkCorrupt, "the \(format) stream is damaged or cut")
      }
      consumed += read
      filled += written
    } while format == .gzip && consumed < input.count
    guard consumed == input.count else {
      throw ArrayStoreError(.chunkCorrupt, "\(input.count - consumed) bytes follow the \(format) stream")
    }
    return filled
  }

  /// Whether a stream that does not fit ends badly a little later: one that is cut gives more bytes than it has, at first.
  private func isDamaged(_ source: UnsafeRawBufferPointer, _ format: Deflate.Format, size: Int) -> Bool {
    guard size <= Self.maximumSecondLook, let decompressor = unsafe decompressor else { return false }
    let decompress = unsafe format == .gzip ? libdeflate_gzip_decompress_ex : libdeflate_zlib_decompress_ex
    let room = ByteBuffer()
    var result = LIBDEFLATE_SUCCESS
    unsafe room.fill(capacity: size + (1 << 16)) { memory in
      var (read, written) = (0, 0)
      result = unsafe decompress(
        decompressor, source.baseAddress, source.count, memory.baseAddress, memory.count, &read, &written)
      return 0
    }
    return result == LIBDEFLATE_BAD_DATA
  }

  private static let maximumSecondLook = 1 << 26
}
