import Tensors

/// Fixed positions of the patches of a grid: a third of the width for each of z, y and x.
///
/// Of each third half are sines and half cosines of the patch's place times 10000^(-k / (width / 6)), for k from 0, as in
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.5. Where 6 does not divide the width, each third has the next smaller
/// even length, and what is left at the end is zero.
enum SinCosPositions {
  /// `[extra + patches, width]`, patches in z, y, x order; the first `extra` rows are zero.
  static func table(grid: [Int], width: Int, extra: Int = 0) -> Tensor {
    let bands = width / 6
    let patches = grid.reduce(1, *)
    var values = [Float](repeating: 0, count: (extra + patches) * width)
    for patch in 0..<patches {
      let place = [patch / (grid[1] * grid[2]), patch / grid[2] % grid[1], patch % grid[2]]
      for axis in 0..<3 {
        let first = (extra + patch) * width + axis * 2 * bands
        for band in 0..<bands {
          let angle = Double(place[axis]) * Elementary.pow(10_000, -Double(band) / Double(bands))
          values[first + band] = Float(Elementary.sin(angle))
          values[first + bands + band] = Float(Elementary.cos(angle))
        }
      }
    }
    return Tensor(values, shape: [extra + patches, width])
  }
}
