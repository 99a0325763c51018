public import Tensors

/// A ConvMixer that gives every voxel of a volume the logit of being a cell centre.
///
/// Trockman and Kolter 2022, arXiv:2201.09792, with three-dimensional convolutions and a dense head. A model never
/// changes: training makes new ones.
public final class ConvMixer3D: DetectorNetwork {
  /// The size of the model.
  public let configuration: ConvMixerConfiguration
  let layers: ConvMixerLayers
  let parameters: Tensor
  let statistics: RunningStatistics

  /// A model before training: PyTorch's default initialisation, drawn by seed and parameter name; the last bias is
  /// -log((1 - pi) / pi) with pi 0.01.
  public init(_ configuration: ConvMixerConfiguration, seed: UInt64) {
    self.configuration = configuration
    layers = ConvMixerLayers(configuration)
    parameters = layers.parameters.initialised(seed: seed)
    statistics = RunningStatistics(norms: layers.norms.count, dim: configuration.dim)
  }

  /// A model of a saved state, PyTorch's or this module's.
  ///
  /// - Throws: `ModelStateError` if a tensor is missing, has another shape or is not of this model.
  public init(_ configuration: ConvMixerConfiguration, state: NamedTensors) throws {
    self.configuration = configuration
    layers = ConvMixerLayers(configuration)
    (parameters, statistics) = try layers.read(state, dim: configuration.dim)
  }

  init(
    _ configuration: ConvMixerConfiguration, layers: ConvMixerLayers, parameters: Tensor, statistics: RunningStatistics
  ) {
    self.configuration = configuration
    self.layers = layers
    self.parameters = parameters
    self.statistics = statistics
  }

  // MARK: -

  /// Parameters and running statistics under the names and in the layouts of PyTorch's `state_dict`.
  public var state: NamedTensors { layers.state(parameters, statistics) }

  /// The size, as a case of all detectors.
  public var architecture: DetectorArchitecture { .convMixer(configuration) }

  /// Half the receptive field of a voxel along z, y, x; a multiple of the patch.
  public var receptiveRadius: [Int] {
    zip(configuration.kernel, configuration.patch).map { configuration.depth * ($0 / 2) * $1 }
  }

  /// The logit of every voxel, in evaluation mode (running statistics).
  ///
  /// - Parameter volumes: `[batch, z, y, x]`; filled up with zeros at the far ends where the patch does not divide.
  /// - Returns: The shape of `volumes`.
  public func logits(_ volumes: Tensor, on engine: Engine) -> Tensor {
    precondition(volumes.shape.count == 4, "ConvMixer: \(volumes.shape) is not batch, z, y, x")
    guard volumes.count > 0 else { return volumes }
    let patch = [1] + configuration.patch
    let whole = zip(volumes.shape, patch).map { ($0 + $1 - 1) / $1 * $1 }
    let tape = Tape(on: engine, isRecording: false)
    let pass = ConvMixerPass(configuration, layers: layers, flat: parameters, tape: tape)
    let logits = pass.evaluationLogits(volumes.resized(whole), statistics: statistics).value
    return logits.resized(volumes.shape)
  }
}
