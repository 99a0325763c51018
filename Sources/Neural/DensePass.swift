import Tensors

extension MaskedAutoencoderPass {
  /// What the encoder makes of every patch of crops, nothing masked, in windows of the configuration's crop.
  ///
  /// - Parameter crops: `[batch, z, y, x]` of whole windows.
  /// - Returns: `[batch, tokens, width]` in z, y, x order of the crops; class tokens are left out.
  func denseFeatures(_ crops: Tensor) -> Variable {
    let size = Array(crops.shape.dropFirst())
    precondition(
      zip(size, configuration.crop).allSatisfy { $0 % $1 == 0 },
      "detector: crops \(crops.shape), expected whole windows of \(configuration.crop)")
    let (batch, tokens, order) = (crops.shape[0], configuration.tokens, windowOrder(size))
    let windows = batch * (order.count / tokens)
    let patches = tape.tokens(tape.constant(crops), of: Lengths(configuration.patch))
    let sources = (0..<batch).flatMap { sample in order.map { sample * order.count + $0 } }
    let sorted = tape.assembled(
      patches, by: RowPlan(sources: sources, inputs: sources.count),
      shape: [windows, tokens, configuration.patchVoxels])
    let everything = PatchMasks(visible: Array(repeating: Array(0..<tokens), count: windows), of: tokens)
    let features = encoded(sorted, everything)
    var back = [Int](repeating: 0, count: sources.count)
    for (place, source) in sources.enumerated() {
      back[source] = place / tokens * (1 + tokens) + 1 + place % tokens
    }
    return tape.assembled(
      features, by: RowPlan(sources: back, inputs: windows * (1 + tokens)),
      shape: [batch, order.count, configuration.encoder.width])
  }

  /// The patches of a crop, window by window.
  private func windowOrder(_ size: [Int]) -> [Int] {
    let (grid, window) = (zip(size, configuration.patch).map { $0 / $1 }, configuration.grid)
    // By window along z, y, x, then by patch in it.
    let rows = (0..<3).map { axis in
      stride(from: 0, to: grid[axis], by: window[axis]).map { first in Array(first..<first + window[axis]) }
    }
    return rows[0].flatMap { zs in
      rows[1].flatMap { ys in
        rows[2].flatMap { xs in
          zs.flatMap { z in ys.flatMap { y in xs.map { x in (z * grid[1] + y) * grid[2] + x } } }
        }
      }
    }
  }
}

extension Tape {
  /// Logits `[batch, z, y, x]` of volumes of length `size` from the features of their patches `[batch, tokens, width]`.
  ///
  /// - Parameter head: Variables of `head.weight` and `head.bias`.
  func denseLogits(_ features: Variable, _ head: ModelVariables, patch: [Int], size: [Int]) -> Variable {
    let tokens = linear(features, weight: head["head.weight"], bias: head["head.bias"])
    return volumes(tokens, from: Lengths(patch), size: Lengths(size))
  }
}
