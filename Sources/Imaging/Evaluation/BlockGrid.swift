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
    counts = (0..<3).map { axis in
      let blocks = (Double(size.axes[axis]) * relative[axis] / side).rounded()
      return blocks.isNaN ? 1 : Int(min(1e9, max(1, blocks)))
    }
  }

  var count: Int { counts.reduce(1, *) }

  /// The count where it might be too large for an `Int`.
  var total: Double { counts.reduce(1) { $0 * Double($1) } }

  /// The block that a point lies in; points beyond the border belong to the nearest.
  func block(of point: Point) -> Int {
    let place = point.vector
    return (0..<3).reduce(0) { block, axis in
      let share = (place[axis] + 0.5) / Double(max(1, size.axes[axis]))
      // Clamped before it becomes an Int: a point may lie anywhere.
      let index = Int(min(Double(counts[axis] - 1), max(0, share * Double(counts[axis]))))
      return block * counts[axis] + index
    }
  }
}
