/// The distance between neighbouring voxel centres along z, y and x, in micrometres.
public struct VoxelSize: Hashable, Sendable, Codable {
  public var z: Double
  public var y: Double
  public var x: Double

  /// A voxel size in micrometres.
  public init(z: Double, y: Double, x: Double) {
    self.z = z
    self.y = y
    self.x = x
  }

  /// A voxel size in micrometres, in the order z, y, x.
  public init(_ z: Double, _ y: Double, _ x: Double) {
    self.init(z: z, y: y, x: x)
  }

  /// The three sizes in the order z, y, x.
  var vector: SIMD3<Double> { SIMD3(z, y, x) }

  /// The voxel size in the plane: the mean of y and x.
  public var inPlane: Double { (y + x) / 2 }

  /// The sizes relative to the plane; all ones where the voxel size is unknown, since then all is in pixels.
  static func relative(_ size: VoxelSize?) -> SIMD3<Double> {
    guard let size else { return SIMD3(1, 1, 1) }
    return size.vector / size.inPlane
  }
}
