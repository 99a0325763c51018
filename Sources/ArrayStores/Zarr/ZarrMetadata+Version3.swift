import Fingerprints

extension ZarrMetadata {
  /// Reads the `zarr.json` of an array: Zarr version 3.1.
  static func version3(_ metadata: MetadataReader) throws -> ZarrMetadata {
    let shape = try metadata.integers("shape")
    let type = try dataType(try metadata.required("data_type"))
    let chunkShape = try chunkShape(try extensionPoint(try metadata.required("chunk_grid"), "chunk_grid"))
    try checkShapes(shape, chunkShape)
    let keys = try keyEncoding(try extensionPoint(try metadata.required("chunk_key_encoding"), "chunk_key_encoding"))
    if case .list(let transformers)? = metadata["storage_transformers"], !transformers.isEmpty {
      throw ArrayStoreError(.unsupportedExtension, "storage transformers are not supported")
    }
    try checkUnknownFields(
      metadata,
      known: [
        "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs",
        "attributes", "storage_transformers", "dimension_names",
      ])
    return ZarrMetadata(
      version: 3, shape: shape, type: type, chunkShape: chunkShape, keys: keys,
      fill: try FillValue.bytes(try metadata.required("fill_value"), type),
      codecs: try CodecParser(type: type).chain(try metadata.list("codecs"), chunk: chunkShape),
      dimensionNames: try dimensionNames(metadata, rank: shape.count),
      attributes: try metadata.attributes("attributes"))
  }

  /// The name and the configuration of an extension; the short form of 3.1 is a bare name.
  static func extensionPoint(_ json: JSON, _ what: String) throws -> (name: String, configuration: MetadataReader) {
    if case .text(let name) = json { return (name, try MetadataReader(.object([]), what)) }
    let reader = try MetadataReader(json, "'\(what)'")
    let configuration = try MetadataReader(reader["configuration"] ?? .object([]), "'configuration'")
    return (try reader.text("name"), configuration)
  }

  // MARK: -

  private static func dataType(_ json: JSON) throws -> ElementType {
    let name = try extensionPoint(json, "data_type").name
    guard let type = ElementType(rawValue: name) else {
      throw ArrayStoreError(.unsupportedType, "data type '\(name)' is not supported")
    }
    return type
  }

  private static func chunkShape(_ grid: (name: String, configuration: MetadataReader)) throws -> [Int] {
    guard grid.name == "regular" else {
      throw ArrayStoreError(.unsupportedExtension, "chunk grid '\(grid.name)' is not supported")
    }
    return try grid.configuration.integers("chunk_shape")
  }

  private static func keyEncoding(_ encoding: (name: String, configuration: MetadataReader)) throws -> KeyEncoding {
    guard ["default", "v2"].contains(encoding.name) else {
      throw ArrayStoreError(.unsupportedExtension, "chunk key encoding '\(encoding.name)' is not supported")
    }
    let isDefault = encoding.name == "default"
    let separator =
      encoding.configuration["separator"] == nil
      ? (isDefault ? "/" : ".") : try encoding.configuration.text("separator")
    guard ["/", "."].contains(separator) else {
      throw ArrayStoreError(.metadataInvalid, "separator '\(separator)' is neither '/' nor '.'")
    }
    return KeyEncoding(isPrefixed: isDefault, separator: separator)
  }

  /// Throws for a field that is not known and does not allow to be passed over.
  static func checkUnknownFields(_ metadata: MetadataReader, known: Set<String>) throws {
    for key in metadata.keys where !known.contains(key) {
      guard metadata[key]?["must_understand"] == .boolean(false) else {
        throw ArrayStoreError(.unsupportedExtension, "the metadata has the unknown field '\(key)'")
      }
    }
  }

  private static func dimensionNames(_ metadata: MetadataReader, rank: Int) throws -> [String?]? {
    guard let json = metadata["dimension_names"], json != .null else { return nil }
    let names = try metadata.list("dimension_names").map { name -> String? in
      switch name {
      case .null: return nil
      case .text(let text): return text
      default: throw ArrayStoreError(.metadataInvalid, "dimension name \(name.compact) is not a text")
      }
    }
    guard names.count == rank else {
      throw ArrayStoreError(.metadataInvalid, "\(names.count) dimension names for \(rank) axes")
    }
    return names
  }
}
