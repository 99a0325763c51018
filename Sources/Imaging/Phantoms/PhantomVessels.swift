import Tensors

/// Blood vessels of a region: winding tubes that stay dark.
struct PhantomVessels: Sendable {
  /// One vessel: the points of its axis, 0.9 um apart, and its radius in micrometres.
  struct Vessel: Sendable {
    let axis: [SIMD3<Double>]
    let radius: Double
  }

  let vessels: [Vessel]

  /// Draws vessels through a region, about 700 to a cubic millimetre.
  init(in bounds: SIMD3<Double>, random: inout Philox) {
    let count = max(3, Int(bounds[0] * bounds[1] * bounds[2] * 7e-7))
    vessels = (0..<count).map { _ in
      let start = SIMD3(random.uniform(), random.uniform(), random.uniform()) * bounds
      let radius = random.uniform() < 0.2 ? random.uniform(in: 5...7.5) : random.uniform(in: 2.5...4)
      let heading = random.direction()
      let length = random.uniform(in: 120...300)
      return Vessel(axis: random.path(from: start, heading: heading, length: length, winding: 0.08), radius: radius)
    }
  }

  /// The nearest point of any vessel's axis within a distance of a point, with that vessel's radius.
  func nearest(to point: SIMD3<Double>, within reach: Double) -> (point: SIMD3<Double>, radius: Double)? {
    var best: (point: SIMD3<Double>, radius: Double)?
    var least = reach * reach
    for vessel in vessels {
      for place in vessel.axis {
        let apart = place - point
        let distance = (apart * apart).sum()
        if distance < least {
          least = distance
          best = (place, vessel.radius)
        }
      }
    }
    return best
  }

  /// How much of each voxel is vessel, from 0 to 1.
  func coverage(of canvas: PhantomCanvas) -> [Float] {
    var covered = [Float](repeating: 0, count: canvas.size.count)
    for vessel in vessels {
      for place in stride(from: 0, to: vessel.axis.count, by: 2) {
        let radius = vessel.radius
        canvas.forEachVoxel(around: vessel.axis[place], within: radius + 2) { offset, apart in
          let distance = (apart * apart).sum().squareRoot()
          let share = min(1, max(0, 0.5 + (radius - distance) / 2.5))
          covered[offset] = max(covered[offset], Float(share))
        }
      }
    }
    return covered
  }
}
