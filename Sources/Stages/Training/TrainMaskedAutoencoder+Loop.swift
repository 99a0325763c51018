import Artifacts
import Neural
import Pipeline
import Tensors

extension TrainMaskedAutoencoder {
  /// What a training came to.
  struct Outcome {
    let model: MaskedAutoencoder3D
    let measure: ReconstructionMeasure
    /// Steps done.
    let step: Int
    /// The loss of the last step; nil where there was none.
    let loss: Float?
    /// Why and when it diverged, if it did.
    let divergence: String?
    /// The losses on validation crops before the last tenth of the steps, and at the end.
    let before: Float?
    let losses: ReconstructionLosses
  }

  /// Runs the steps that are missing, from the furthest checkpoint there is.
  ///
  /// - Throws: `TaskFailure` of code `diverged` where that shall not be recorded.
  func trained(
    on train: CropStream, _ validation: ValidationCrops, engine: Engine, context: StageContext
  ) throws -> Outcome {
    let measure = try ReconstructionMeasure(parameters, train: train, validation: validation, engine: engine)
    var run = try started(measure, engine: engine, context: context)
    let training = run.training
    let steps = parameters.totalSteps
    let notes = TrainingNotes(of: steps, in: context)
    while training.step < steps, run.divergence == nil {
      // Measured before the step, so that a checkpoint holds it or the step comes again.
      if training.step == steps - max(1, steps / 10) {
        let value = try measure.value(of: training.model)
        run.before = value
        notes.validation("\(value)", after: training.step)
        if !value.isFinite { run.divergence = Self.validationDivergence(at: training.step) }
      } else if training.step > 0, training.step % notes.interval == 0, isCheap(every: notes.interval) {
        notes.validation("\(try measure.value(of: training.model))", after: training.step)
      }
      if let pause = context.checkpoints.pause, run.divergence == nil, training.step == pause.step {
        try pause.reached(run.checkpoint(), run.metrics(try measure.losses(of: training.model)))
      }
      if run.divergence == nil { run.advance(crops: try crops(of: training.step, in: train)) }
      if let loss = run.loss { notes.loss("\(loss)", after: training.step) }
      // None after the last step: the model itself is kept.
      if training.step < steps, run.divergence == nil, context.checkpoints.isDue(training.step) {
        try context.checkpoints.save(training.step, run.checkpoint())
      }
    }
    // It diverged on its way to a rung: n/a there, and behind all that did not; a failure only at its end.
    if let pause = context.checkpoints.pause { try pause.reached(nil, run.metrics(nil)) }
    try allow(run.divergence)
    context.report(0.97, "measuring the loss")
    let losses = try measure.losses(of: training.model)
    notes.validation("\(Float(losses.loss))", after: training.step)
    if run.divergence == nil, !losses.loss.isFinite { run.divergence = Self.validationDivergence(at: training.step) }
    try allow(run.divergence)
    if let divergence = run.divergence {
      context.log(divergence + ": recorded, the model is that of \(training.step) steps", true)
    }
    return Outcome(
      model: training.model, measure: measure, step: training.step, loss: run.loss, divergence: run.divergence,
      before: run.before, losses: losses)
  }

  /// Whether a measurement takes less than a tenth of the steps between two: of three passes a step it needs one.
  private func isCheap(every interval: Int) -> Bool {
    10 * parameters.validationCrops <= 3 * parameters.batchSize * interval
  }

  private static func validationDivergence(at step: Int) -> String {
    "the loss on the validation crops left the finite numbers at step \(step)"
  }

  /// Fails after a divergence that shall not be recorded.
  private func allow(_ divergence: String?) throws {
    guard let divergence, parameters.onDivergence == .fail else { return }
    throw TaskFailure(code: .diverged, message: divergence + "; lower learning_rate")
  }

  /// The crops of a step, `[batch, z, y, x]`.
  private func crops(of step: Int, in stream: CropStream) throws -> Tensor {
    let count = parameters.batchSize / parameters.masksPerCrop
    return try stream.batch(step * count..<(step + 1) * count, copies: parameters.masksPerCrop)
  }

  // MARK: - Checkpoints

  /// A training under way; all that a later step or the result depends on is in its checkpoint.
  private struct Run {
    let training: MaskedAutoencoderTraining
    var watch = DivergenceWatch()
    /// The last finite loss of a step; nil before the first.
    var loss: Float?
    /// The loss on validation crops before the last tenth of the steps.
    var before: Float?
    /// Why and when it diverged, if it did.
    var divergence: String?

    mutating func advance(crops: Tensor) {
      let step = training.step + 1
      let value = training.advance(crops: crops)
      guard value.isFinite else {
        divergence = "the loss left the finite numbers at step \(step)"
        return
      }
      loss = value
      if watch.sees(value) { divergence = "the loss grew tenfold until step \(step)" }
    }

    /// What it is compared by on its way; nil where it diverged.
    func metrics(_ losses: ReconstructionLosses?) -> [Metric] {
      let ratio = { (whole: Double?) in
        losses.flatMap { losses in whole.flatMap { $0 > 0 ? losses.loss / $0 : nil } }
      }
      return [
        Metric("validation.loss", losses?.loss, better: .lower),
        Metric("validation.relative_to_own_mean", ratio(losses?.ownMean), better: .lower),
        Metric("validation.relative_to_training_mean", ratio(losses?.trainingMean), better: .lower),
        Metric("loss", losses == nil ? nil : loss.map { Double($0) }, better: .lower),
        Metric("diverged", losses == nil ? 1 : 0, better: .lower),
      ]
    }

    func checkpoint() throws -> Bundle {
      var state = training.checkpoint()
      watch.write(to: &state)
      if let loss { state["loss"] = Tensor([loss], shape: []) }
      if let before { state["validation.before"] = Tensor([before], shape: []) }
      return try TrainingCheckpoint(state).bundle()
    }
  }

  private func started(_ measure: ReconstructionMeasure, engine: Engine, context: StageContext) throws -> Run {
    let loss = measure.loss
    guard let found = try context.checkpoints.latest() else {
      context.log("starts at step 0", false)
      let model = MaskedAutoencoder3D(
        parameters.configuration, seed: context.seed, inputs: measure.voxels,
        outputs: loss.target == .raw ? measure.voxels : .standard)
      return Run(
        training: MaskedAutoencoderTraining(
          from: model, optimiser: parameters.optimiser, steps: parameters.totalSteps, ratio: parameters.maskRatio,
          loss: loss, seed: context.seed, engine: engine))
    }
    context.log("resumes at step \(found.step)", false)
    let state = try TrainingCheckpoint(found.bundle).state
    let training = try MaskedAutoencoderTraining(
      configuration: parameters.configuration, optimiser: parameters.optimiser, steps: parameters.totalSteps,
      ratio: parameters.maskRatio, loss: loss, seed: context.seed, engine: engine, resuming: state)
    return Run(
      training: training, watch: try DivergenceWatch(resuming: state), loss: state["loss"]?.values.first,
      before: state["validation.before"]?.values.first)
  }
}

extension TrainMaskedAutoencoder.Outcome {
  /// The largest share of the training mean's loss that a converged training has.
  static let largestShare = 0.8
  /// What the last tenth of the steps lowers the loss of a converged training by, at most.
  static let largestImprovement = 0.03

  var metrics: [Metric] {
    let hasDiverged = divergence != nil
    let loss = hasDiverged || !losses.loss.isFinite ? nil : losses.loss
    let improvement = loss.flatMap { loss in before.flatMap { $0 > 0 ? 1 - loss / Double($0) : nil } }
    let finite = { (value: Double) in value.isFinite ? value : nil }
    let ratio = { (whole: Double) in loss.flatMap { whole > 0 ? $0 / whole : nil } }
    let relative = ratio(losses.trainingMean)
    let isConverged =
      relative.map { $0 <= Self.largestShare } ?? false
      && improvement.map { $0 < Self.largestImprovement } ?? false
    return [
      Metric("validation.loss", loss, better: .lower),
      Metric("validation.relative_to_own_mean", ratio(losses.ownMean), better: .lower),
      Metric("validation.relative_to_training_mean", relative, better: .lower),
      Metric("validation.own_mean", finite(losses.ownMean), better: .lower),
      Metric("validation.training_mean", finite(losses.trainingMean), better: .lower),
      Metric("validation.improvement", improvement),
      Metric("converged", isConverged ? 1 : 0, better: .higher),
      Metric("diverged", hasDiverged ? 1 : 0, better: .lower),
      Metric("loss", self.loss.map { Double($0) }, better: .lower),
      Metric("steps", Double(step), unit: "steps", better: .neither),
    ]
  }
}
