import Tensors

/// Directions and paths in space.
extension Philox {
  /// A direction, uniform on the sphere.
  mutating func direction() -> SIMD3<Double> {
    while true {
      let vector = SIMD3(uniform(in: -1...1), uniform(in: -1...1), uniform(in: -1...1))
      let length = (vector * vector).sum()
      if length > 1e-4 && length <= 1 { return vector / length.squareRoot() }
    }
  }

  /// Three perpendicular unit vectors, the first as given.
  mutating func frame(along first: SIMD3<Double>) -> [SIMD3<Double>] {
    var second = SIMD3<Double>(repeating: 0)
    var length = 0.0
    while length < 0.1 {
      let other = direction()
      second = other - (other * first).sum() * first
      length = (second * second).sum().squareRoot()
    }
    second /= length
    let third = SIMD3(
      first[1] * second[2] - first[2] * second[1], first[2] * second[0] - first[0] * second[2],
      first[0] * second[1] - first[1] * second[0])
    return [first, second, third]
  }

  /// The points of a winding path of a length in micrometres, 0.9 um apart.
  ///
  /// - Parameter winding: How much the direction changes a step; 0 is straight.
  mutating func path(
    from start: SIMD3<Double>, heading: SIMD3<Double>, length: Double, winding: Double
  ) -> [SIMD3<Double>] {
    var place = start
    var course = heading
    return (0..<max(1, Int(length / 0.9))).map { _ in
      course += winding * SIMD3(normal(), normal(), normal())
      course /= (course * course).sum().squareRoot()
      place += 0.9 * course
      return place
    }
  }
}
