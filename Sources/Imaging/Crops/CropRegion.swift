/// A region that crops are taken from: normalised intensities and, where there are any, centres.
public struct CropRegion: Sendable {
  public let volume: Volume
  public let centres: [Point]
  public let ignore: [Box]
  /// The target around the centres, for the voxel size of this region.
  public let target: BallTarget
  /// The centres outside of the ignore boxes.
  let usable: [Point]

  /// A region from its normalised volume.
  ///
  /// - Parameter tolerance: Of the marker, in pixels of the plane; half of it is the radius of the target.
  public init(volume: Volume, centres: [Point] = [], ignore: [Box] = [], tolerance: Double = 6) {
    self.volume = volume
    self.centres = centres
    self.ignore = ignore
    target = BallTarget(tolerance: tolerance, voxelSize: volume.voxelSize)
    usable = centres.filter { centre in !ignore.contains { $0.contains(centre) } }
  }
}
