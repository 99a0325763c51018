import CZstd

/// Zstandard frames (RFC 8878).
enum Zstandard {
  /// One frame with its content size and a checksum; equal bytes for equal input and library version.
  static func compressed(_ bytes: [UInt8], level: Int32 = 3) throws -> [UInt8] {
    guard let context = unsafe ZSTD_createCCtx() else {
      throw ArrayStoreError(.sizeLimit, "no memory for a zstd encoder")
    }
    defer { unsafe _ = ZSTD_freeCCtx(context) }
    unsafe _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    unsafe _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let bound = ZSTD_compressBound(bytes.count)
    return try unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      let written = unsafe bytes.withUnsafeBytes { source in
        unsafe ZSTD_compress2(context, target.baseAddress, bound, source.baseAddress, source.count)
      }
      guard ZSTD_isError(written) == 0 else {
        throw ArrayStoreError(.inputOutput, "zstd: \(unsafe String(cString: ZSTD_getErrorName(written)))")
      }
      count = written
    }
  }

  /// The content of one or more frames, at most `limit` bytes.
  ///
  /// What frames claim about their size is never used to allocate.
  static func decompressed(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
    guard let context = unsafe ZSTD_createDCtx() else {
      throw ArrayStoreError(.sizeLimit, "no memory for a zstd decoder")
    }
    defer { unsafe _ = ZSTD_freeDCtx(context) }
    return try unsafe [UInt8](unsafeUninitializedCapacity: max(limit, 1)) { target, count in
      let written = unsafe bytes.withUnsafeBytes { source in
        unsafe ZSTD_decompressDCtx(context, target.baseAddress, limit, source.baseAddress, source.count)
      }
      guard ZSTD_isError(written) == 0 else { throw failure(written, bytes) }
      count = written
    }
  }

  private static func failure(_ result: Int, _ bytes: [UInt8]) -> ArrayStoreError {
    let name = unsafe String(cString: ZSTD_getErrorName(result))
    let code: ArrayStoreError.Code =
      switch ZSTD_getErrorCode(result) {
      case ZSTD_error_dstSize_tooSmall: .chunkSizeMismatch
      // With a whole frame in front, what follows is too short for another one: junk, not a cut.
      case ZSTD_error_srcSize_wrong: beginsWithWholeFrame(bytes) ? .chunkCorrupt : .chunkTruncated
      case ZSTD_error_checksum_wrong: .checksumMismatch
      case ZSTD_error_frameParameter_windowTooLarge, ZSTD_error_memory_allocation: .sizeLimit
      default: .chunkCorrupt
      }
    return ArrayStoreError(code, "zstd: \(name)")
  }

  private static func beginsWithWholeFrame(_ bytes: [UInt8]) -> Bool {
    unsafe bytes.withUnsafeBytes { source in
      ZSTD_isError(unsafe ZSTD_findFrameCompressedSize(source.baseAddress, source.count)) == 0
    }
  }
}
