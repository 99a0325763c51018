import Fingerprints

extension ZarrLayout {
  /// The metadata of an array as it will be read back, with the document to write.
  ///
  /// - Throws: `invalid_argument` for shapes and options that do not fit.
  func metadata(
    _ type: ElementType, _ shape: [Int], attributes: CanonicalValue, dimensionNames: [String]?
  ) throws -> (metadata: ZarrMetadata, document: JSON) {
    let chunk = chunkShape ?? shape.map { min(max($0, 1), 64) }
    try check(type, shape, chunk, attributes, dimensionNames)
    let document =
      version == 3
      ? try version3(type, shape, chunk, attributes, dimensionNames) : try version2(type, shape, chunk)
    let reader = try MetadataReader(document, "the metadata")
    // What is written is what the reader makes of it: one reading of the format, not two.
    let metadata: ZarrMetadata =
      version == 3 ? try .version3(reader) : try .version2(reader, attributes: attributes)
    return (metadata, document)
  }

  // MARK: -

  private func check(
    _ type: ElementType, _ shape: [Int], _ chunk: [Int], _ attributes: CanonicalValue, _ names: [String]?
  ) throws {
    func refuse(_ message: String) -> ArrayStoreError { ArrayStoreError(.invalidArgument, message) }
    let rank = shape.count
    guard rank <= Shape.maximumRank, shape.allSatisfy({ $0 >= 0 }), chunk.count == rank, chunk.allSatisfy({ $0 > 0 })
    else { throw refuse("chunk shape \(chunk) does not suit shape \(shape)") }
    guard shardShape != nil || innerShardShapes.isEmpty else { throw refuse("shards in shards need a shard shape") }
    var inner = chunk
    for shard in innerShardShapes.reversed() + (shardShape.map { [$0] } ?? []) {
      guard version == 3, shard.count == rank, zip(shard, inner).allSatisfy({ $0 > 0 && $0 % $1 == 0 }) else {
        throw refuse("shard shape \(shard) is no multiple of chunk shape \(inner)")
      }
      inner = shard
    }
    guard names.map({ $0.count == rank }) ?? true else {
      throw refuse("\(names?.count ?? 0) dimension names for \(rank) axes")
    }
    guard case .map = attributes else { throw refuse("the attributes of an array are a map, not \(attributes)") }
    guard ["/", "."].contains(separator), [2, 3].contains(version) else {
      throw refuse("separator '\(separator)' or version \(version) is none of Zarr")
    }
    guard version == 3 || (!hasChecksum && order == nil) else {
      throw refuse("version 2 has neither checksums nor reordered axes")
    }
    if let fillValue, fillValue.type != type || fillValue.count != 1 {
      throw refuse("the fill value is not one element of \(type.rawValue)")
    }
    _ = try Shape.bytes(chunk, type, limit: Shape.maximumChunkBytes, what: "a chunk")
  }

  private func version3(
    _ type: ElementType, _ shape: [Int], _ chunk: [Int], _ attributes: CanonicalValue, _ names: [String]?
  ) throws -> JSON {
    var codecs = try codecs(type)
    if shardShape != nil {
      for inner in [chunk] + innerShardShapes.reversed() { codecs = [sharding(inner, codecs)] }
    }
    var entries: [JSON.Entry] = [
      .init("zarr_format", .number("3")),
      .init("node_type", .text("array")),
      .init("shape", Self.list(shape)),
      .init("data_type", .text(type.rawValue)),
      .init("chunk_grid", Self.named("regular", [.init("chunk_shape", Self.list(shardShape ?? chunk))])),
      .init("chunk_key_encoding", Self.named("default", [.init("separator", .text(separator))])),
      .init("fill_value", FillValue.json(fillValue?.bytes ?? FillValue.zero(type), type)),
      .init("codecs", .list(codecs)),
      .init("attributes", attributes.document),
    ]
    if let names { entries.append(.init("dimension_names", .list(names.map { .text($0) }))) }
    return .object(entries)
  }

  private func version2(_ type: ElementType, _ shape: [Int], _ chunk: [Int]) throws -> JSON {
    let letters: [ElementType: String] = [
      .bool: "b1", .int8: "i1", .int16: "i2", .int32: "i4", .int64: "i8", .uint8: "u1", .uint16: "u2", .uint32: "u4",
      .uint64: "u8", .float16: "f2", .float32: "f4", .float64: "f8", .complex64: "c8", .complex128: "c16",
    ]
    let mark = type.size == 1 ? "|" : isBigEndian ? ">" : "<"
    let compressor: JSON =
      switch compression {
      case .none: .null
      // Without the member 'checksum', which tensorstore does not know here.
      case .zstd(let level, _): .object([.init("id", .text("zstd")), .init("level", .number("\(level)"))])
      case .gzip(let level): .object([.init("id", .text("gzip")), .init("level", .number("\(level)"))])
      case .blosc(let name, let level, let shuffle):
        .object([
          .init("id", .text("blosc")), .init("cname", .text(name)), .init("clevel", .number("\(level)")),
          .init("shuffle", .number(shuffle == .none ? "0" : shuffle == .bytes ? "1" : "2")),
          .init("blocksize", .number("0")),
        ])
      }
    return .object([
      .init("zarr_format", .number("2")), .init("shape", Self.list(shape)), .init("chunks", Self.list(chunk)),
      .init("dtype", .text(mark + (letters[type] ?? ""))), .init("compressor", compressor),
      .init("fill_value", try FillValue.version2JSON(fillValue?.bytes ?? FillValue.zero(type), type)),
      .init("order", .text("C")), .init("filters", .null), .init("dimension_separator", .text(separator)),
    ])
  }

  private func codecs(_ type: ElementType) throws -> [JSON] {
    var codecs: [JSON] = []
    if let order { codecs.append(Self.named("transpose", [.init("order", Self.list(order))])) }
    let endian: [JSON.Entry] = [.init("endian", .text(isBigEndian ? "big" : "little"))]
    codecs.append(Self.named("bytes", endian))
    switch compression {
    case .none: break
    case .zstd(let level, let checksum):
      codecs.append(Self.named("zstd", [.init("level", .number("\(level)")), .init("checksum", .boolean(checksum))]))
    case .gzip(let level): codecs.append(Self.named("gzip", [.init("level", .number("\(level)"))]))
    case .blosc(let name, let level, let shuffle):
      codecs.append(
        Self.named(
          "blosc",
          [
            .init("cname", .text(name)), .init("clevel", .number("\(level)")),
            .init("shuffle", .text(shuffle.rawValue)),
            .init("typesize", .number("\(type.size)")), .init("blocksize", .number("0")),
          ]))
    }
    if hasChecksum { codecs.append(.object([.init("name", .text("crc32c"))])) }
    return codecs
  }

  private func sharding(_ chunk: [Int], _ codecs: [JSON]) -> JSON {
    let plain = Self.named("bytes", [.init("endian", .text("little"))])
    return Self.named(
      "sharding_indexed",
      [
        .init("chunk_shape", Self.list(chunk)), .init("codecs", .list(codecs)),
        .init("index_codecs", .list([plain, .object([.init("name", .text("crc32c"))])])),
        .init("index_location", .text(isIndexAtStart ? "start" : "end")),
      ])
  }

  private static func list(_ values: [Int]) -> JSON {
    .list(values.map { .number(String($0)) })
  }

  private static func named(_ name: String, _ configuration: [JSON.Entry]) -> JSON {
    .object([.init("name", .text(name)), .init("configuration", .object(configuration))])
  }
}
