import Testing

@testable import ArrayStores

@Suite struct EncoderTests {
  /// Encoders are used again; what they saw before must not show.
  @Test(arguments: [
    ByteCodec.zstd(level: 3, checksum: true), .zstd(level: -2, checksum: false), .zstd(level: 9, checksum: false),
    .gzip(level: 5), .zlib(level: 9), .zlib(level: 12), .gzip(level: 0),
  ])
  func `an encoder that was used gives the bytes of a new one`(codec: ByteCodec) throws {
    var random = Sequence64(seed: 8)
    let used = CodecScratch()
    for count in [0, 1, 300, 9_000, 200_000, 40, 70_000, 9_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 50 &* 7 + random.next(5)) }
      let new = CodecScratch()
      for scratch in [used, new] {
        scratch.front.assign(bytes)
        try [codec].encode(scratch)
      }
      #expect(used.front.array == new.front.array, "\(count) bytes")
      try [codec].decode(used, count: count)
      #expect(used.front.array == bytes)
    }
  }
}
