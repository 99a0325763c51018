import Neural
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

extension NamedTensors {
  /// The weights that `make_mae_fixtures.py` begins with, for the names and shapes of a state.
  static func noise(like state: NamedTensors) -> NamedTensors {
    NamedTensors(
      state.entries.enumerated().map { place, entry in
        let (name, shape) = (entry.name, entry.tensor.shape)
        let noise = Tensor.noise(shape, 2000 + place)
        guard shape.count == 1 else {
          let bound = Float(1.5 / Double(shape[1]).squareRoot())
          return (name, noise.map { $0 * bound })
        }
        return (name, noise.map { $0 * 0.125 + (name.hasSuffix("weight") ? 1 : 0) })
      })
  }
}
