/// The checksum of HDF5: Fletcher's, over big-endian 16-bit words, with sums modulo 65535 that never become 0 again.
enum Fletcher32 {
  static func append(to input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int {
    unsafe output.copyMemory(from: input)
    unsafe output.storeBytes(of: checksum(input).littleEndian, toByteOffset: input.count, as: UInt32.self)
    return input.count + 4
  }

  /// The bytes in front of a checksum that agrees with them.
  static func verified(_ input: UnsafeRawBufferPointer) throws -> Int {
    let count = input.count - 4
    guard count >= 0 else { throw ArrayStoreError(.chunkTruncated, "\(input.count) bytes hold no fletcher32 checksum") }
    let stored = unsafe UInt32(littleEndian: input.loadUnaligned(fromByteOffset: count, as: UInt32.self))
    guard unsafe checksum(UnsafeRawBufferPointer(rebasing: input[..<count])) == stored else {
      throw ArrayStoreError(.checksumMismatch, "the fletcher32 checksum of the chunk differs")
    }
    return count
  }

  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var (first, second) = (UInt32(0), UInt32(0))
    func folded(_ sum: UInt32) -> UInt32 { sum & 0xffff + sum >> 16 }
    for start in stride(from: 0, to: bytes.count, by: 2) {
      let low = unsafe start + 1 < bytes.count ? UInt32(bytes[start + 1]) : 0
      first = unsafe folded(first + (UInt32(bytes[start]) << 8 | low))
      second = folded(second + first)
    }
    return second << 16 | first
  }
}
