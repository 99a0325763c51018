/// A region cut into blocks of about equal size.
struct BlockGrid {
  /// How many blocks lie along each axis.
  let counts: [Int]
  private let size: Extent

  /// Blocks of about a side.
  ///
  /// - Parameters:
  ///   - side: In pixels of the plane.
  ///   - voxelSize: Blocks are cubes in micrometres where it is known, in voxels where not.
  init(size: Extent, side: Double, voxelSize: VoxelSize?) {
    self.size = size
    let relative = VoxelSize.relative(voxelSize)
    counts = (0..<3).map { axis in max(1, Int((Double(size.axes[axis]) * relative[axis] / side).rounded())) }
  }

  var count: Int { counts.reduce(1, *) }

  /// The block that a point lies in; points beyond the border belong to the nearest.
  func block(of point: Point) -> Int {
    let place = point.vector
    return (0..<3).reduce(0) { block, axis in
      let share = (place[axis] + 0.5) / Double(max(1, size.axes[axis]))
      let index = min(counts[axis] - 1, max(0, Int(share * Double(counts[axis]))))
      return block * counts[axis] + index
    }
  }
}
