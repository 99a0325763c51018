public import Fingerprints
public import SystemPackage

/// A group in a Zarr store, version 2 or 3.
public struct ZarrGroup: Sendable {
  /// The attributes, a map.
  public let attributes: CanonicalValue
  /// The version of the format, 2 or 3.
  public let version: Int
  private let store: ZarrStore

  /// Opens a group of a folder.
  ///
  /// - Parameters:
  ///   - root: The folder of the store.
  ///   - name: The path of the group in the store; empty for the root.
  public init(opening root: FilePath, group name: String = "") throws {
    try self.init(opening: FolderSource(root), group: name)
  }

  /// Opens a group of any store.
  public init(opening source: any ByteSource, group name: String = "") throws {
    let store = try ZarrStore(source, name: name)
    (version, attributes) = try ArrayStoreError.located(store: source.name, array: name) {
      guard case .group(let version, let attributes) = try store.node() else {
        throw ArrayStoreError(.metadataInvalid, "an array stands where a group is wanted")
      }
      return (version, attributes)
    }
    self.store = store
  }

  /// Writes the metadata of a new group.
  ///
  /// - Parameter version: Of the format, 2 or 3.
  public static func write(to root: FilePath, attributes: CanonicalValue = .map([:]), version: Int = 3) throws {
    try ArrayStoreError.located(store: root.string) {
      guard case .map = attributes, [2, 3].contains(version) else {
        throw ArrayStoreError(.invalidArgument, "the attributes of a group are a map, not \(attributes)")
      }
      let folder = try FolderWriter(creating: root)
      func write(_ document: JSON, _ name: String) throws {
        try folder.write(Array((document.formatted + "\n").utf8), to: name)
      }
      let format = JSON.Entry("zarr_format", .number("\(version)"))
      if version == 2 {
        try write(attributes.document, ".zattrs")
        try write(.object([format]), ".zgroup")
      } else {
        try write(
          .object([format, .init("node_type", .text("group")), .init("attributes", attributes.document)]), "zarr.json")
      }
    }
  }

  /// The names of the arrays and groups directly in this group, sorted.
  ///
  /// What a consolidated list says is not asked, as it grows stale in silence: open `ConsolidatedSource` for that.
  public func members() throws -> [String] {
    try ArrayStoreError.located(store: store.source.name, array: store.name) { try store.members() }
  }
}
