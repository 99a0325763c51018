import Fingerprints

extension ZarrMetadata {
  /// Reads the `.zarray` of an array: Zarr version 2.
  static func version2(_ metadata: MetadataReader, attributes: CanonicalValue) throws -> ZarrMetadata {
    let shape = try metadata.integers("shape")
    let chunkShape = try metadata.integers("chunks")
    try checkShapes(shape, chunkShape)
    let (type, bigEndian) = try dataType(try metadata.required("dtype"))
    guard case .text(let order) = try metadata.required("order"), ["C", "F"].contains(order) else {
      throw ArrayStoreError(.metadataInvalid, "'order' is neither 'C' nor 'F'")
    }
    let filters = try filters(try metadata.required("filters"), type)
    let axes = Array(shape.indices)
    return ZarrMetadata(
      version: 2, shape: shape, type: type, chunkShape: chunkShape, keys: try keys(metadata),
      fill: try fill(try metadata.required("fill_value"), type),
      codecs: CodecChain(
        order: order == "F" ? axes.reversed() : axes, layout: .plain(bigEndian: bigEndian),
        codecs: filters + (try compressor(try metadata.required("compressor"), type))),
      dimensionNames: nil, attributes: attributes)
  }

  // MARK: -

  /// A dtype in NumPy's letters: byte order, kind, size.
  private static func dataType(_ json: JSON) throws -> (ElementType, bigEndian: Bool) {
    if case .list = json { throw ArrayStoreError(.unsupportedType, "records are not supported") }
    guard case .text(let name) = json else {
      throw ArrayStoreError(.metadataInvalid, "'dtype' is \(json.compact), which is not a text")
    }
    let types: [String: ElementType] = [
      "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32,
      "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
    ]
    guard let first = name.first, "<>|".contains(first), let type = types[String(name.dropFirst())],
      type.size == 1 || first != "|"
    else { throw ArrayStoreError(.unsupportedType, "dtype '\(name)' is not supported") }
    return (type, first == ">" && type.size > 1)
  }

  private static func keys(_ metadata: MetadataReader) throws -> KeyEncoding {
    guard let json = metadata["dimension_separator"] else {
      return KeyEncoding(isPrefixed: false, separator: ".", isAssumed: true)
    }
    guard case .text(let separator) = json, ["/", "."].contains(separator) else {
      throw ArrayStoreError(.metadataInvalid, "dimension separator \(json.compact) is neither '/' nor '.'")
    }
    return KeyEncoding(isPrefixed: false, separator: separator)
  }

  private static func fill(_ json: JSON, _ type: ElementType) throws -> [UInt8] {
    // The text leaves null open; every reader takes zero.
    if json == .null { return FillValue.zero(type) }
    if type == .bool, case .number(let lexeme) = json, ["0", "1"].contains(lexeme) { return [lexeme == "1" ? 1 : 0] }
    return try FillValue.bytes(json, type)
  }

  private static func filters(_ json: JSON, _ type: ElementType) throws -> [ByteCodec] {
    guard case .list(let filters) = json else { return [] }
    return try filters.map { filter in
      let reader = try MetadataReader(filter, "a filter")
      let name = try reader.text("id")
      guard name == "shuffle" else {
        // Compressors may stand among the filters, too.
        guard compressors.contains(name), let codec = try compressor(filter, type).first else {
          throw ArrayStoreError(.unsupportedCodec, "filter '\(name)' is not supported")
        }
        return codec
      }
      let size = try reader["elementsize"].map { try MetadataReader.integer($0, "elementsize") } ?? 4
      guard size > 0 else { throw ArrayStoreError(.metadataInvalid, "filter 'shuffle' has elements of \(size) bytes") }
      return .shuffle(elementSize: size)
    }
  }

  private static let compressors: Set = ["zlib", "gzip", "zstd", "blosc", "lz4", "bz2"]

  private static func compressor(_ json: JSON, _ type: ElementType) throws -> [ByteCodec] {
    if json == .null { return [] }
    let name = try MetadataReader(json, "'compressor'").text("id")
    // Levels matter only to those who write into an array that is there.
    let reader = try MetadataReader(json, "'compressor'")
    func level(_ standard: Int32) throws -> Int32 {
      guard let json = reader["level"] else { return standard }
      return Int32(clamping: try MetadataReader.integer(json, "level"))
    }
    switch name {
    case "zlib": return [.zlib(level: try level(1))]
    case "gzip": return [.gzip(level: try level(1))]
    case "zstd": return [.zstd(level: try level(3), checksum: false)]
    case "blosc": return [.blosc(blosc(reader, type))]
    case "lz4": return [.lz4]
    case "bz2": return [.bzip2(level: min(max(try level(1), 1), 9))]
    default: throw ArrayStoreError(.unsupportedCodec, "compressor '\(name)' is not supported")
    }
  }

  /// What a writer would do; a reader goes by the header of each buffer.
  private static func blosc(_ reader: MetadataReader, _ type: ElementType) -> Blosc {
    var blosc = Blosc(elementSize: type.size)
    if case .text(let name)? = reader["cname"], Blosc.compressors.contains(name) { blosc.compressor = name }
    if case .number(let lexeme)? = reader["clevel"], let level = Int32(lexeme), (0...9).contains(level) {
      blosc.level = level
    }
    if case .number(let lexeme)? = reader["shuffle"], let shuffle = Int32(lexeme) {
      // -1 leaves the choice: bits for elements of one byte, else bytes.
      blosc.shuffle = (0...2).contains(shuffle) ? shuffle : type.size == 1 ? 2 : 1
    }
    return blosc
  }
}
