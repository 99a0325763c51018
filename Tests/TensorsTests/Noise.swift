import Tensors

extension Tensor {
  /// Numbers in [-1, 1): a hash of position and salt.
  static func noise(_ shape: [Int], _ salt: Int) -> Tensor {
    var random = Philox(seed: UInt64(salt), purpose: "noise")
    return Tensor((0..<shape.reduce(1, *)).map { _ in Float(random.uniform(in: -1...1)) }, shape: shape)
  }

  var bits: [UInt32] { values.map(\.bitPattern) }
}
