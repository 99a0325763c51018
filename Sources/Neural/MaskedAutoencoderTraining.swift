public import Tensors

/// The training of a masked autoencoder, one step at a time.
///
/// Everything that a later step depends on is in `checkpoint()`, so a training that was interrupted goes on with the
/// same bits; the bits depend on the engine's threads neither.
public final class MaskedAutoencoderTraining {
  /// The size of the model.
  public let configuration: MaskedAutoencoderConfiguration
  /// Steps of the whole training, which the schedule is laid over.
  public let steps: Int
  /// The share of patches that is masked.
  public let ratio: Double
  /// Steps done.
  public private(set) var step: Int
  private let loss: PatchLoss
  private let schedule: Schedule
  private let seed: UInt64
  private let engine: Engine
  private let layers: MaskedAutoencoderLayers
  private var parameters: Tensor
  private var optimiser: Optimiser
  private let gradients: GradientBuffer

  /// Settings of AdamW for masked autoencoders.
  public static let optimiser = Optimiser.Settings.adamW(rate: 1.5e-4, decay: 0.05, beta1: 0.9, beta2: 0.95)

  /// A training from the start, of the model that `MaskedAutoencoder3D(configuration, seed:)` gives.
  public convenience init(
    configuration: MaskedAutoencoderConfiguration, optimiser: Optimiser.Settings = MaskedAutoencoderTraining.optimiser,
    schedule: Schedule = .cosineAfterWarmUp, steps: Int, ratio: Double, loss: PatchLoss = PatchLoss(meanVariance: nil),
    seed: UInt64, engine: Engine
  ) {
    self.init(
      from: MaskedAutoencoder3D(configuration, seed: seed), optimiser: optimiser, schedule: schedule, steps: steps,
      ratio: ratio, loss: loss, seed: seed, engine: engine)
  }

  /// A training from the start, of a given model.
  public init(
    from model: MaskedAutoencoder3D, optimiser: Optimiser.Settings = MaskedAutoencoderTraining.optimiser,
    schedule: Schedule = .cosineAfterWarmUp, steps: Int, ratio: Double, loss: PatchLoss = PatchLoss(meanVariance: nil),
    seed: UInt64, engine: Engine
  ) {
    configuration = model.configuration
    self.steps = steps
    self.ratio = ratio
    self.loss = loss
    self.schedule = schedule
    self.seed = seed
    self.engine = engine
    step = 0
    layers = model.layers
    parameters = model.parameters
    self.optimiser = Optimiser(optimiser, for: model.layers.parameters)
    gradients = GradientBuffer(count: model.parameters.count)
  }

  /// A training that goes on from a checkpoint of one with the same settings.
  ///
  /// - Throws: `ModelStateError` if the checkpoint is not of this configuration.
  public init(
    configuration: MaskedAutoencoderConfiguration, optimiser: Optimiser.Settings = MaskedAutoencoderTraining.optimiser,
    schedule: Schedule = .cosineAfterWarmUp, steps: Int, ratio: Double, loss: PatchLoss = PatchLoss(meanVariance: nil),
    seed: UInt64, engine: Engine, resuming checkpoint: NamedTensors
  ) throws {
    self.configuration = configuration
    self.steps = steps
    self.ratio = ratio
    self.loss = loss
    self.schedule = schedule
    self.seed = seed
    self.engine = engine
    step = try checkpoint.requiredCount("step")
    layers = MaskedAutoencoderLayers(configuration)
    parameters = try layers.read(checkpoint.under("model."))
    self.optimiser = try Optimiser(optimiser, for: layers.parameters, resuming: checkpoint)
    gradients = GradientBuffer(count: parameters.count)
  }

  // MARK: -

  /// Does one step: masks, forward, loss, derivatives, update.
  ///
  /// - Parameter crops: `[batch, z, y, x]` of the configuration's crop, in [0, 1].
  /// - Returns: The loss of this batch before the update. NaN where it, or a derivative, is no finite number: then
  ///   nothing was done, and the model is the last finite one.
  public func advance(crops: Tensor) -> Float { advance(crops: crops, masks: masks(batch: crops.shape[0])) }

  /// Does one step with given masks and, if any, weights of all patches, `batch * tokens`; tests use it to follow
  /// PyTorch.
  package func advance(crops: Tensor, masks: PatchMasks, weights: [Float]? = nil) -> Float {
    let value = differentiate(crops, masks, weights)
    guard value.isFinite, engine.norm(gradients.tensor).isFinite else { return .nan }
    let rate = schedule.rate(at: step, of: steps, peak: optimiser.settings.rate)
    optimiser.advance(&parameters, gradients: gradients, rate: rate, step: step, on: engine)
    step += 1
    return value
  }

  /// The masks of the next step, drawn by seed, step and place in the batch.
  package func masks(batch: Int) -> PatchMasks {
    PatchMasks(
      batch: batch, visible: configuration.visibleTokens(ratio: ratio), of: configuration.tokens, seed: seed, step: step
    )
  }

  /// The model as it is after the steps done; of averaged weights where the optimiser keeps an average.
  public var model: MaskedAutoencoder3D {
    MaskedAutoencoder3D(configuration, layers: layers, parameters: optimiser.chosen(parameters))
  }

  /// Weights, moments and the step: what `init(... resuming:)` takes.
  ///
  /// The step is kept as a Float, exact below 2^24.
  public func checkpoint() -> NamedTensors {
    var state = NamedTensors()
    state["step"] = Tensor([Float(step)], shape: [])
    for (name, tensor) in layers.parameters.named(parameters).entries { state["model.\(name)"] = tensor }
    optimiser.write(to: &state)
    return state
  }

  /// Loss and gradients of a batch under the parameters' names, without a step; for tests.
  package func inspect(
    crops: Tensor, masks: PatchMasks, weights: [Float]? = nil
  ) -> (loss: Float, gradients: NamedTensors) {
    let value = differentiate(crops, masks, weights)
    return (value, layers.parameters.named(gradients.copy()))
  }

  /// The loss of a batch; the gradients are filled.
  private func differentiate(_ crops: Tensor, _ masks: PatchMasks, _ weights: [Float]?) -> Float {
    let tape = Tape(on: engine, isRecording: true)
    let pass = MaskedAutoencoderPass(
      configuration, layers: layers, flat: parameters, gradients: gradients, tape: tape)
    let patches = pass.patches(crops)
    let shape = [masks.batch, masks.maskedCount, configuration.patchVoxels]
    let hidden = masks.maskedRows(after: 0).apply(to: patches.value, shape: shape, on: engine)
    let prediction = pass.voxels(
      pass.encoded(patches, masks), masks, of: masks.maskedRows(after: 1), count: masks.maskedCount)
    let own = weights.map { weights in masks.maskedRows(after: 0).sources.map { weights[Int($0)] } }
    let value = tape.weightedMeanSquares(
      prediction, targets: loss.targets(hidden, on: engine), weights: own ?? loss.weights(hidden, on: engine))
    tape.differentiate(value)
    pass.parameters.finish()
    return value.value.values[0]
  }
}
