import Tensors

/// What fluoresces, voxel by voxel, before the microscope: brightness relative to the background.
struct PhantomCanvas: Sendable {
  let size: Extent
  /// The voxel size in micrometres.
  let voxel: SIMD3<Double>
  /// Bodies: where two touch, the brighter one counts.
  private(set) var bodies: [Float]
  /// Processes: where two cross, both count.
  private(set) var processes: [Float]

  init(size: Extent, voxel: SIMD3<Double>) {
    self.size = size
    self.voxel = voxel
    bodies = [Float](repeating: 0, count: size.count)
    processes = bodies
  }

  /// The far corner in micrometres.
  var bounds: SIMD3<Double> { SIMD3(Double(size.z), Double(size.y), Double(size.x)) * voxel }

  // MARK: - Drawing

  /// Paints an ellipsoid whose brightness follows a profile of the relative radius (1 at its surface).
  ///
  /// - Parameter axes: The three half axes, perpendicular to each other, in micrometres.
  mutating func paint(
    at centre: SIMD3<Double>, axes: [SIMD3<Double>], reach: Double, profile: (Double) -> Double
  ) {
    let inverse = axes.map { $0 / ($0 * $0).sum() }
    let largest = reach * (axes.map { ($0 * $0).sum() }.max() ?? 0).squareRoot()
    forEachVoxel(around: centre, within: largest) { offset, apart in
      let local = SIMD3(
        (inverse[0] * apart).sum(), (inverse[1] * apart).sum(), (inverse[2] * apart).sum())
      let radius = (local * local).sum().squareRoot()
      if radius < reach { bodies[offset] = max(bodies[offset], Float(profile(radius))) }
    }
  }

  /// Adds light at a point, shared among the eight voxels around it.
  mutating func deposit(_ amount: Double, at point: SIMD3<Double>) {
    let place = point / voxel
    let base = place.rounded(.down)
    let part = place - base
    let corner = SIMD3<Int>(base)
    guard corner[0] >= -1, corner[1] >= -1, corner[2] >= -1 else { return }
    guard corner[0] < size.z, corner[1] < size.y, corner[2] < size.x else { return }
    for step in 0..<8 {
      let z = corner[0] + (step >> 2)
      let y = corner[1] + (step >> 1 & 1)
      let x = corner[2] + (step & 1)
      guard z >= 0, y >= 0, x >= 0, z < size.z, y < size.y, x < size.x else { continue }
      let share =
        (step >> 2 == 1 ? part[0] : 1 - part[0]) * (step >> 1 & 1 == 1 ? part[1] : 1 - part[1])
        * (step & 1 == 1 ? part[2] : 1 - part[2])
      processes[size.offset(z, y, x)] += Float(amount * share)
    }
  }

  /// Calls a closure with each voxel near a point and its distance from it in micrometres.
  func forEachVoxel(around centre: SIMD3<Double>, within radius: Double, _ visit: (Int, SIMD3<Double>) -> Void) {
    let low = ((centre - radius) / voxel).rounded(.up)
    let high = ((centre + radius) / voxel).rounded(.down)
    let from = SIMD3(max(0, Int(low[0])), max(0, Int(low[1])), max(0, Int(low[2])))
    let to = SIMD3(min(size.z - 1, Int(high[0])), min(size.y - 1, Int(high[1])), min(size.x - 1, Int(high[2])))
    guard from[0] <= to[0], from[1] <= to[1], from[2] <= to[2] else { return }
    for z in from[0]...to[0] {
      for y in from[1]...to[1] {
        for x in from[2]...to[2] {
          let apart = SIMD3(Double(z), Double(y), Double(x)) * voxel - centre
          visit(size.offset(z, y, x), apart)
        }
      }
    }
  }
}
