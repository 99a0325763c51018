import Fingerprints
public import SystemPackage

extension ZarrGroup {
  /// Writes into the root of a store a list of the metadata of all nodes below: '.zmetadata' in version 2, a field of
  /// 'zarr.json' in version 3, as zarr-python does.
  ///
  /// A list that was there is replaced. Nodes of another version than the root's are left out, as is what stands in
  /// folders without metadata.
  ///
  /// - Throws: `metadata_invalid` where the root is no group, and what reading the nodes throws.
  public static func consolidate(_ root: FilePath) throws {
    try ArrayStoreError.located(store: root.string) {
      let source = FolderSource(root)
      guard case .group(let version, _) = try ZarrStore(source, name: "").node() else {
        throw ArrayStoreError(.metadataInvalid, "an array stands where a group is wanted")
      }
      let folder = try FolderWriter(creating: root)
      var paths: [String] = []
      try collect(below: "", in: source, depth: 0, &paths)
      if version == 2 {
        try folder.replace(try version2(source, [""] + paths), at: ConsolidatedSource.version2Key)
      } else {
        try folder.replace(try version3(source, paths), at: "zarr.json")
      }
    }
  }

  // MARK: -

  /// Groups are not searched deeper than this.
  private static let maximumDepth = 64

  private static func collect(below path: String, in source: FolderSource, depth: Int, _ paths: inout [String]) throws {
    guard depth < maximumDepth else {
      throw ArrayStoreError(.sizeLimit, "groups are nested deeper than \(maximumDepth)")
    }
    for member in try ZarrStore(source, name: path).members() {
      let child = path.isEmpty ? member : path + "/" + member
      paths.append(child)
      guard case .group = try ZarrStore(source, name: child).node() else { continue }
      try collect(below: child, in: source, depth: depth + 1, &paths)
    }
  }

  private static func version2(_ source: FolderSource, _ paths: [String]) throws -> [UInt8] {
    var entries: [JSON.Entry] = []
    for path in paths {
      for name in [".zarray", ".zattrs", ".zgroup"] {
        let key = try ZarrStore(source, name: path).key(name)
        guard let bytes = try source.read(key, limit: ZarrStore.maximumMetadataBytes) else { continue }
        entries.append(.init(key, try MetadataReader(parsing: ZarrStore.withoutWords(bytes), "'\(key)'").document))
      }
    }
    let list = JSON.object([
      .init("zarr_consolidated_format", .number("1")), .init("metadata", .object(entries)),
    ])
    return Array((list.formatted + "\n").utf8)
  }

  private static func version3(_ source: FolderSource, _ paths: [String]) throws -> [UInt8] {
    func document(_ path: String) throws -> MetadataReader? {
      let key = try ZarrStore(source, name: path).key("zarr.json")
      guard let bytes = try source.read(key, limit: ZarrStore.maximumMetadataBytes) else { return nil }
      return try MetadataReader(parsing: bytes, "'\(key)'")
    }
    let field = "consolidated_metadata"
    var nodes: [JSON.Entry] = []
    for path in paths {
      guard let node = try document(path) else { continue }
      nodes.append(.init(path, .object(node.entries.filter { $0.key != field })))
    }
    let root = try document("")?.entries.filter { $0.key != field } ?? []
    let list = JSON.object([
      .init("kind", .text("inline")), .init("must_understand", .boolean(false)), .init("metadata", .object(nodes)),
    ])
    return Array((JSON.object(root + [.init(field, list)]).formatted + "\n").utf8)
  }
}
