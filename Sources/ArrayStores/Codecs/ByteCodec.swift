/// A codec from bytes to bytes, as the filters of HDF5 and the codecs of Zarr are.
enum ByteCodec: Sendable, Equatable {
  case zstd(level: Int32, checksum: Bool)
  case gzip(level: Int32)
  case zlib(level: Int32)
  case blosc(Blosc)
  /// An LZ4 block behind its size in 4 bytes, little-endian.
  case lz4
  case bzip2(level: Int32)
  /// LibLZF as h5py has it.
  case lzf
  /// Bytes of equal weight stand together.
  case shuffle(elementSize: Int)
  case crc32c
  /// The checksum of HDF5, at the end.
  case fletcher32

  /// What it is called in messages.
  var name: String {
    switch self {
    case .zstd: "zstd"
    case .gzip: "gzip"
    case .zlib: "zlib"
    case .blosc: "blosc"
    case .lz4: "lz4"
    case .bzip2: "bz2"
    case .lzf: "lzf"
    case .shuffle: "shuffle"
    case .crc32c: "crc32c"
    case .fletcher32: "fletcher32"
    }
  }

  /// The bytes that `count` bytes take at most once encoded; exact where the size does not depend on them.
  ///
  /// Generous: every encoder's own bound lies below.
  func bound(_ count: Int) -> (bytes: Int, isExact: Bool) {
    switch self {
    case .crc32c, .fletcher32: (count + 4, true)
    case .shuffle: (count, true)
    default: (count + count / 4 + 65_536, false)
    }
  }

  /// For a checksum at the end: the bytes in front of it, which are checked; nil for other codecs.
  func verified(_ input: UnsafeRawBufferPointer) throws -> Int? {
    switch self {
    case .crc32c: try ArrayStoreError.located(codec: name) { try unsafe CRC32C.verified(input) }
    case .fletcher32: try ArrayStoreError.located(codec: name) { try unsafe Fletcher32.verified(input) }
    default: nil
    }
  }

  /// Decodes into a target that is as large as the content may be at most; returns the size of the content.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ scratch: CodecScratch
  ) throws -> Int {
    try ArrayStoreError.located(codec: name) { try unsafe content(of: input, into: output, scratch) }
  }

  private func content(
    of input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ scratch: CodecScratch
  ) throws -> Int {
    switch self {
    case .zstd: return try unsafe scratch.zstandard.decode(input, into: output)
    case .gzip: return try unsafe scratch.inflater.decode(input, into: output, .gzip)
    case .zlib: return try unsafe scratch.inflater.decode(input, into: output, .zlib)
    case .blosc: return try unsafe Blosc.decode(input, into: output)
    case .lz4: return try unsafe LZ4.decode(input, into: output)
    case .bzip2: return try unsafe BZip2.decode(input, into: output)
    case .lzf: return try unsafe LZF.decode(input, into: output)
    case .shuffle(let size): return try unsafe Shuffle.decode(input, into: output, elementSize: size)
    case .crc32c, .fletcher32:
      let count = try unsafe verified(input) ?? 0
      guard count <= output.count else {
        throw ArrayStoreError(.chunkSizeMismatch, "\(count) bytes stand where \(output.count) belong")
      }
      unsafe output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
      return count
    }
  }

  /// Encodes into a target of at least `bound` bytes; equal input gives equal bytes.
  func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ scratch: CodecScratch
  ) throws -> Int {
    switch self {
    case .zstd(let level, let checksum):
      return try unsafe scratch.zstandardEncoder.encode(input, into: output, level: level, checksum: checksum)
    case .gzip(let level): return try unsafe scratch.deflater.encode(input, into: output, .gzip, level: level)
    case .zlib(let level): return try unsafe scratch.deflater.encode(input, into: output, .zlib, level: level)
    case .blosc(let blosc): return try unsafe blosc.encode(input, into: output)
    case .lz4: return try unsafe LZ4.encode(input, into: output)
    case .bzip2(let level): return try unsafe BZip2.encode(input, into: output, level: level)
    case .lzf: throw ArrayStoreError(.unsupportedCodec, "lzf is read only")
    case .shuffle(let size): return unsafe Shuffle.encode(input, into: output, elementSize: size)
    case .crc32c: return unsafe CRC32C.append(to: input, into: output)
    case .fletcher32: return unsafe Fletcher32.append(to: input, into: output)
    }
  }
}

extension [ByteCodec] {
  /// Bounds of the bytes after none, one, ... all of the codecs; the last is that of what is stored.
  func bounds(_ count: Int) -> [(bytes: Int, isExact: Bool)] {
    var bounds = [(bytes: count, isExact: true)]
    for codec in self {
      let (before, wasExact) = bounds[bounds.count - 1]
      let after = codec.bound(before)
      bounds.append((after.bytes, after.isExact && wasExact))
    }
    return bounds
  }

  /// Throws unless so many stored bytes can decode to `count` bytes; called before a byte is read.
  func checkStored(_ stored: Int, count: Int) throws {
    let limit = bounds(count)[self.count]
    if stored == 0 && count > 0 {
      throw ArrayStoreError(.chunkTruncated, "the chunk holds no bytes", codec: last?.name)
    }
    guard limit.isExact ? stored == limit.bytes : stored <= limit.bytes else {
      throw ArrayStoreError(
        .chunkSizeMismatch,
        "the chunk holds \(stored) bytes \(limit.isExact ? "instead of" : "where at most") \(limit.bytes)"
          + (limit.isExact ? "" : " make sense"), codec: last?.name)
    }
  }

  /// Decodes the content of the scratch, whose result has at most `limit` bytes, but for the last step.
  ///
  /// - Returns: The codec whose turn it is; nil when all is done.
  private func decodeAllButLast(_ scratch: CodecScratch, limit: Int) throws -> ByteCodec? {
    let bounds = bounds(limit)
    for index in indices.reversed() {
      if let count = try unsafe scratch.front.withBytes({ try unsafe self[index].verified($0) }) {
        scratch.front.truncate(to: count)
      } else if index == 0 {
        return self[0]
      } else {
        try unsafe scratch.step(capacity: bounds[index].bytes) { try unsafe self[index].decode($0, into: $1, scratch) }
      }
    }
    return nil
  }

  /// Decodes the content of the scratch to at most `limit` bytes.
  func decode(_ scratch: CodecScratch, limit: Int) throws {
    guard let last = try decodeAllButLast(scratch, limit: limit) else { return }
    try unsafe scratch.step(capacity: limit) { try unsafe last.decode($0, into: $1, scratch) }
  }

  /// Decodes the content of the scratch to exactly `count` bytes.
  func decode(_ scratch: CodecScratch, count: Int) throws {
    try decode(scratch, limit: count)
    try check(scratch.front.count, count)
  }

  /// Decodes the content of the scratch into memory, which it fills.
  func decode(_ scratch: CodecScratch, into memory: UnsafeMutableRawBufferPointer) throws {
    let last = try decodeAllButLast(scratch, limit: memory.count)
    let written = try unsafe scratch.front.withBytes { input in
      if let last { return try unsafe last.decode(input, into: memory, scratch) }
      try check(input.count, memory.count)
      unsafe memory.copyMemory(from: input)
      return input.count
    }
    try check(written, memory.count)
  }

  /// Encodes the content of the scratch.
  func encode(_ scratch: CodecScratch) throws {
    for codec in self {
      try unsafe scratch.step(capacity: codec.bound(scratch.front.count).bytes) {
        try unsafe codec.encode($0, into: $1, scratch)
      }
    }
  }

  private func check(_ count: Int, _ expected: Int) throws {
    guard count == expected else {
      throw ArrayStoreError(
        .chunkSizeMismatch, "the chunk decodes to \(count) bytes instead of \(expected)", codec: first?.name)
    }
  }
}
