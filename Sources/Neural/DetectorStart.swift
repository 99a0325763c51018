import Tensors

/// What the training of a detector begins with: a network, and which of its weights are learnt.
public struct DetectorStart: Sendable {
  let learner: any DetectorLearner
  let parameters: Tensor
  let statistics: RunningStatistics

  /// A training of a ConvMixer.
  public init(_ network: ConvMixer3D) {
    learner = ConvMixerLearner(configuration: network.configuration, layers: network.layers)
    (parameters, statistics) = (network.parameters, network.statistics)
  }

  /// A training of a detector on an encoder.
  ///
  /// - Parameter isFrozen: Whether the head alone is learnt; then nothing is derived behind it.
  public init(_ network: EncoderDetector3D, isFrozen: Bool = false) {
    let learner = EncoderLearner(network, isFrozen: isFrozen)
    self.learner = learner
    parameters = learner.learnt.flat(
      Tensor(zeros: [learner.learnt.count]), with: network.parameters, of: network.layers.parameters)
    statistics = RunningStatistics(norms: 0, dim: 0)
  }
}

/// A network as its training sees it.
protocol DetectorLearner: Sendable {
  /// What the training changes.
  var learnt: ParameterLayout { get }
  /// Logits of crops `[batch, z, y, x]` by weights whose gradients go into a buffer; the statistics take the batch in.
  func logits(
    _ crops: Tensor, flat: Tensor, gradients: GradientBuffer, statistics: inout RunningStatistics, tape: Tape
  ) -> (logits: Variable, weights: ModelVariables)
  /// The network with these weights.
  func network(_ flat: Tensor, _ statistics: RunningStatistics) -> any DetectorNetwork
  /// What a checkpoint keeps of it.
  func state(_ flat: Tensor, _ statistics: RunningStatistics) -> NamedTensors
  /// - Throws: `ModelStateError` where the state is not of this network.
  func read(_ state: NamedTensors) throws -> (parameters: Tensor, statistics: RunningStatistics)
}

private struct ConvMixerLearner: DetectorLearner {
  let configuration: ConvMixerConfiguration
  let layers: ConvMixerLayers

  var learnt: ParameterLayout { layers.parameters }

  func logits(
    _ crops: Tensor, flat: Tensor, gradients: GradientBuffer, statistics: inout RunningStatistics, tape: Tape
  ) -> (logits: Variable, weights: ModelVariables) {
    let pass = ConvMixerPass(configuration, layers: layers, flat: flat, gradients: gradients, tape: tape)
    return (pass.trainingLogits(crops) { statistics.include($1, norm: $0) }, pass.parameters)
  }

  func network(_ flat: Tensor, _ statistics: RunningStatistics) -> any DetectorNetwork {
    ConvMixer3D(configuration, layers: layers, parameters: flat, statistics: statistics)
  }

  func state(_ flat: Tensor, _ statistics: RunningStatistics) -> NamedTensors { layers.state(flat, statistics) }

  func read(_ state: NamedTensors) throws -> (parameters: Tensor, statistics: RunningStatistics) {
    try layers.read(state, dim: configuration.dim)
  }
}

private struct EncoderLearner: DetectorLearner {
  private let start: EncoderDetector3D
  private let isFrozen: Bool
  let learnt: ParameterLayout

  init(_ start: EncoderDetector3D, isFrozen: Bool) {
    self.start = start
    self.isFrozen = isFrozen
    learnt = isFrozen ? MaskedAutoencoderLayers.head(of: start.configuration) : start.layers.parameters
  }

  func logits(
    _ crops: Tensor, flat: Tensor, gradients: GradientBuffer, statistics: inout RunningStatistics, tape: Tape
  ) -> (logits: Variable, weights: ModelVariables) {
    let configuration = start.configuration
    func pass(_ flat: Tensor, _ gradients: GradientBuffer?, _ tape: Tape) -> MaskedAutoencoderPass {
      MaskedAutoencoderPass(configuration, layers: start.layers, flat: flat, gradients: gradients, tape: tape)
    }
    let (features, weights): (Variable, ModelVariables)
    if isFrozen {
      let still = pass(start.parameters, nil, Tape(on: tape.engine, isRecording: false))
      features = tape.constant(still.denseFeatures(crops).value)
      weights = ModelVariables(learnt, flat: flat, gradients: gradients, tape: tape)
    } else {
      let moving = pass(flat, gradients, tape)
      features = moving.denseFeatures(crops)
      weights = moving.parameters
    }
    let size = Array(crops.shape.dropFirst())
    return (tape.denseLogits(features, weights, patch: configuration.patch, size: size), weights)
  }

  func network(_ flat: Tensor, _ statistics: RunningStatistics) -> any DetectorNetwork {
    let layers = start.layers
    return EncoderDetector3D(
      start.configuration, layers: layers,
      parameters: layers.parameters.flat(start.parameters, with: flat, of: learnt))
  }

  func state(_ flat: Tensor, _ statistics: RunningStatistics) -> NamedTensors { learnt.named(flat) }

  func read(_ state: NamedTensors) throws -> (parameters: Tensor, statistics: RunningStatistics) {
    (try learnt.flat(state), RunningStatistics(norms: 0, dim: 0))
  }
}
