public import Tensors

/// A transformer that learns from volumes by filling in patches it does not see.
///
/// He et al. 2022, arXiv:2111.06377, with three-dimensional patches and pre-norm blocks with LayerScale as in DINOv2
/// (arXiv:2304.07193). A model never changes: training makes new ones.
public final class MaskedAutoencoder3D: Sendable {
  /// The size of the model.
  public let configuration: MaskedAutoencoderConfiguration
  let layers: MaskedAutoencoderLayers
  let parameters: Tensor

  /// A model before training, drawn by seed and parameter name: weights after Xavier, biases zero, class and mask token
  /// from a truncated normal distribution of deviation 0.02; embedding and output laid over the spread of the voxels.
  ///
  /// - Parameters:
  ///   - inputs: How the voxels are spread that it will see.
  ///   - outputs: How those are that it has to give.
  public convenience init(
    _ configuration: MaskedAutoencoderConfiguration, seed: UInt64, inputs: VoxelSpread = .standard,
    outputs: VoxelSpread = .standard
  ) {
    let layers = MaskedAutoencoderLayers(configuration)
    self.init(
      configuration, layers: layers,
      parameters: layers.initialised(seed: seed, inputs: inputs, outputs: outputs))
  }

  /// A model of a saved state, PyTorch's or this module's; positions are fixed and not part of it.
  ///
  /// - Throws: `ModelStateError` if a tensor is missing, has another shape or is not of this model.
  public convenience init(_ configuration: MaskedAutoencoderConfiguration, state: NamedTensors) throws {
    let layers = MaskedAutoencoderLayers(configuration)
    self.init(configuration, layers: layers, parameters: try layers.read(state))
  }

  init(_ configuration: MaskedAutoencoderConfiguration, layers: MaskedAutoencoderLayers, parameters: Tensor) {
    self.configuration = configuration
    self.layers = layers
    self.parameters = parameters
  }

  // MARK: -

  /// The parameters under the names and in the layouts of PyTorch's `state_dict`.
  public var state: NamedTensors { layers.parameters.named(parameters) }

  /// What the encoder makes of whole crops, nothing masked.
  ///
  /// - Parameter crops: `[batch, z, y, x]` of the configuration's crop, in [0, 1].
  /// - Returns: `[batch, 1 + tokens, width]`: the class token, then the patches in z, y, x order.
  public func features(_ crops: Tensor, on engine: Engine) -> Tensor {
    let shape = [crops.shape[0], 1 + configuration.tokens, configuration.encoder.width]
    guard crops.count > 0 else { return Tensor(zeros: shape) }
    let pass = pass(on: engine)
    let patches = pass.patches(crops)
    return pass.encoded(patches, everything(crops.shape[0])).value
  }

  /// What the model expects at every voxel when it sees the visible patches alone.
  ///
  /// - Parameters:
  ///   - crops: `[batch, z, y, x]` of the configuration's crop, in [0, 1].
  ///   - masks: One of each crop.
  /// - Returns: The shape of `crops`; only its masked patches were ever trained. Each patch is normalised if the targets
  ///   of the training were.
  public func reconstruct(_ crops: Tensor, _ masks: PatchMasks, on engine: Engine) -> Tensor {
    precondition(masks.batch == crops.shape[0], "MAE: \(masks.batch) masks for crops \(crops.shape)")
    precondition(masks.tokens == configuration.tokens, "MAE: masks of \(masks.tokens) patches")
    guard crops.count > 0 else { return crops }
    let pass = pass(on: engine)
    // Every token but the class token.
    let all = PatchMasks(visible: masks.visible.map { _ in [] }, of: masks.tokens).maskedRows(after: 1)
    let voxels = pass.voxels(pass.encoded(pass.patches(crops), masks), masks, of: all, count: masks.tokens)
    return pass.tape.volumes(voxels, from: Lengths(configuration.patch), size: Lengths(configuration.crop)).value
  }

  private func pass(on engine: Engine) -> MaskedAutoencoderPass {
    let tape = Tape(on: engine, isRecording: false)
    return MaskedAutoencoderPass(configuration, layers: layers, flat: parameters, tape: tape)
  }

  private func everything(_ batch: Int) -> PatchMasks {
    let tokens = configuration.tokens
    return PatchMasks(visible: (0..<batch).map { _ in Array(0..<tokens) }, of: tokens)
  }
}

/// Mean and standard deviation of voxels.
public struct VoxelSpread: Hashable, Sendable {
  /// Finite.
  public let mean: Float
  /// Positive and finite.
  public let deviation: Float

  /// Mean 0 and deviation 1.
  public static let standard = VoxelSpread(mean: 0, deviation: 1)

  /// A spread.
  ///
  /// - Precondition: `deviation` is positive and finite, `mean` finite.
  public init(mean: Float, deviation: Float) {
    precondition(deviation > 0 && deviation.isFinite && mean.isFinite, "voxels: mean \(mean), deviation \(deviation)")
    self.mean = mean
    self.deviation = deviation
  }
}
