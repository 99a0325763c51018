public import Tensors

/// The training of a detector, one step at a time.
///
/// Everything that a later step depends on is in `checkpoint()`, so a training that was interrupted goes on with the
/// same bits; the bits depend on the engine's threads neither.
public final class DetectorTraining {
  /// Steps of the whole training, which the schedule is laid over.
  public let steps: Int
  /// Steps done.
  public private(set) var step: Int
  private let loss: FocalLoss
  private let schedule: Schedule
  private let engine: Engine
  private let learner: any DetectorLearner
  private var parameters: Tensor
  private var statistics: RunningStatistics
  private var optimiser: Optimiser
  private let gradients: GradientBuffer

  /// A training from the start.
  public init(
    from start: DetectorStart, optimiser: Optimiser.Settings = .adamW(), schedule: Schedule = .wsd, steps: Int,
    loss: FocalLoss = FocalLoss(), engine: Engine
  ) {
    self.steps = steps
    self.loss = loss
    self.schedule = schedule
    self.engine = engine
    step = 0
    learner = start.learner
    parameters = start.parameters
    statistics = start.statistics
    self.optimiser = Optimiser(optimiser, for: learner.learnt)
    gradients = GradientBuffer(count: parameters.count)
  }

  /// A training that goes on from a checkpoint of one with the same start and settings.
  ///
  /// - Throws: `ModelStateError` if the checkpoint is not of this network.
  public init(
    from start: DetectorStart, optimiser: Optimiser.Settings = .adamW(), schedule: Schedule = .wsd, steps: Int,
    loss: FocalLoss = FocalLoss(), engine: Engine, resuming checkpoint: NamedTensors
  ) throws {
    self.steps = steps
    self.loss = loss
    self.schedule = schedule
    self.engine = engine
    step = try checkpoint.requiredCount("step")
    learner = start.learner
    (parameters, statistics) = try learner.read(checkpoint.under("model."))
    self.optimiser = try Optimiser(optimiser, for: learner.learnt, resuming: checkpoint)
    gradients = GradientBuffer(count: parameters.count)
  }

  /// A training from the start, of the model that `ConvMixer3D(configuration, seed:)` gives.
  public convenience init(
    configuration: ConvMixerConfiguration, optimiser: Optimiser.Settings = .adamW(), schedule: Schedule = .wsd,
    steps: Int, loss: FocalLoss = FocalLoss(), seed: UInt64, engine: Engine
  ) {
    self.init(
      from: DetectorStart(ConvMixer3D(configuration, seed: seed)), optimiser: optimiser, schedule: schedule,
      steps: steps, loss: loss, engine: engine)
  }

  // MARK: -

  /// Does one step: forward, loss, derivatives, update.
  ///
  /// - Parameters:
  ///   - input: Crops `[batch, z, y, x]`; the patch, or the window of an encoder, divides them.
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
  public var model: any DetectorNetwork { learner.network(optimiser.chosen(parameters), statistics) }

  /// What is learnt, running statistics, moments and the step: what `init(... resuming:)` takes.
  ///
  /// The step is kept as a Float, exact below 2^24.
  public func checkpoint() -> NamedTensors {
    var state = NamedTensors()
    state["step"] = Tensor([Float(step)], shape: [])
    for (name, tensor) in learner.state(parameters, statistics).entries { state["model.\(name)"] = tensor }
    optimiser.write(to: &state)
    return state
  }

  /// Logits and gradients of a batch under the parameters' names, without a step; for tests.
  package func inspect(input: Tensor, target: Tensor) -> (logits: Tensor, gradients: NamedTensors) {
    let before = statistics
    defer { statistics = before }
    let outcome = differentiate(input, target)
    return (outcome.logits, learner.learnt.named(gradients.copy()))
  }

  /// Loss and logits of a batch; the gradients are filled, and the running statistics take the batch in.
  private func differentiate(_ input: Tensor, _ target: Tensor) -> (loss: Float, logits: Tensor) {
    let tape = Tape(on: engine, isRecording: true)
    let (logits, weights) = learner.logits(
      input, flat: parameters, gradients: gradients, statistics: &statistics, tape: tape)
    let value = tape.focalLoss(logits, targets: target, alpha: loss.alpha, gamma: loss.gamma)
    tape.differentiate(value)
    weights.finish()
    return (value.value.values[0], logits.value)
  }
}
