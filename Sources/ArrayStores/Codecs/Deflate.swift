import CDeflate

/// Streams of the formats gzip (RFC 1952) and zlib (RFC 1950), by way of libdeflate.
enum Deflate {
  enum Format: String {
    case gzip, zlib
  }

  /// The content of a stream, at most `limit` bytes; gzip may have several members.
  static func decompressed(_ bytes: [UInt8], _ format: Format, limit: Int) throws -> [UInt8] {
    guard let decompressor = unsafe libdeflate_alloc_decompressor() else {
      throw ArrayStoreError(.sizeLimit, "no memory for a \(format) decoder")
    }
    defer { unsafe libdeflate_free_decompressor(decompressor) }
    return try unsafe [UInt8](unsafeUninitializedCapacity: max(limit, 1)) { target, count in
      try unsafe bytes.withUnsafeBytes { source in
        var consumed = 0
        repeat {
          var (read, written) = (0, 0)
          let input = unsafe UnsafeRawBufferPointer(rebasing: source[consumed...])
          let output = unsafe UnsafeMutableBufferPointer(rebasing: target[count..<limit])
          let decompress = unsafe format == .gzip ? libdeflate_gzip_decompress_ex : libdeflate_zlib_decompress_ex
          let result = unsafe decompress(
            decompressor, input.baseAddress, input.count, output.baseAddress, output.count, &read, &written)
          guard result == LIBDEFLATE_SUCCESS else { throw failure(result, format) }
          consumed += read
          count += written
        } while format == .gzip && consumed < source.count
        guard consumed == source.count else {
          throw ArrayStoreError(.chunkCorrupt, "\(source.count - consumed) bytes follow the \(format) stream")
        }
      }
    }
  }

  /// One zlib stream.
  static func compressed(_ bytes: [UInt8], _ format: Format, level: Int32 = 6) throws -> [UInt8] {
    guard let compressor = unsafe libdeflate_alloc_compressor(level) else {
      throw ArrayStoreError(.sizeLimit, "no memory for a \(format) encoder")
    }
    defer { unsafe libdeflate_free_compressor(compressor) }
    let bound =
      unsafe format == .gzip
      ? libdeflate_gzip_compress_bound(compressor, bytes.count)
      : libdeflate_zlib_compress_bound(compressor, bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      unsafe bytes.withUnsafeBytes { source in
        let compress = unsafe format == .gzip ? libdeflate_gzip_compress : libdeflate_zlib_compress
        count = unsafe compress(compressor, source.baseAddress, source.count, target.baseAddress, bound)
      }
    }
  }

  private static func failure(_ result: libdeflate_result, _ format: Format) -> ArrayStoreError {
    switch result {
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      ArrayStoreError(.chunkSizeMismatch, "the \(format) stream holds more bytes than the chunk")
    default:
      ArrayStoreError(.chunkCorrupt, "the \(format) stream is damaged or cut")
    }
  }
}
