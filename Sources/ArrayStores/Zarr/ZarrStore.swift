import Fingerprints

/// A place in a Zarr store: metadata, chunks and members of one node.
struct ZarrStore: Sendable {
  /// What stands at a node.
  enum Node {
    case array(ZarrMetadata)
    case group(version: Int, attributes: CanonicalValue)
  }

  /// Metadata is never larger than this.
  static let maximumMetadataBytes = 1 << 26

  let source: any ByteSource
  /// The node's path in the store, empty for the root.
  let name: String

  /// A name that leaves the store is refused before any file is touched.
  init(_ source: any ByteSource, name: String) throws {
    (self.source, self.name) = (source, name)
    guard !name.isEmpty else { return }
    for part in name.split(separator: "/", omittingEmptySubsequences: false) {
      guard !part.isEmpty, !part.allSatisfy({ $0 == "." }), !part.utf8.contains(0) else {
        throw ArrayStoreError(.pathEscape, "'\(name)' is not a path inside the store", store: source.name)
      }
    }
  }

  /// A key of the node as one of the store.
  func key(_ key: String) -> String {
    name.isEmpty ? key : key.isEmpty ? name : name + "/" + key
  }

  /// The bytes of a chunk; nil when it is not stored.
  func chunk(_ metadata: ZarrMetadata, _ index: [Int]) throws -> (any ByteObject)? {
    if let object = try source.object(key(metadata.keys.key(index))) { return object }
    if metadata.keys.isAssumed, index.count > 1,
      try source.exists(key(index.map(String.init).joined(separator: "/")))
    {
      throw ArrayStoreError(
        .metadataInvalid, "chunks lie in folders, but '.zarray' has no 'dimension_separator': set it to '/'")
    }
    return nil
  }

  /// Reads what stands here.
  func node() throws -> Node {
    if let bytes = try source.read(key("zarr.json"), limit: Self.maximumMetadataBytes) {
      return try version3(try MetadataReader(parsing: bytes, "'zarr.json'"))
    }
    if let bytes = try source.read(key(".zarray"), limit: Self.maximumMetadataBytes) {
      let metadata = try MetadataReader(parsing: bytes, "'.zarray'")
      try checkVersion(metadata, 2)
      return .array(try .version2(metadata, attributes: try version2Attributes()))
    }
    if let bytes = try source.read(key(".zgroup"), limit: Self.maximumMetadataBytes) {
      try checkVersion(try MetadataReader(parsing: bytes, "'.zgroup'"), 2)
      return .group(version: 2, attributes: try version2Attributes())
    }
    guard try source.exists(key("")) else { throw ArrayStoreError(.notFound, "there is no such folder") }
    throw ArrayStoreError(.metadataMissing, "the folder has neither 'zarr.json' nor '.zarray' nor '.zgroup'")
  }

  /// The names of the nodes directly below, sorted by their bytes.
  func members() throws -> [String] {
    try source.members(of: name)
      .filter { member in
        try ["zarr.json", ".zarray", ".zgroup"].contains { try source.exists(key(member + "/" + $0)) }
      }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: -

  private func version3(_ metadata: MetadataReader) throws -> Node {
    try checkVersion(metadata, 3)
    switch try metadata.text("node_type") {
    case "array": return .array(try .version3(metadata))
    case "group":
      try ZarrMetadata.checkUnknownFields(
        metadata, known: ["zarr_format", "node_type", "attributes", "consolidated_metadata"])
      return .group(version: 3, attributes: try metadata.attributes("attributes"))
    case let other: throw ArrayStoreError(.metadataInvalid, "node type '\(other)' is neither 'array' nor 'group'")
    }
  }

  private func checkVersion(_ metadata: MetadataReader, _ version: Int) throws {
    let found = try MetadataReader.integer(try metadata.required("zarr_format"), "zarr_format")
    guard found == version else {
      throw ArrayStoreError(.unsupportedVersion, "zarr format \(found) is not supported here")
    }
  }

  private func version2Attributes() throws -> CanonicalValue {
    guard let bytes = try source.read(key(".zattrs"), limit: Self.maximumMetadataBytes) else { return .map([:]) }
    return CanonicalValue(try MetadataReader(parsing: Self.withoutWords(bytes), "'.zattrs'").document)
  }

  /// Version 2 attributes may hold the words NaN and Infinity, which old writers put there; they become null.
  static func withoutWords(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var (isText, isEscaped) = (false, false)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if !isText, let word = ["NaN", "-Infinity", "Infinity"].first(where: { bytes[index...].starts(with: $0.utf8) }) {
        result += Array("null".utf8)
        index += word.utf8.count
        continue
      }
      if byte == UInt8(ascii: "\""), !isEscaped { isText.toggle() }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      result.append(byte)
      index += 1
    }
    return result
  }
}
