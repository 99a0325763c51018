import Neural

extension BenchmarkCase {
  /// Billions of nominal operations of one step: two a multiply-add of convolutions, matrix products and attention,
  /// zero padding counted in; a training step is taken as three forward passes. All else is left out.
  func operations(_ work: Work) -> Double {
    let forward: Int
    switch model {
    case .convMixer(let configuration, let batch, let crop):
      forward = batch * configuration.multiplyAdds(crop)
    case .autoencoder(let sizes):
      forward = sizes.batch * sizes.multiplyAdds
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

extension AutoencoderSizes {
  /// Multiply-adds of a forward pass over one crop.
  fileprivate var multiplyAdds: Int {
    let (tokens, voxels) = (grid.reduce(1, *), patch.reduce(1, *))
    let seen = Int(Double(tokens) * (1 - ratio)) + 1
    let ends = tokens * voxels * encoder.width + seen * encoder.width * decoder.width + tokens * decoder.width * voxels
    return ends + encoder.multiplyAdds(seen) + decoder.multiplyAdds(tokens + 1)
  }
}

extension AutoencoderSizes.Half {
  /// Of all blocks: query, key, value and projection, the two layers of the MLP, and attention.
  fileprivate func multiplyAdds(_ tokens: Int) -> Int {
    depth * (tokens * (4 + 8) * width * width + 2 * tokens * tokens * width)
  }
}
