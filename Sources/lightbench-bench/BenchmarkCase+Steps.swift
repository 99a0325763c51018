import Neural
import Tensors

extension BenchmarkCase {
  /// A model of the case, ready for step after step; a step starts from plain numbers, as a user's does.
  func step(_ work: Work, on engine: Engine) -> () -> Void {
    switch model {
    case .convMixer(let configuration, let batch, let crop):
      convMixer(configuration, shape: [batch] + crop, work, on: engine)
    case .autoencoder(let configuration, let batch, let ratio):
      autoencoder(configuration, batch: batch, ratio: ratio, on: engine)
    }
  }

  private func convMixer(
    _ configuration: ConvMixerConfiguration, shape: [Int], _ work: Work, on engine: Engine
  ) -> () -> Void {
    let voxels = noise(shape.reduce(1, *))
    guard work == .train else {
      let model = ConvMixer3D(configuration, seed: 7)
      return { _ = model.logits(Tensor(voxels, shape: shape), on: engine) }
    }
    let targets = noise(voxels.count).map { $0 > 0.99 ? Float(1) : 0 }
    let training = DetectorTraining(configuration: configuration, steps: 100_000, seed: 7, engine: engine)
    return { _ = training.advance(input: Tensor(voxels, shape: shape), target: Tensor(targets, shape: shape)) }
  }

  private func autoencoder(
    _ configuration: MaskedAutoencoderConfiguration, batch: Int, ratio: Double, on engine: Engine
  ) -> () -> Void {
    let shape = [batch] + configuration.crop
    let voxels = noise(shape.reduce(1, *))
    let training = MaskedAutoencoderTraining(
      configuration: configuration, steps: 100_000, ratio: ratio, seed: 7, engine: engine)
    return { _ = training.advance(crops: Tensor(voxels, shape: shape)) }
  }
}

/// Numbers in [0, 1).
private func noise(_ count: Int) -> [Float] {
  var random = Philox(seed: 7, purpose: "bench")
  return (0..<count).map { _ in Float(random.uniform()) }
}
