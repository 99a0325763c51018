import CBZip2

/// Streams of bzip2.
enum BZip2 {
  static func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, level: Int32
  ) throws -> Int {
    var count = UInt32(clamping: output.count)
    guard let size = UInt32(exactly: input.count) else {
      throw ArrayStoreError(.sizeLimit, "bz2 takes no \(input.count) bytes at once")
    }
    let result = unsafe BZ2_bzBuffToBuffCompress(
      output.baseAddress?.assumingMemoryBound(to: CChar.self), &count,
      UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: CChar.self), size, level, 0, 0)
    guard result == BZ_OK else { throw ArrayStoreError(.inputOutput, "the encoder failed (\(result))") }
    return Int(count)
  }

  static func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
    let (result, count) = try unsafe attempt(input, output)
    switch result {
    case BZ_OK: return count
    case BZ_OUTBUFF_FULL:
      // A stream that is cut behind its last byte asks for more input only where it has room for more output.
      let room = ByteBuffer()
      var second = BZ_OUTBUFF_FULL
      try unsafe room.fill(capacity: output.count + 1) { memory in
        second = try unsafe attempt(input, memory).result
        return 0
      }
      guard second == BZ_UNEXPECTED_EOF else {
        throw ArrayStoreError(.chunkSizeMismatch, "the bz2 stream holds more bytes than the chunk")
      }
      throw ArrayStoreError(.chunkTruncated, "the bz2 stream is cut")
    case BZ_UNEXPECTED_EOF: throw ArrayStoreError(.chunkTruncated, "the bz2 stream is cut")
    default: throw ArrayStoreError(.chunkCorrupt, "the bz2 stream is damaged (\(result))")
    }
  }

  private static func attempt(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) throws -> (result: Int32, count: Int) {
    var count = UInt32(clamping: output.count)
    guard let size = UInt32(exactly: input.count) else {
      throw ArrayStoreError(.sizeLimit, "bz2 takes no \(input.count) bytes at once")
    }
    let result = unsafe BZ2_bzBuffToBuffDecompress(
      output.baseAddress?.assumingMemoryBound(to: CChar.self), &count,
      UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: CChar.self), size, 0, 0)
    return (result, Int(count))
  }
}
