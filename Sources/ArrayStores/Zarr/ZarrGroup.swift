public import Fingerprints
import Foundation
public import SystemPackage

/// A group in a Zarr store, version 2 or 3.
public struct ZarrGroup: Sendable {
  /// The attributes, a map.
  public let attributes: CanonicalValue
  /// The version of the format, 2 or 3.
  public let version: Int
  private let folder: FilePath

  /// Opens a group.
  ///
  /// - Parameter name: The path of the group in the store; empty for the root.
  public init(opening root: FilePath, group name: String = "") throws {
    folder = try ZarrStore.path(of: name, in: root)
    (version, attributes) = try ArrayStoreError.located(store: root.string, array: name) {
      guard case .group(let version, let attributes) = try ZarrStore(root: root, name: name).node() else {
        throw ArrayStoreError(.metadataInvalid, "an array stands where a group is wanted")
      }
      return (version, attributes)
    }
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
  public func members() throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.string)
        .filter { name in
          ["zarr.json", ".zarray", ".zgroup"].contains { file in
            FileManager.default.fileExists(atPath: folder.appending(name).appending(file).string)
          }
        }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw ArrayStoreError(.inputOutput, "cannot list '\(folder)': \(error.localizedDescription)")
    }
  }
}
