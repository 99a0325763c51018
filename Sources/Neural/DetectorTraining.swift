public import Tensors

/// The training of a detector, one step at a time.
///
/// Everything that a later step depends on is in `checkpoint()`, so a training that was interrupted goes on with the
/// same bits; the bits depend on the engine's threads neither.
public final class DetectorTraining {
  /// The size of the model.
  public let configuration: ConvMixerConfiguration
  /// Steps of the whole training, which the schedule is laid over.
  public let steps: Int
  /// Steps done.
  public private(set) var step: Int
  private let loss: FocalLoss
  private let schedule: Schedule
  private let engine: Engine
  private let layers: ConvMixerLayers
  private var parameters: Tensor
  private var statistics: RunningStatistics
  private var optimiser: Optimiser
  private let gradients: GradientBuffer

  /// A training from the start, of the model that `ConvMixer3D(configuration, seed:)` gives.
  public init(
    configuration: ConvMixerConfiguration, optimiser: Optimiser.Settings = .adamW(), schedule: Schedule = .wsd,
    steps: Int, loss: FocalLoss = FocalLoss(), seed: UInt64, engine: Engine
  ) {
    let start = ConvMixer3D(configuration, seed: seed)
    self.configuration = configuration
    self.steps = steps
    self.loss = loss
    self.schedule = schedule
    self.engine = engine
    step = 0
    layers = start.layers
    parameters = start.parameters
    statistics = start.statistics
    self.optimiser = Optimiser(optimiser, for: start.layers.parameters)
    gradients = GradientBuffer(count: start.parameters.count)
  }

  /// A training that goes on from a checkpoint of one with the same settings.
  ///
  /// - Throws: `ModelStateError` if the checkpoint is not of this configuration.
  public init(
    configuration: ConvMixerConfiguration, optimiser: Optimiser.Settings = .adamW(), schedule: Schedule = .wsd,
    steps: Int, loss: FocalLoss = FocalLoss(), engine: Engine, resuming checkpoint: NamedTensors
  ) throws {
    self.configuration = configuration
    self.steps = steps
    self.loss = loss
    self.schedule = schedule
    self.engine = engine
    step = try checkpoint.requiredCount("step")
    layers = ConvMixerLayers(configuration)
    (parameters, statistics) = try layers.read(checkpoint.under("model."), dim: configuration.dim)
    self.optimiser = try Optimiser(optimiser, for: layers.parameters, resuming: checkpoint)
    gradients = GradientBuffer(count: parameters.count)
  }

  /// A training from the start, of a given model; tests use it to begin where PyTorch began.
  package convenience init(
    from model: ConvMixer3D, optimiser: Optimiser.Settings, schedule: Schedule, steps: Int, loss: FocalLoss,
    engine: Engine
  ) {
    self.init(
      configuration: model.configuration, optimiser: optimiser, schedule: schedule, steps: steps, loss: loss, seed: 0,
      engine: engine)
    parameters = model.parameters
    statistics = model.statistics
  }

  // MARK: -

  /// Does one step: forward, loss, derivatives, update.
  ///
  /// - Parameters:
  ///   - input: Crops `[batch, z, y, x]`; the patch divides them.
  ///   - target: The same shape, in [0, 1].
  /// - Returns: The loss of this batch before the update, the mean over its voxels.
  public func advance(input: Tensor, target: Tensor) -> Float {
    precondition(input.shape == target.shape, "training: input \(input.shape), target \(target.shape)")
    let outcome = differentiate(input, target)
    let rate = schedule.rate(at: step, of: steps, peak: optimiser.settings.rate)
    optimiser.advance(&parameters, gradients: gradients, rate: rate, step: step, on: engine)
    statistics.batches += 1
    step += 1
    return outcome.loss
  }

  /// The model as it is after the steps done; of averaged weights where the optimiser keeps an average.
  public var model: ConvMixer3D {
    ConvMixer3D(configuration, layers: layers, parameters: optimiser.chosen(parameters), statistics: statistics)
  }

  /// Weights, running statistics, moments and the step: what `init(... resuming:)` takes.
  ///
  /// The step is kept as a Float, exact below 2^24.
  public func checkpoint() -> NamedTensors {
    var state = NamedTensors()
    state["step"] = Tensor([Float(step)], shape: [])
    for (name, tensor) in layers.state(parameters, statistics).entries { state["model.\(name)"] = tensor }
    optimiser.write(to: &state)
    return state
  }

  /// Logits and gradients of a batch under the parameters' names, without a step; for tests.
  package func inspect(input: Tensor, target: Tensor) -> (logits: Tensor, gradients: NamedTensors) {
    let before = statistics
    defer { statistics = before }
    let outcome = differentiate(input, target)
    return (outcome.logits, layers.parameters.named(gradients.copy()))
  }

  /// Loss and logits of a batch; the gradients are filled, and the running statistics take the batch in.
  private func differentiate(_ input: Tensor, _ target: Tensor) -> (loss: Float, logits: Tensor) {
    let tape = Tape(on: engine, isRecording: true)
    let pass = ConvMixerPass(configuration, layers: layers, flat: parameters, gradients: gradients, tape: tape)
    let logits = pass.trainingLogits(input) { statistics.include($1, norm: $0) }
    let value = tape.focalLoss(logits, targets: target, alpha: loss.alpha, gamma: loss.gamma)
    tape.differentiate(value)
    pass.parameters.finish()
    return (value.value.values[0], logits.value)
  }
}
