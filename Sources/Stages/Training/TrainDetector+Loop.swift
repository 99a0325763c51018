import Artifacts
import Imaging
import Neural
import Pipeline
import Tensors

extension TrainDetector {
  /// Runs the steps that are missing, from the furthest checkpoint there is.
  ///
  /// - Returns: The network after the last step and its last loss.
  func trained(
    on regions: AnnotatedRegions, engine: Engine, context: StageContext
  ) throws -> (network: ConvMixer3D, loss: Float) {
    let sampler = try CropSampler(
      sources: regions.regions.map { try CropSource($0, marker: regions.marker) },
      crop: parameters.crop.extent, seed: context.seed)
    let training = try started(engine: engine, context: context)
    var loss = Float.nan
    while training.step < parameters.steps {
      let step = training.step
      let batch = sampler.batch(step: step, count: parameters.batch)
      let shape = [parameters.batch] + parameters.crop.axes
      loss = training.advance(
        input: Tensor(batch.input, shape: shape), target: Tensor(batch.target, shape: shape))
      guard loss.isFinite else {
        throw TaskFailure(
          code: .diverged, message: "the loss became \(loss) at step \(step + 1); lower learning_rate")
      }
      if step % 10 == 9 || training.step == parameters.steps {
        context.report(
          0.97 * Double(training.step) / Double(parameters.steps),
          "step \(training.step) of \(parameters.steps), loss \(rounded(loss))")
      }
      if context.checkpoints.isDue(training.step) || training.step == trajectory?.sharedSteps {
        try context.checkpoints.save(training.step, TrainingCheckpoint(training.checkpoint()).bundle)
      }
    }
    return (training.model, loss)
  }

  private func started(engine: Engine, context: StageContext) throws -> DetectorTraining {
    let optimiser = AdamW.Settings(rate: Float(parameters.learningRate), decay: Float(parameters.decay))
    let loss = FocalLoss(alpha: Float(parameters.loss.alpha), gamma: Float(parameters.loss.gamma))
    guard let checkpoint = try context.checkpoints.latest() else {
      context.log("starts at step 0", false)
      return DetectorTraining(
        configuration: parameters.model.configuration, optimiser: optimiser, schedule: schedule,
        steps: parameters.steps, loss: loss, seed: context.seed, engine: engine)
    }
    context.log("resumes at step \(checkpoint.step)", false)
    return try DetectorTraining(
      configuration: parameters.model.configuration, optimiser: optimiser, schedule: schedule,
      steps: parameters.steps, loss: loss, seed: context.seed, engine: engine,
      resuming: TrainingCheckpoint(checkpoint.bundle).state)
  }

  /// Four significant digits, for people.
  private func rounded(_ loss: Float) -> String {
    loss == 0 ? "0" : "\((loss * 1e6).rounded() / 1e6)"
  }
}
