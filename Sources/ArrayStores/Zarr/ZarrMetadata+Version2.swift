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
    let filters = try metadata.required("filters")
    if case .list(let values) = filters, let first = values.first {
      throw ArrayStoreError(
        .unsupportedCodec, "filter '\(try MetadataReader(first, "a filter").text("id"))' is not supported")
    }
    let axes = Array(shape.indices)
    return ZarrMetadata(
      version: 2, shape: shape, type: type, chunkShape: chunkShape, keys: try keys(metadata),
      fill: try fill(try metadata.required("fill_value"), type),
      codecs: CodecChain(
        order: order == "F" ? axes.reversed() : axes, layout: .plain(bigEndian: bigEndian),
        compressions: try compressions(try metadata.required("compressor"))),
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
      "u8": .uint64, "f4": .float32, "f8": .float64,
    ]
    guard let first = name.first, "<>|".contains(first), let type = types[String(name.dropFirst())],
      type.size == 1 || first != "|"
    else { throw ArrayStoreError(.unsupportedType, "dtype '\(name)' is not supported") }
    return (type, first == ">" && type.size > 1)
  }

  private static func keys(_ metadata: MetadataReader) throws -> KeyEncoding {
    guard let json = metadata["dimension_separator"] else { return KeyEncoding(isPrefixed: false, separator: ".") }
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

  private static func compressions(_ json: JSON) throws -> [CodecChain.Compression] {
    if json == .null { return [] }
    let name = try MetadataReader(json, "'compressor'").text("id")
    switch name {
    case "zlib": return [.zlib]
    case "gzip": return [.gzip]
    case "zstd": return [.zstd]
    default: throw ArrayStoreError(.unsupportedCodec, "compressor '\(name)' is not supported")
    }
  }
}
