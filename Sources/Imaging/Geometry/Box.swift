/// A half-open box of voxels: `lower` belongs to it, `upper` does not.
public struct Box: Hashable, Sendable, Codable {
  public var lower: Extent
  public var upper: Extent

  /// A box between two corners.
  ///
  /// - Precondition: No axis of `upper` is below that of `lower`.
  public init(lower: Extent, upper: Extent) {
    precondition(
      zip(lower.axes, upper.axes).allSatisfy { $0 <= $1 }, "box: lower \(lower) is above upper \(upper)")
    self.lower = lower
    self.upper = upper
  }

  /// The box of all voxels of a volume.
  public init(_ size: Extent) {
    self.init(lower: .zero, upper: size)
  }

  /// The number of voxels along each axis.
  public var size: Extent { Extent(upper.z - lower.z, upper.y - lower.y, upper.x - lower.x) }

  /// Whether a point lies in the box: `lower` <= point < `upper` on each axis.
  public func contains(_ point: Point) -> Bool {
    Float(lower.z) <= point.z && point.z < Float(upper.z) && Float(lower.y) <= point.y
      && point.y < Float(upper.y) && Float(lower.x) <= point.x && point.x < Float(upper.x)
  }

  /// Whether a voxel lies in the box.
  public func contains(_ voxel: Extent) -> Bool {
    lower.z <= voxel.z && voxel.z < upper.z && lower.y <= voxel.y && voxel.y < upper.y
      && lower.x <= voxel.x && voxel.x < upper.x
  }

  /// The box grown by a margin on each side and cut at the borders of a volume.
  public func grown(by margin: Extent, within size: Extent) -> Box {
    Box(
      lower: Extent(max(0, lower.z - margin.z), max(0, lower.y - margin.y), max(0, lower.x - margin.x)),
      upper: Extent(
        min(size.z, upper.z + margin.z), min(size.y, upper.y + margin.y), min(size.x, upper.x + margin.x)))
  }
}
