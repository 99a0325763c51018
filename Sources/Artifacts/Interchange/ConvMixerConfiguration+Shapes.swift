import Neural
import Tensors

extension ConvMixerConfiguration {
  /// The size of the model that tensors under PyTorch's names belong to; it is all in their shapes.
  ///
  /// Every weight is checked, so that a model of this size takes no more memory than the tensors do. A model without
  /// blocks has no kernel; it gets 1, 1, 1.
  ///
  /// - Throws: `SafetensorsError` naming the tensor that is missing or has another shape.
  init(shapesOf state: NamedTensors) throws(SafetensorsError) {
    func shape(_ name: String, _ expected: String, isExpected: ([Int]) -> Bool) throws(SafetensorsError) -> [Int] {
      guard let tensor = state[name] else {
        throw SafetensorsError(
          "there is no tensor '\(name)': this is no ConvMixer of the layout nn.Sequential(stem, GELU, norm, blocks, "
            + "head); rename its tensors, '--prefix' takes a common beginning away")
      }
      guard isExpected(tensor.shape) else {
        throw SafetensorsError("tensor '\(name)' has the shape \(tensor.shape), expected \(expected)")
      }
      return tensor.shape
    }
    let stem = try shape("0.weight", "[dim, 1, z, y, x] with the size of a patch") {
      $0.count == 5 && $0[1] == 1 && $0.allSatisfy { $0 > 0 }
    }
    let (dim, patch) = (stem[0], Array(stem[2...]))
    var depth = 0
    var kernel = [1, 1, 1]
    while state["\(3 + depth).0.f.0.weight"] != nil {
      let name = "\(3 + depth).0.f.0.weight"
      let deep = try shape(name, "[\(dim), 1, z, y, x] with an odd kernel, equal in all blocks") { shape in
        shape.count == 5 && Array(shape[..<2]) == [dim, 1] && shape[2...].allSatisfy { $0 % 2 == 1 }
          && (depth == 0 || Array(shape[2...]) == kernel)
      }
      kernel = Array(deep[2...])
      let mixing = [dim, dim, 1, 1, 1]
      _ = try shape("\(3 + depth).1.weight", "\(mixing)") { $0 == mixing }
      depth += 1
    }
    let head = [patch.reduce(1, *), dim, 1, 1, 1]
    _ = try shape("\(3 + depth).weight", "\(head)") { $0 == head }
    self.init(dim: dim, depth: depth, kernel: kernel, patch: patch)
  }
}
