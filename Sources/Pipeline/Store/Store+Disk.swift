public import SystemPackage

/// The disk that a store is on.
extension Store {
  /// How much room there is.
  public struct Disk: Sendable, Hashable {
    /// Bytes that may still be written.
    public let free: Int
    /// Bytes in all.
    public let size: Int

    /// Whether less than a tenth is left.
    public var isNearlyFull: Bool { free < size / 10 }
  }

  /// The room on the disk of the store.
  public func disk() throws -> Disk { try Self.disk(of: root) }

  /// The room on the disk of a store that need not be there yet.
  public static func disk(of path: FilePath) throws -> Disk {
    var folder = path
    while try Posix.status(of: folder) == nil {
      let above = folder.removingLastComponent()
      folder = above.isEmpty ? "." : above
    }
    let room = try Posix.room(at: folder)
    return Disk(free: room.free, size: room.size)
  }
}
