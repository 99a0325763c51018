import CLZ4

/// LZ4 blocks behind their size in 4 bytes, little-endian: the codec of numcodecs.
enum LZ4 {
  private static let prefix = 4

  static func encode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let size = Int32(exactly: input.count), size <= LZ4_MAX_INPUT_SIZE else {
      throw ArrayStoreError(.sizeLimit, "lz4 takes no \(input.count) bytes at once")
    }
    unsafe output.storeBytes(of: UInt32(size).littleEndian, as: UInt32.self)
    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: output[prefix...])
    let capacity = Int32(clamping: target.count)
    let written = unsafe LZ4_compress_default(
      input.baseAddress?.assumingMemoryBound(to: CChar.self), target.baseAddress?.assumingMemoryBound(to: CChar.self),
      size, capacity)
    guard written > 0 else { throw ArrayStoreError(.inputOutput, "the encoder failed") }
    return prefix + Int(written)
  }

  static func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
    guard input.count >= prefix else {
      throw ArrayStoreError(.chunkTruncated, "\(input.count) bytes hold no size")
    }
    let claimed = unsafe Int(UInt32(littleEndian: input.loadUnaligned(as: UInt32.self)))
    guard claimed <= output.count, let size = Int32(exactly: claimed), let stored = Int32(exactly: input.count - prefix)
    else {
      throw ArrayStoreError(.chunkSizeMismatch, "the block claims \(claimed) bytes, the chunk has \(output.count)")
    }
    let source = unsafe UnsafeRawBufferPointer(rebasing: input[prefix...])
    let written = unsafe LZ4_decompress_safe(
      source.baseAddress?.assumingMemoryBound(to: CChar.self), output.baseAddress?.assumingMemoryBound(to: CChar.self),
      stored, size)
    guard written == size else { throw ArrayStoreError(.chunkCorrupt, "the block is damaged or cut") }
    return claimed
  }
}
