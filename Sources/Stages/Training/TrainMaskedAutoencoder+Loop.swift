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
    on train: CropStream, _ validation: CropStream, engine: Engine, context: StageContext
  ) throws -> Outcome {
    let measure = try ReconstructionMeasure(parameters, train: train, validation: validation, engine: engine)
    let run = try started(measure.loss, engine: engine, context: context)
    let training = run.training
    var (watch, before) = (run.watch, run.before)
    var (loss, divergence) = (Float?.none, String?.none)
    let steps = parameters.totalSteps
    while training.step < steps, divergence == nil {
      let step = training.step
      // Measured before the step, so that a checkpoint holds it or the step comes again.
      if step == steps - max(1, steps / 10) { before = try measure.value(of: training.model) }
      let value = training.advance(crops: try crops(of: step, in: train))
      if !value.isFinite {
        divergence = "the loss left the finite numbers at step \(step + 1)"
      } else if watch.sees(value) {
        divergence = "the loss grew tenfold until step \(step + 1)"
      }
      if value.isFinite { loss = value }
      if step % 10 == 9 || training.step == steps {
        context.report(
          0.97 * Double(training.step) / Double(steps), "step \(training.step) of \(steps), loss \(loss ?? value)")
      }
      // None after the last step, as who took that up would have no loss to tell.
      if training.step < steps, divergence == nil, context.checkpoints.isDue(training.step) {
        try context.checkpoints.save(training.step, checkpoint(training, watch, before))
      }
    }
    if let divergence {
      guard parameters.onDivergence == .record else {
        throw TaskFailure(code: .diverged, message: divergence + "; lower learning_rate")
      }
      context.log(divergence + ": recorded, the model is that of \(training.step) steps", true)
    }
    context.report(0.97, "measuring the loss")
    return Outcome(
      model: training.model, measure: measure, step: training.step, loss: loss, divergence: divergence,
      before: before, losses: try measure.losses(of: training.model))
  }

  /// The crops of a step, `[batch, z, y, x]`.
  private func crops(of step: Int, in stream: CropStream) throws -> Tensor {
    let count = parameters.batchSize / parameters.masksPerCrop
    return try stream.batch(step * count..<(step + 1) * count, copies: parameters.masksPerCrop)
  }

  // MARK: - Checkpoints

  private struct Run {
    let training: MaskedAutoencoderTraining
    var watch = DivergenceWatch()
    var before: Float?
  }

  private func started(_ loss: PatchLoss, engine: Engine, context: StageContext) throws -> Run {
    guard let found = try context.checkpoints.latest() else {
      context.log("starts at step 0", false)
      return Run(
        training: MaskedAutoencoderTraining(
          configuration: parameters.configuration, optimiser: parameters.optimiser, steps: parameters.totalSteps,
          ratio: parameters.maskRatio, loss: loss, seed: context.seed, engine: engine))
    }
    context.log("resumes at step \(found.step)", false)
    let state = try TrainingCheckpoint(found.bundle).state
    let training = try MaskedAutoencoderTraining(
      configuration: parameters.configuration, optimiser: parameters.optimiser, steps: parameters.totalSteps,
      ratio: parameters.maskRatio, loss: loss, seed: context.seed, engine: engine, resuming: state)
    return Run(
      training: training, watch: try DivergenceWatch(resuming: state), before: state["validation.before"]?.values.first)
  }

  private func checkpoint(
    _ training: MaskedAutoencoderTraining, _ watch: DivergenceWatch, _ before: Float?
  ) throws -> Bundle {
    var state = training.checkpoint()
    watch.write(to: &state)
    if let before { state["validation.before"] = Tensor([before], shape: []) }
    return try TrainingCheckpoint(state).bundle()
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
    let improvement = loss.flatMap { loss in before.map { 1 - loss / Double($0) } }
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
