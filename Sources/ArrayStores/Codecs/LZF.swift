/// Streams of LibLZF, as h5py stores them: literal runs and references into what was decoded already.
enum LZF {
  static func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
    var (read, written) = (0, 0)
    while read < input.count {
      let control = unsafe Int(input[read])
      read += 1
      if control < 32 {
        let count = control + 1
        guard count <= input.count - read else { throw cut }
        guard count <= output.count - written else { throw large }
        for offset in 0..<count { unsafe output[written + offset] = input[read + offset] }
        read += count
        written += count
        continue
      }
      var count = control >> 5 + 2
      if count == 9 {
        guard read < input.count else { throw cut }
        count += unsafe Int(input[read])
        read += 1
      }
      guard read < input.count else { throw cut }
      let distance = unsafe (control & 31) << 8 + Int(input[read]) + 1
      read += 1
      guard distance <= written else {
        throw ArrayStoreError(.chunkCorrupt, "a reference points before the start")
      }
      guard count <= output.count - written else { throw large }
      // Byte by byte, as a reference may overlap what it makes.
      for offset in written..<written + count { unsafe output[offset] = output[offset - distance] }
      written += count
    }
    return written
  }

  private static let cut = ArrayStoreError(.chunkTruncated, "the lzf stream is cut")
  private static let large = ArrayStoreError(.chunkSizeMismatch, "the lzf stream holds more bytes than the chunk")
}
