/// The Castagnoli checksum (RFC 3720, appendix B.4), as the codec `crc32c` of Zarr appends it.
enum CRC32C {
  /// Tables for eight bytes at a time: entry `[k * 256 + b]` is byte `b` followed by `k` zero bytes.
  private static let tables: [UInt32] = {
    var tables = (0..<256 as Range<UInt32>).map { byte in
      (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
    }
    for index in 256..<8 * 256 {
      let before = tables[index - 256]
      tables.append(before >> 8 ^ tables[Int(before & 0xff)])
    }
    return tables
  }()

  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    unsafe tables.withUnsafeBufferPointer { tables in
      func entry(_ table: Int, _ byte: UInt64) -> UInt32 { unsafe tables[table * 256 + Int(byte & 0xff)] }
      var crc: UInt32 = ~0
      var index = 0
      while bytes.count - index >= 8 {
        let word =
          unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
        crc = entry(7, word) ^ entry(6, word >> 8) ^ entry(5, word >> 16) ^ entry(4, word >> 24)
        crc ^= entry(3, word >> 32) ^ entry(2, word >> 40) ^ entry(1, word >> 48) ^ entry(0, word >> 56)
        index += 8
      }
      while index < bytes.count {
        crc = unsafe crc >> 8 ^ entry(0, UInt64(crc) ^ UInt64(bytes[index]))
        index += 1
      }
      return ~crc
    }
  }

  static func append(to input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int {
    unsafe output.copyMemory(from: input)
    unsafe output.storeBytes(of: checksum(input).littleEndian, toByteOffset: input.count, as: UInt32.self)
    return input.count + 4
  }

  /// The bytes in front of a checksum that agrees with them.
  static func verified(_ input: UnsafeRawBufferPointer) throws -> Int {
    let count = input.count - 4
    guard count >= 0 else { throw ArrayStoreError(.chunkTruncated, "\(input.count) bytes hold no crc32c checksum") }
    let stored = unsafe UInt32(littleEndian: input.loadUnaligned(fromByteOffset: count, as: UInt32.self))
    let actual = unsafe checksum(UnsafeRawBufferPointer(rebasing: input[..<count]))
    guard stored == actual else {
      throw ArrayStoreError(
        .checksumMismatch, "crc32c is \(String(actual, radix: 16)), the file says \(String(stored, radix: 16))")
    }
    return count
  }
}
