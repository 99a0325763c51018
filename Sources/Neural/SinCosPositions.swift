import Tensors

/// Fixed positions of the patches of a grid: a third of the width for each of z, y and x.
///
/// Of each third half are sines and half cosines of the patch's place times the frequencies of the waves, as in Vaswani
/// et al. 2017, arXiv:1706.03762, section 3.5. Where 6 does not divide the width, each third has the next smaller even
/// length, and what is left at the end is zero.
enum SinCosPositions {
  /// `[extra + patches, width]`, patches in z, y, x order; the first `extra` rows are zero.
  static func table(grid: [Int], width: Int, waves: PositionWaves, extra: Int = 0) -> Tensor {
    let bands = width / 6
    let patches = grid.reduce(1, *)
    var values = [Float](repeating: 0, count: (extra + patches) * width)
    for patch in 0..<patches {
      let place = [patch / (grid[1] * grid[2]), patch / grid[2] % grid[1], patch % grid[2]]
      for axis in 0..<3 {
        let first = (extra + patch) * width + axis * 2 * bands
        for band in 0..<bands {
          let angle = Double(place[axis]) * waves.frequency(band, of: bands)
          values[first + band] = Float(waves.height * Elementary.sin(angle))
          values[first + bands + band] = Float(waves.height * Elementary.cos(angle))
        }
      }
    }
    return Tensor(values, shape: [extra + patches, width])
  }
}

/// The waves that tell the patches of a grid apart; of n bands the kth turns by a frequency from one patch to the next.
public enum PositionWaves: String, Hashable, Sendable, CaseIterable {
  /// Vaswani et al.: 10000^(-k / n), of height 1, made for hundreds of places.
  case long
  /// pi/2 8^(-k / n), of height 3: from 4 patches long to about 32, so that in a grid of four most bands tell neighbours
  /// apart, and do so beside what the patches hold. With `long` two of sixteen do, and a short training finds no neighbours.
  case short

  var height: Double { self == .long ? 1 : 3 }

  func frequency(_ band: Int, of bands: Int) -> Double {
    let share = -Double(band) / Double(bands)
    return self == .long ? Elementary.pow(10_000, share) : Double.pi / 2 * Elementary.pow(8, share)
  }
}
