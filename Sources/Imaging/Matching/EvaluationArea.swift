/// Which part of a region counts: not the ignore boxes, not a margin at its border.
public struct EvaluationArea: Sendable, Hashable, Codable {
  public let size: Extent
  public let ignore: [Box]
  /// Pixels at each side that do not count.
  public let border: Int

  /// The area of a region of a size.
  public init(size: Extent, ignore: [Box] = [], border: Int = 0) {
    self.size = size
    self.ignore = ignore
    self.border = border
  }

  /// Whether a point counts: in no ignore box, and at least `border` pixels from the outermost voxel centres.
  public func contains(_ point: Point) -> Bool {
    if ignore.contains(where: { $0.contains(point) }) { return false }
    guard border > 0 else { return true }
    let margin = Float(border)
    return point.z >= margin && point.y >= margin && point.x >= margin
      && point.z <= Float(size.z - 1) - margin && point.y <= Float(size.y - 1) - margin
      && point.x <= Float(size.x - 1) - margin
  }
}
