import CZstd

/// Zstandard frames (RFC 8878).
enum Zstandard {
  /// The levels that the library has.
  static let levels = -131_072...22
}

/// An encoder for zstd frames, used by one thread at a time.
///
/// - Safety: The library's encoder lives as long as the instance.
@safe final class ZstandardEncoder {
  private var context: OpaquePointer?
  /// Up to this level what was encoded before cannot matter; the row-based match finder of higher ones salts its hashes
  /// anew each time, so that those get a new encoder.
  private static let lastLevelWithoutMemory: Int32 = 3

  deinit { unsafe _ = ZSTD_freeCCtx(context) }

  /// One frame with its content size; equal bytes for equal input and library version.
  func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, level: Int32, checksum: Bool
  ) throws -> Int {
    if level > Self.lastLevelWithoutMemory {
      unsafe _ = ZSTD_freeCCtx(context)
      unsafe context = nil
    }
    if unsafe context == nil { unsafe context = ZSTD_createCCtx() }
    guard let context = unsafe context else {
      throw ArrayStoreError(.sizeLimit, "no memory for a zstd encoder")
    }
    unsafe _ = ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
    unsafe _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    unsafe _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0)
    let written = unsafe ZSTD_compress2(context, output.baseAddress, output.count, input.baseAddress, input.count)
    guard ZSTD_isError(written) == 0 else {
      throw ArrayStoreError(.inputOutput, "the encoder failed: \(unsafe String(cString: ZSTD_getErrorName(written)))")
    }
    return written
  }
}

/// A decoder for zstd frames, used by one thread at a time.
///
/// - Safety: The library's decoder lives as long as the instance.
@safe final class ZstandardDecoder {
  private var context: OpaquePointer?

  deinit { unsafe _ = ZSTD_freeDCtx(context) }

  /// The content of one or more frames, which must fit.
  ///
  /// What frames claim about their size is never used to allocate.
  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
    if unsafe context == nil { unsafe context = ZSTD_createDCtx() }
    guard let context = unsafe context else {
      throw ArrayStoreError(.sizeLimit, "no memory for a zstd decoder")
    }
    let written = unsafe ZSTD_decompressDCtx(context, output.baseAddress, output.count, input.baseAddress, input.count)
    guard ZSTD_isError(written) == 0 else { throw unsafe Self.failure(written, input) }
    return written
  }

  private static func failure(_ result: Int, _ input: UnsafeRawBufferPointer) -> ArrayStoreError {
    let name = unsafe String(cString: ZSTD_getErrorName(result))
    let code: ArrayStoreError.Code =
      switch ZSTD_getErrorCode(result) {
      case ZSTD_error_dstSize_tooSmall: .chunkSizeMismatch
      // With a whole frame in front, what follows is too short for another one: junk, not a cut.
      case ZSTD_error_srcSize_wrong: unsafe beginsWithWholeFrame(input) ? .chunkCorrupt : .chunkTruncated
      case ZSTD_error_checksum_wrong: .checksumMismatch
      case ZSTD_error_frameParameter_windowTooLarge, ZSTD_error_memory_allocation: .sizeLimit
      default: .chunkCorrupt
      }
    return ArrayStoreError(code, name.prefix(1).lowercased() + name.dropFirst())
  }

  private static func beginsWithWholeFrame(_ input: UnsafeRawBufferPointer) -> Bool {
    ZSTD_isError(unsafe ZSTD_findFrameCompressedSize(input.baseAddress, input.count)) == 0
  }
}
