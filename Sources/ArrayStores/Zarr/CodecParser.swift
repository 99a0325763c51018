import Fingerprints

/// Turns the codecs of version 3 metadata into a chain, or says by name what is not supported.
struct CodecParser {
  let type: ElementType

  /// - Parameter chunk: The shape that the chain encodes.
  func chain(_ codecs: [JSON], chunk: [Int], depth: Int = 0) throws -> CodecChain {
    guard depth < 8 else { throw ArrayStoreError(.sizeLimit, "shards are nested too deeply") }
    var order = Array(chunk.indices)
    var layout: CodecChain.Layout?
    var codecsOverBytes: [ByteCodec] = []
    for codec in codecs {
      let (name, configuration) = try ZarrMetadata.extensionPoint(codec, "codecs")
      switch name {
      case "transpose":
        guard layout == nil else { throw misplaced(name) }
        let step = try permutation(configuration, rank: chunk.count)
        order = step.map { order[$0] }
      case "bytes", "sharding_indexed":
        guard layout == nil else { throw misplaced(name) }
        layout =
          name == "bytes"
          ? .plain(bigEndian: try isBigEndian(configuration))
          : .sharded(try sharding(configuration, shard: order.map { chunk[$0] }, depth: depth))
      default:
        if let known = try byteCodec(name, configuration) {
          guard layout != nil else { throw misplaced(name) }
          codecsOverBytes.append(known)
          continue
        }
        if codec != .text(name), codec["must_understand"] == .boolean(false) { continue }
        throw ArrayStoreError(.unsupportedCodec, "codec '\(name)' is not supported")
      }
    }
    guard let layout else {
      throw ArrayStoreError(.metadataInvalid, "the codecs have none that turns elements into bytes")
    }
    return CodecChain(order: order, layout: layout, codecs: codecsOverBytes)
  }

  // MARK: -

  private func misplaced(_ name: String) -> ArrayStoreError {
    ArrayStoreError(.metadataInvalid, "codec '\(name)' does not stand where its kind belongs")
  }

  private func permutation(_ configuration: MetadataReader, rank: Int) throws -> [Int] {
    let order = try configuration.integers("order")
    guard order.sorted() == Array(0..<rank) else {
      throw ArrayStoreError(.metadataInvalid, "transpose order \(order) is no permutation of \(rank) axes")
    }
    return order
  }

  private func isBigEndian(_ configuration: MetadataReader) throws -> Bool {
    guard let endian = configuration["endian"] else {
      guard type.size == 1 else {
        throw ArrayStoreError(.metadataInvalid, "codec 'bytes' says no 'endian' for \(type.rawValue)")
      }
      return false
    }
    switch endian {
    case .text("little"): return false
    case .text("big"): return true
    default: throw ArrayStoreError(.metadataInvalid, "endian \(endian.compact) is neither 'little' nor 'big'")
    }
  }

  /// A codec from bytes to bytes; nil for a name that is not known.
  private func byteCodec(_ name: String, _ configuration: MetadataReader) throws -> ByteCodec? {
    switch name {
    case "zstd":
      let level = try level(name, configuration, Zstandard.levels)
      switch configuration["checksum"] {
      case nil, .boolean: break
      case .some(let other):
        throw ArrayStoreError(.metadataInvalid, "'checksum' of codec 'zstd' is \(other.compact), not true or false")
      }
      return .zstd(level: level, checksum: configuration["checksum"] == .boolean(true))
    case "gzip": return .gzip(level: try level(name, configuration, 0...9))
    case "numcodecs.zlib": return .zlib(level: try level(name, configuration, 0...9))
    case "numcodecs.lz4": return .lz4
    case "numcodecs.bz2": return .bzip2(level: try level(name, configuration, 1...9))
    case "crc32c": return .crc32c
    case "numcodecs.shuffle":
      let size = try configuration["elementsize"].map { try MetadataReader.integer($0, "elementsize") } ?? 4
      guard size > 0 else { throw ArrayStoreError(.metadataInvalid, "codec '\(name)' has elements of \(size) bytes") }
      return .shuffle(elementSize: size)
    case "blosc": return .blosc(try blosc(configuration))
    default: return nil
    }
  }

  private func level(_ name: String, _ configuration: MetadataReader, _ allowed: ClosedRange<Int>) throws -> Int32 {
    guard let json = configuration["level"] else { return 1 }
    let level = try MetadataReader.integer(json, "level")
    guard allowed.contains(level) else {
      throw ArrayStoreError(.metadataInvalid, "level \(level) of codec '\(name)' is outside \(allowed)")
    }
    return Int32(level)
  }

  /// For decoding only the header of each buffer counts, yet names that do not exist are refused.
  private func blosc(_ configuration: MetadataReader) throws -> Blosc {
    var blosc = Blosc()
    if configuration["cname"] != nil { blosc.compressor = try configuration.text("cname") }
    guard Blosc.compressors.contains(blosc.compressor) else {
      throw ArrayStoreError(.unsupportedCodec, "blosc has no compressor '\(blosc.compressor)'")
    }
    switch configuration["shuffle"] {
    case nil, .text("noshuffle"): blosc.shuffle = 0
    case .text("shuffle"): blosc.shuffle = 1
    case .text("bitshuffle"): blosc.shuffle = 2
    case .some(let other): throw ArrayStoreError(.metadataInvalid, "blosc has no shuffle \(other.compact)")
    }
    for (key, allowed) in [("clevel", 0...9), ("typesize", 0...Int.max), ("blocksize", 0...Int.max)] {
      guard let json = configuration[key] else { continue }
      let value = try MetadataReader.integer(json, key)
      guard allowed.contains(value) else {
        throw ArrayStoreError(.metadataInvalid, "'\(key)' of codec 'blosc' is \(value)")
      }
      if key == "clevel" { blosc.level = Int32(value) }
    }
    blosc.elementSize = type.size
    return blosc
  }

  private func sharding(_ configuration: MetadataReader, shard: [Int], depth: Int) throws -> Sharding {
    let chunk = try configuration.integers("chunk_shape")
    try ZarrMetadata.checkShapes(shard, chunk)
    guard zip(shard, chunk).allSatisfy({ $0 % $1 == 0 }) else {
      throw ArrayStoreError(.metadataInvalid, "inner chunks \(chunk) do not divide shards \(shard)")
    }
    let index = try CodecParser(type: .uint64).chain(
      try configuration.list("index_codecs"), chunk: zip(shard, chunk).map { $0 / $1 } + [2], depth: depth + 1)
    guard case .plain = index.layout, index.codecs.allSatisfy({ $0 == .crc32c }) else {
      throw ArrayStoreError(
        .metadataInvalid, "the size of a shard index must be known: only 'bytes' and 'crc32c' can code it")
    }
    let atStart: Bool
    switch configuration["index_location"] {
    case nil, .text("end"): atStart = false
    case .text("start"): atStart = true
    case .some(let other):
      throw ArrayStoreError(.metadataInvalid, "index location \(other.compact) is neither 'start' nor 'end'")
    }
    return Sharding(
      chunkShape: chunk, codecs: try chain(try configuration.list("codecs"), chunk: chunk, depth: depth + 1),
      indexCodecs: index, indexAtStart: atStart)
  }
}
