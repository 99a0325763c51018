/// Three whole numbers along z, y and x: the size of a volume, or the position of a voxel.
public struct Extent: Hashable, Sendable, Codable, CustomStringConvertible {
  public var z: Int
  public var y: Int
  public var x: Int

  /// An extent from its three numbers.
  public init(z: Int, y: Int, x: Int) {
    self.z = z
    self.y = y
    self.x = x
  }

  /// An extent from its three numbers in the order z, y, x.
  public init(_ z: Int, _ y: Int, _ x: Int) {
    self.init(z: z, y: y, x: x)
  }

  /// Position 0, 0, 0.
  public static let zero = Extent(0, 0, 0)

  /// How many voxels a volume of this size holds.
  public var count: Int { z * y * x }

  /// The three numbers in the order z, y, x.
  public var axes: [Int] { [z, y, x] }

  /// The place of voxel z, y, x in the values of a volume of this size (x runs fastest).
  public func offset(_ z: Int, _ y: Int, _ x: Int) -> Int {
    (z &* self.y &+ y) &* self.x &+ x
  }

  /// The voxel at a place in the values of a volume of this size.
  public func voxel(at offset: Int) -> Extent {
    Extent(offset / (y * x), offset / x % y, offset % x)
  }

  public var description: String { "\(z) x \(y) x \(x)" }
}
