import Fingerprints
import SystemPackage

/// A folder with Zarr nodes in it: names, metadata files, members.
struct ZarrStore: Sendable {
  /// What stands at a node.
  enum Node {
    case array(ZarrMetadata)
    case group(version: Int, attributes: CanonicalValue)
  }

  /// Metadata is never larger than this.
  static let maximumMetadataBytes = 1 << 26

  let source: ByteSource
  /// The node's path in the store, empty for the root.
  let name: String

  init(root: FilePath, name: String) throws {
    source = ByteSource(root: try Self.path(of: name, in: root))
    self.name = name
  }

  /// The folder of a node; a name that leaves the store is refused before any file is touched.
  static func path(of name: String, in root: FilePath) throws -> FilePath {
    if name.isEmpty { return root }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    for part in parts {
      guard !part.isEmpty, !part.allSatisfy({ $0 == "." }), !part.utf8.contains(0) else {
        throw ArrayStoreError(.pathEscape, "'\(name)' is not a path inside the store", store: root.string)
      }
    }
    return parts.reduce(root) { $0.appending(String($1)) }
  }

  func node() throws -> Node {
    if let bytes = try source.read("zarr.json", limit: Self.maximumMetadataBytes) {
      return try version3(try MetadataReader(parsing: bytes, "'zarr.json'"))
    }
    if let bytes = try source.read(".zarray", limit: Self.maximumMetadataBytes) {
      let metadata = try MetadataReader(parsing: bytes, "'.zarray'")
      try checkVersion(metadata, 2)
      return .array(try .version2(metadata, attributes: try version2Attributes()))
    }
    if let bytes = try source.read(".zgroup", limit: Self.maximumMetadataBytes) {
      try checkVersion(try MetadataReader(parsing: bytes, "'.zgroup'"), 2)
      return .group(version: 2, attributes: try version2Attributes())
    }
    guard source.exists else { throw ArrayStoreError(.notFound, "there is no such folder") }
    throw ArrayStoreError(.metadataMissing, "the folder has neither 'zarr.json' nor '.zarray' nor '.zgroup'")
  }

  // MARK: -

  private func version3(_ metadata: MetadataReader) throws -> Node {
    try checkVersion(metadata, 3)
    switch try metadata.text("node_type") {
    case "array": return .array(try .version3(metadata))
    case "group": return .group(version: 3, attributes: try metadata.attributes("attributes"))
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
    guard let bytes = try source.read(".zattrs", limit: Self.maximumMetadataBytes) else { return .map([:]) }
    return CanonicalValue(try MetadataReader(parsing: Self.withoutWords(bytes), "'.zattrs'").document)
  }

  /// Version 2 attributes may hold the words NaN and Infinity, which old writers put there; they become null.
  private static func withoutWords(_ bytes: [UInt8]) -> [UInt8] {
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
