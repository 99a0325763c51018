import Imaging

/// The part of a region that is shown: where annotations are most, whatever a detector says of them.
struct PictureWindow: Equatable {
  /// What is shown; its planes are those of the maximum projection.
  let box: Imaging.Box
  /// The plane that is shown alone.
  let plane: Int

  /// Voxels along y and x of the largest window.
  static let side = 112

  /// The window of a region with the most annotations, of equals the first.
  ///
  /// - Parameters:
  ///   - tolerance: In pixels of the plane; as many planes are projected as twice that is in micrometres, at least three.
  ///   - annotations: In voxels of the region.
  init(of size: Extent, voxelSize: VoxelSize?, tolerance: Double, annotations: [Point], side: Int = Self.side) {
    let wanted = 2 * tolerance * (voxelSize.map { $0.inPlane / $0.z } ?? 1)
    let shape = [min(size.z, max(3, Int(wanted.rounded()))), min(size.y, side), min(size.x, side)]
    let steps = [1, max(1, side / 4), max(1, side / 4)]
    let starts = (0..<3).map { axis -> [Int] in
      let last = max(0, size.axes[axis] - shape[axis])
      return Array(stride(from: 0, to: last, by: steps[axis])) + [last]
    }
    let counts = Self.counts(of: annotations, starts: starts, shape: shape)
    let most = counts.indices.max { (counts[$0], $1) < (counts[$1], $0) } ?? 0
    let lower = Extent(
      starts[0][most / (starts[1].count * starts[2].count)], starts[1][most / starts[2].count % starts[1].count],
      starts[2][most % starts[2].count])
    let box = Imaging.Box(
      lower: lower, upper: Extent(lower.z + shape[0], lower.y + shape[1], lower.x + shape[2]))
    self.box = box
    let inside = annotations.filter { box.contains($0) }
    let near = (box.lower.z..<box.upper.z).map { plane in (plane, inside.count { Self.isNear($0, plane) }) }
    plane = near.max { ($0.1, $1.0) < ($1.1, $0.0) }?.0 ?? lower.z
  }

  /// How many annotations lie in each window, by its start along z, y and x.
  private static func counts(of annotations: [Point], starts: [[Int]], shape: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: starts.reduce(1) { $0 * $1.count })
    for point in annotations {
      let place = [point.z, point.y, point.x]
      // A grid of few starts an axis: those whose window reaches over the point.
      let hits = (0..<3).map { axis in
        starts[axis].indices.filter {
          Float(starts[axis][$0]) <= place[axis] && place[axis] < Float(starts[axis][$0] + shape[axis])
        }
      }
      for z in hits[0] {
        for y in hits[1] {
          for x in hits[2] { counts[(z * starts[1].count + y) * starts[2].count + x] += 1 }
        }
      }
    }
    return counts
  }

  /// Whether a cell is marked on a single plane: its centre lies at most one plane away.
  static func isNear(_ point: Point, _ plane: Int) -> Bool { (point.z - Float(plane)).magnitude <= 1 }
}
