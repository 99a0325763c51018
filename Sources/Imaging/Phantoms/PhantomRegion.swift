/// A made-up region with the true centres of its cells.
public struct PhantomRegion: Sendable, Equatable {
  /// Role and 1-based number, for example `"test-2"`.
  public let id: String
  public let role: Role
  public let size: Extent
  public let voxelSize: VoxelSize
  /// Counts of the camera in order z, y, x.
  public let values: [UInt16]
  /// The centres of the somata, sorted by z, y, x; not their brightest voxels.
  public let centres: [Point]

  /// The counts as a volume of Float.
  public var volume: Volume {
    Volume(size: size, values: values.map(Float.init), voxelSize: voxelSize)
  }
}
