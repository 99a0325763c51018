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

  /// Writes the metadata of a new group, version 3.
  public static func write(to root: FilePath, attributes: CanonicalValue = .map([:])) throws {
    try ArrayStoreError.located(store: root.string) {
      guard case .map = attributes else {
        throw ArrayStoreError(.invalidArgument, "the attributes of a group are a map, not \(attributes)")
      }
      let document = JSON.object([
        .init("zarr_format", .number("3")), .init("node_type", .text("group")),
        .init("attributes", attributes.document),
      ])
      try FolderWriter(creating: root).write(Array((document.formatted + "\n").utf8), to: "zarr.json")
    }
  }

  /// The names of the arrays and groups directly in this group, sorted.
  ///
  /// What a consolidated list says is not asked: it grows stale in silence.
  public func members() throws -> [String] {
    try ArrayStoreError.located(store: store.source.name, array: store.name) { try store.members() }
  }
}
