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

  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let tables = tables
    var crc: UInt32 = ~0
    var index = bytes.startIndex
    while bytes.endIndex - index >= 8 {
      let low =
        crc
        ^ (UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16 | UInt32(
          bytes[index + 3]) << 24)
      crc = tables[7 * 256 + Int(low & 0xff)] ^ tables[6 * 256 + Int(low >> 8 & 0xff)]
      crc ^= tables[5 * 256 + Int(low >> 16 & 0xff)] ^ tables[4 * 256 + Int(low >> 24)]
      crc ^= tables[3 * 256 + Int(bytes[index + 4])] ^ tables[2 * 256 + Int(bytes[index + 5])]
      crc ^= tables[256 + Int(bytes[index + 6])] ^ tables[Int(bytes[index + 7])]
      index += 8
    }
    while index < bytes.endIndex {
      crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xff)]
      index += 1
    }
    return ~crc
  }

  static func appended(to bytes: [UInt8]) -> [UInt8] {
    bytes + Memory.bytes(of: [checksum(bytes[...])])
  }

  /// The bytes without the checksum at their end.
  static func verified(_ bytes: [UInt8]) throws -> [UInt8] {
    guard bytes.count >= 4 else {
      throw ArrayStoreError(.chunkTruncated, "\(bytes.count) bytes hold no crc32c checksum")
    }
    let stored = bytes.suffix(4).reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    let actual = checksum(bytes.dropLast(4))
    guard stored == actual else {
      throw ArrayStoreError(
        .checksumMismatch, "crc32c is \(String(actual, radix: 16)), the file says \(String(stored, radix: 16))")
    }
    return Array(bytes.dropLast(4))
  }
}
