import Fingerprints
public import SystemPackage

/// A Zarr store whose metadata comes from the list that its root keeps of all nodes: consolidated metadata.
///
/// Metadata is then read once for all nodes, and a store that cannot be listed can be walked. The list
/// grows stale when nodes change without it, so that readers ask the nodes themselves unless they are
/// given this source. Chunks come from the store behind.
public struct ConsolidatedSource: ByteSource {
  /// Names of files with metadata.
  static let names: Set = ["zarr.json", ".zarray", ".zgroup", ".zattrs"]
  /// The name of the list in version 2.
  static let version2Key = ".zmetadata"

  private let store: any ByteSource
  private let documents: [String: [UInt8]]

  /// The consolidated store in a folder; see `init(_:)`.
  public init?(opening root: FilePath) throws {
    try self.init(FolderSource(root))
  }

  /// The store behind a source; nil where its root has no list.
  ///
  /// - Throws: `metadata_json` and `metadata_invalid` for a list that is damaged, `path_escape` for one
  ///   whose paths leave the store, `io_error`.
  public init?(_ store: any ByteSource) throws {
    let found = try ArrayStoreError.located(store: store.name) {
      try Self.version3(store) ?? Self.version2(store)
    }
    guard let found else { return nil }
    (self.store, documents) = (store, found)
  }

  // MARK: -

  /// What the store is called in messages.
  public var name: String { store.name }

  /// The paths of all arrays and groups, sorted; the root is the empty path.
  public var paths: [String] {
    let nodes = documents.keys.filter { !$0.hasSuffix(".zattrs") }.map(Self.folder(of:))
    return Set(nodes).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The object of a key: of the list for metadata, of the store behind for chunks.
  public func object(_ key: String) throws -> (any ByteObject)? {
    guard Self.names.contains(Self.name(of: key)) else { return try store.object(key) }
    return documents[key].map(MemoryObject.init)
  }

  /// Whether anything stands at a key or below it.
  public func exists(_ key: String) throws -> Bool {
    if Self.names.contains(Self.name(of: key)) { return documents[key] != nil }
    if key.isEmpty || documents.keys.contains(where: { $0.hasPrefix(key + "/") }) { return true }
    return try store.exists(key)
  }

  /// The names of the nodes directly below a key, in any order; chunks are not listed.
  public func members(of key: String) throws -> [String] {
    MemorySource(documents).members(of: key)
  }

  // MARK: -

  private static func name(of key: String) -> String { key.split(separator: "/").last.map(String.init) ?? "" }

  private static func folder(of key: String) -> String {
    key.split(separator: "/").dropLast().joined(separator: "/")
  }

  /// Inline in the root's 'zarr.json', by the paths of the nodes.
  private static func version3(_ store: any ByteSource) throws -> [String: [UInt8]]? {
    guard let bytes = try store.read("zarr.json", limit: ZarrStore.maximumMetadataBytes) else { return nil }
    let root = try MetadataReader(parsing: bytes, "'zarr.json'")
    guard let json = root["consolidated_metadata"], json != .null else { return nil }
    let list = try MetadataReader(json, "'consolidated_metadata'")
    guard try list.text("kind") == "inline" else { return nil }
    var documents = ["zarr.json": bytes]
    for node in try list.object("metadata").entries {
      try check(node.key, in: store)
      documents[node.key + "/zarr.json"] = Array(node.value.compact.utf8)
    }
    return documents
  }

  /// In a file of its own, by the keys of the metadata.
  private static func version2(_ store: any ByteSource) throws -> [String: [UInt8]]? {
    guard let bytes = try store.read(version2Key, limit: ZarrStore.maximumMetadataBytes) else { return nil }
    let root = try MetadataReader(parsing: ZarrStore.withoutWords(bytes), "'\(version2Key)'")
    let version = try MetadataReader.integer(try root.required("zarr_consolidated_format"), "zarr_consolidated_format")
    guard version == 1 else {
      throw ArrayStoreError(.unsupportedVersion, "consolidated metadata of version \(version) is not supported")
    }
    var documents: [String: [UInt8]] = [:]
    for entry in try root.object("metadata").entries {
      guard names.contains(name(of: entry.key)) else {
        throw ArrayStoreError(.metadataInvalid, "'\(entry.key)' is no key of metadata")
      }
      try check(folder(of: entry.key), in: store)
      documents[entry.key] = Array(entry.value.compact.utf8)
    }
    return documents
  }

  /// Throws `path_escape` for a path that leaves the store.
  private static func check(_ path: String, in store: any ByteSource) throws {
    _ = try ZarrStore(store, name: path)
  }
}
