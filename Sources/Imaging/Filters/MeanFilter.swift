/// The mean over a box around each voxel, mirrored at the borders (the edge voxel is repeated).
///
/// Equal to `scipy.ndimage.uniform_filter` with odd sizes and its defaults, up to rounding.
public enum MeanFilter {
  /// The volume of means.
  ///
  /// - Parameter window: The size of the box, odd along each axis.
  /// - Complexity: O(voxels), whatever the window (running sums in Double).
  public static func applied(to volume: Volume, window: Extent) -> Volume {
    precondition(
      window.axes.allSatisfy { $0 >= 1 && $0 % 2 == 1 }, "mean filter: window \(window), expected odd sizes")
    let size = volume.size
    guard size.count > 0 else { return volume }
    var values = across(volume.values, outer: 1, length: size.z, inner: size.y * size.x, window.z)
    values = across(values, outer: size.z, length: size.y, inner: size.x, window.y)
    values = across(values, outer: size.z * size.y, length: size.x, inner: 1, window.x)
    return volume.with(values)
  }

  /// Running means along an axis whose neighbours lie `inner` values apart.
  private static func across(_ values: [Float], outer: Int, length: Int, inner: Int, _ window: Int) -> [Float] {
    guard window > 1 else { return values }
    var result = values
    let radius = window / 2
    let scale = 1 / Double(window)
    var sums = [Double](repeating: 0, count: inner)
    for block in 0..<outer {
      let base = block * length
      for i in 0..<inner { sums[i] = 0 }
      for place in -radius...radius {
        let source = (base + GaussianFilter.mirrored(place, length)) * inner
        for i in 0..<inner { sums[i] += Double(values[source &+ i]) }
      }
      for place in 0..<length {
        let target = (base + place) * inner
        let leaving = (base + GaussianFilter.mirrored(place - radius, length)) * inner
        let entering = (base + GaussianFilter.mirrored(place + radius + 1, length)) * inner
        for i in 0..<inner {
          result[target &+ i] = Float(sums[i] * scale)
          sums[i] += Double(values[entering &+ i]) - Double(values[leaving &+ i])
        }
      }
    }
    return result
  }
}
