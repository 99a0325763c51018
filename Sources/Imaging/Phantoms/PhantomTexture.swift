import Tensors

/// Random textures of mean 0 and standard deviation 1.
enum PhantomTexture {
  /// Slow changes over 30 to 60 pixels, from a coarse grid of random numbers.
  static func smooth(_ size: Extent, random: inout Philox) -> [Float] {
    let spacing = 12.0
    let coarse = Extent(
      Int(Double(size.z) / 5) + 3, Int(Double(size.y) / spacing) + 3, Int(Double(size.x) / spacing) + 3)
    let field = normalised(noise(coarse, random: &random), coarse, sigma: SIMD3(1.3, 1.3, 1.3))
    var result = [Float](repeating: 0, count: size.count)
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let place = SIMD3(Double(z) / 5, Double(y) / spacing, Double(x) / spacing)
          result[size.offset(z, y, x)] = sample(field, coarse, at: SIMD3<Float>(place))
        }
      }
    }
    return result
  }

  /// The grain of neuropil: changes over about two pixels.
  static func fine(_ size: Extent, random: inout Philox) -> [Float] {
    normalised(noise(size, random: &random), size, sigma: SIMD3(1, 1.6, 1.6))
  }

  // MARK: - Private

  /// Cheap noise of mean 0 and variance 1: the sum of two uniforms, enough where it is smoothed anyway.
  private static func noise(_ size: Extent, random: inout Philox) -> [Float] {
    let scale = Float(6).squareRoot() * 0x1p-32
    return (0..<size.count).map { _ in
      let word = random.next()
      return scale * (Float(word >> 32) + Float(word & 0xFFFF_FFFF)) - Float(6).squareRoot()
    }
  }

  private static func normalised(_ values: [Float], _ size: Extent, sigma: SIMD3<Double>) -> [Float] {
    let smooth = GaussianFilter.applied(to: values, size: size, sigma: sigma)
    let square = smooth.reduce(0.0) { $0 + Double($1) * Double($1) }
    let scale = Float(1 / (square / Double(max(1, size.count))).squareRoot())
    return smooth.map { $0 * scale }
  }

  private static func sample(_ field: [Float], _ size: Extent, at place: SIMD3<Float>) -> Float {
    let base = SIMD3<Int32>(place.rounded(.down))
    // A smooth step instead of the plain share, so that the grid leaves no creases.
    let part = place - SIMD3<Float>(base)
    let share = part * part * (3 - 2 * part)
    var sum: Float = 0
    for dz in 0..<2 {
      for dy in 0..<2 {
        let start = size.offset(Int(base[0]) + dz, Int(base[1]) + dy, Int(base[2]))
        let weight = (dz == 1 ? share[0] : 1 - share[0]) * (dy == 1 ? share[1] : 1 - share[1])
        sum += weight * (field[start] * (1 - share[2]) + field[start + 1] * share[2])
      }
    }
    return sum
  }
}
