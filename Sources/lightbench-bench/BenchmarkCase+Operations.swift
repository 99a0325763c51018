import Neural

extension BenchmarkCase {
  /// Billions of nominal operations of one step: two a multiply-add of convolutions, matrix products and attention,
  /// zero padding counted in; a training step is taken as three forward passes. All else is left out.
  func operations(_ work: Work) -> Double {
    let forward: Int
    switch model {
    case .convMixer(let configuration, let batch, let crop):
      forward = batch * configuration.multiplyAdds(crop)
    case .autoencoder(let configuration, let batch, let ratio):
      forward = batch * configuration.multiplyAdds(ratio: ratio)
    }
    return Double(forward) * 2 * (work == .train ? 3 : 1) / 1e9
  }
}

extension ConvMixerConfiguration {
  /// Multiply-adds of a forward pass over one crop.
  fileprivate func multiplyAdds(_ crop: [Int]) -> Int {
    let (taps, voxels) = (kernel.reduce(1, *), patch.reduce(1, *))
    let positions = crop.reduce(1, *) / voxels
    return positions * (2 * voxels * dim + depth * (taps * dim + dim * dim))
  }
}

extension MaskedAutoencoderConfiguration {
  /// Multiply-adds of a forward pass over one crop: visible patches are embedded, masked ones predicted, and a class
  /// token goes along.
  fileprivate func multiplyAdds(ratio: Double) -> Int {
    let visible = visibleTokens(ratio: ratio)
    let ends = visible * patchVoxels * encoder.width + (tokens - visible) * decoder.width * patchVoxels
    return ends + (visible + 1) * encoder.width * decoder.width + encoder.multiplyAdds(visible + 1)
      + decoder.multiplyAdds(tokens + 1)
  }
}

extension MaskedAutoencoderConfiguration.Half {
  /// Of all blocks: query, key, value and projection, the two layers of the perceptron, and attention.
  fileprivate func multiplyAdds(_ tokens: Int) -> Int {
    depth * (tokens * (4 + 8) * width * width + 2 * tokens * tokens * width)
  }
}
