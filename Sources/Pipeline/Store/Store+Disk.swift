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
  public func disk() throws -> Disk {
    let room = try Posix.room(at: root)
    return Disk(free: room.free, size: room.size)
  }
}
