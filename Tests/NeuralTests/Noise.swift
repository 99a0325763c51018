import Tensors

extension Tensor {
  /// Numbers in [-1, 1) that `make_fixtures.py` makes as well: a hash of position and salt.
  static func noise(_ shape: [Int], _ salt: Int) -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { index -> Float in
      var n = UInt32(truncatingIfNeeded: index + salt * 1_000_003) &* 2_654_435_761
      n ^= n >> 15
      n = n &* 2_246_822_519
      n ^= n >> 13
      return Float(n >> 8) / 8_388_608 - 1
    }
    return Tensor(values, shape: shape)
  }

  func map(_ body: (Float) -> Float) -> Tensor { Tensor(values.map(body), shape: shape) }

  /// The bits of all numbers.
  var bits: [UInt32] { values.map(\.bitPattern) }
}
