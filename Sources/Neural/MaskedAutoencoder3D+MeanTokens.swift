public import Tensors

extension MaskedAutoencoder3D {
  /// One feature a crop: the mean over its patches of what the encoder makes of them, nothing masked; the class token is
  /// left out.
  ///
  /// - Parameter crops: `[batch, z, y, x]` of the configuration's crop, in [0, 1].
  /// - Returns: `[batch][width]`.
  public func meanTokens(_ crops: Tensor, on engine: Engine) -> [[Float]] {
    let (tokens, width) = (configuration.tokens, configuration.encoder.width)
    let features = features(crops, on: engine).values
    return (0..<crops.shape[0]).map { sample in
      var sums = [Double](repeating: 0, count: width)
      for token in 1...tokens {
        let first = (sample * (1 + tokens) + token) * width
        for index in 0..<width { sums[index] += Double(features[first + index]) }
      }
      return sums.map { Float($0 / Double(tokens)) }
    }
  }
}
