/// A position in a volume in voxels: 0-based, whole numbers at voxel centres.
public struct Point: Hashable, Sendable, Codable {
  public var z: Float
  public var y: Float
  public var x: Float

  /// A point from its three coordinates.
  public init(z: Float, y: Float, x: Float) {
    self.z = z
    self.y = y
    self.x = x
  }

  /// A point from its three coordinates in the order z, y, x.
  public init(_ z: Float, _ y: Float, _ x: Float) {
    self.init(z: z, y: y, x: x)
  }

  /// The centre of a voxel.
  public init(_ voxel: Extent) {
    self.init(Float(voxel.z), Float(voxel.y), Float(voxel.x))
  }

  /// The coordinates in double precision, in the order z, y, x.
  var vector: SIMD3<Double> { SIMD3(Double(z), Double(y), Double(x)) }
}
