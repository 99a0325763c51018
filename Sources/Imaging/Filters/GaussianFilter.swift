import Tensors

/// Smoothing by a Gaussian along each axis in turn, mirrored at the borders.
///
/// The kernel is sampled at whole voxels, cut at four standard deviations and scaled to sum 1, and the edge voxel
/// is repeated by the mirror: equal to `scipy.ndimage.gaussian_filter` with its defaults, up to rounding.
public enum GaussianFilter {
  /// The smoothed volume.
  ///
  /// - Parameter sigma: The standard deviations along z, y and x in voxels; an axis with 0 is left alone.
  /// - Complexity: O(voxels · kernel length), one axis after the other.
  public static func applied(to volume: Volume, sigma: SIMD3<Double>) -> Volume {
    volume.with(applied(to: volume.values, size: volume.size, sigma: sigma))
  }

  /// The smoothed values of a volume of a size.
  static func applied(to values: [Float], size: Extent, sigma: SIMD3<Double>) -> [Float] {
    guard size.count > 0 else { return values }
    var current = values
    let plane = size.y * size.x
    if sigma[0] > 0 {
      current = across(current, outer: 1, length: size.z, inner: plane, kernel(sigma[0]))
    }
    if sigma[1] > 0 {
      current = across(current, outer: size.z, length: size.y, inner: size.x, kernel(sigma[1]))
    }
    if sigma[2] > 0 { current = along(current, length: size.x, kernel(sigma[2])) }
    return current
  }

  /// The right half of the kernel with its centre first.
  static func kernel(_ sigma: Double) -> [Float] {
    let radius = Int(4 * sigma + 0.5)
    let half = (0...radius).map { Elementary.exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let sum = half[0] + 2 * half.dropFirst().reduce(0, +)
    return half.map { Float($0 / sum) }
  }

  /// A place beyond the ends of an axis, mirrored into it with the edge repeated.
  static func mirrored(_ place: Int, _ length: Int) -> Int {
    let period = 2 * length
    let folded = ((place % period) + period) % period
    return folded < length ? folded : period - 1 - folded
  }

  // MARK: - Private

  /// Smooths along an axis whose neighbours lie `inner` values apart, a row of `inner` values at a time.
  private static func across(
    _ values: [Float], outer: Int, length: Int, inner: Int, _ kernel: [Float]
  ) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    let tile = 1024
    var sums = [Float](repeating: 0, count: tile)
    for block in 0..<outer {
      for start in stride(from: 0, to: inner, by: tile) {
        let width = min(tile, inner - start)
        for place in 0..<length {
          let base = block * length
          let centre = (base + place) * inner + start
          for i in 0..<width { sums[i] = kernel[0] * values[centre &+ i] }
          for step in 1..<max(1, kernel.count) {
            let before = (base + mirrored(place - step, length)) * inner + start
            let after = (base + mirrored(place + step, length)) * inner + start
            let weight = kernel[step]
            for i in 0..<width { sums[i] += weight * (values[before &+ i] + values[after &+ i]) }
          }
          for i in 0..<width { result[centre &+ i] = sums[i] }
        }
      }
    }
    return result
  }

  /// Smooths along x, through a row with mirrored ends.
  private static func along(_ values: [Float], length: Int, _ kernel: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    let radius = kernel.count - 1
    var row = [Float](repeating: 0, count: length + 2 * radius)
    var sums = [Float](repeating: 0, count: length)
    let sources = (0..<row.count).map { mirrored($0 - radius, length) }
    for start in stride(from: 0, to: values.count, by: length) {
      for i in 0..<row.count { row[i] = values[start &+ sources[i]] }
      for i in 0..<length { sums[i] = kernel[0] * row[i &+ radius] }
      for step in 1..<max(1, kernel.count) {
        let weight = kernel[step]
        for i in 0..<length { sums[i] += weight * (row[i &+ radius &- step] + row[i &+ radius &+ step]) }
      }
      for i in 0..<length { result[start &+ i] = sums[i] }
    }
    return result
  }
}
