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
    let step = max(1, side / 4)
    let starts = zip(zip(size.axes, shape), [1, step, step]).map { Starts(size: $0.0, extent: $0.1, step: $1) }
    let counts = Self.counts(of: annotations, starts: starts)
    let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
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

  /// How many annotations lie in each window that has some, by the rank of its start in order z, y, x.
  ///
  /// Only those are held: a large region has more windows than there is memory for.
  private static func counts(of annotations: [Point], starts: [Starts]) -> [Int: Int] {
    var counts: [Int: Int] = [:]
    for point in annotations {
      let hits = zip([point.z, point.y, point.x], starts).map { $1.reaching(over: $0) }
      for z in hits[0] {
        for y in hits[1] {
          for x in hits[2] { counts[(z * starts[1].count + y) * starts[2].count + x, default: 0] += 1 }
        }
      }
    }
    return counts
  }

  /// Whether a cell is marked on a single plane: its centre lies at most one plane away.
  static func isNear(_ point: Point, _ plane: Int) -> Bool { (point.z - Float(plane)).magnitude <= 1 }
}

/// Where windows start along one axis: every so many voxels, and where the last one ends with the region.
private struct Starts {
  private let step: Int
  private let extent: Int
  private let last: Int
  let count: Int

  init(size: Int, extent: Int, step: Int) {
    (self.step, self.extent) = (step, extent)
    last = max(0, size - extent)
    count = (last + step - 1) / step + 1
  }

  subscript(place: Int) -> Int { min(place * step, last) }

  /// The places of the windows that reach over a coordinate.
  func reaching(over coordinate: Float) -> Range<Int> {
    guard coordinate >= 0, coordinate < Float(last + extent) else { return 0..<0 }
    let voxel = Int(coordinate)
    let first = voxel < extent ? 0 : min(count - 1, (voxel - extent) / step + 1)
    return first..<(voxel >= last ? count : voxel / step + 1)
  }
}

extension VoxelSize {
  /// `4 x 1.8 x 1.8`, in micrometres, along z, y and x.
  var product: String { [z, y, x].map { trimmed($0, decimals: 3) }.joined(separator: " x ") }
}
