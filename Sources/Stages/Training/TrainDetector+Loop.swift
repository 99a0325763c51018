import Artifacts
import Imaging
import Neural
import Pipeline
import Tensors

extension TrainDetector {
  /// Runs the steps that are missing, from the furthest checkpoint there is.
  ///
  /// - Parameters:
  ///   - start: What step 0 begins with.
  ///   - validation: Where the loss is measured for the log.
  ///   - measure: What it is compared by at a rung.
  /// - Returns: The network after the last step and its last loss.
  func trained(
    from start: DetectorStart, on markers: [AnnotatedRegions], _ validation: [AnnotatedRegions], engine: Engine,
    context: StageContext, measure: (any DetectorNetwork) throws -> [Metric]
  ) throws -> (network: any DetectorNetwork, loss: Float) {
    let sampler = CropSampler(
      groups: try markers.map { try $0.cropRegions() }, settings: CropSettings(size: parameters.crop.extent),
      seed: context.seed)
    let fixed = try DetectorValidation(
      validation, size: parameters.crop.extent, batch: parameters.batch, loss: focalLoss, engine: engine)
    let notes = TrainingNotes(of: parameters.steps, in: context)
    let training = try training(from: start, engine: engine, context: context)
    var loss = Float.nan
    while training.step < parameters.steps {
      let step = training.step
      if let pause = context.checkpoints.pause, step == pause.step {
        context.report(0.97 * Double(step) / Double(parameters.steps), "measuring at step \(step)")
        guard training.model.state.isFinite else { try diverge(Self.weightsDivergence(at: step), context) }
        try pause.reached(TrainingCheckpoint(training.checkpoint()).bundle(), measure(training.model))
      }
      let (input, target) = batch(of: sampler, step: step)
      loss = training.advance(input: input, target: target)
      guard loss.isFinite else {
        // The sign of a NaN depends on the processor.
        let word = loss.isNaN ? "nan" : "\(loss)"
        try diverge("the loss became \(word) at step \(step + 1)", context)
      }
      notes.loss(rounded(loss), after: training.step)
      if training.step % notes.interval == 0 || training.step == parameters.steps {
        notes.validation(rounded(fixed.value(of: training.model)), after: training.step)
      }
      // None after the last step: who took that up would have no loss to tell, and be another result.
      let isLast = training.step == parameters.steps
      if !isLast, context.checkpoints.isDue(training.step) || training.step == trajectory?.sharedSteps {
        try context.checkpoints.save(training.step, TrainingCheckpoint(training.checkpoint()).bundle())
      }
    }
    // The last step may have gone too far, and no loss was taken after it.
    guard training.model.state.isFinite else { try diverge(Self.weightsDivergence(at: training.step), context) }
    return (training.model, loss)
  }

  private static func weightsDivergence(at step: Int) -> String {
    "the weights left the finite numbers at step \(step)"
  }

  /// Ends a training that diverged: on its way to a rung it is n/a there, behind all that did not, else it fails.
  private func diverge(_ words: String, _ context: StageContext) throws -> Never {
    if let pause = context.checkpoints.pause {
      context.log("\(words): n/a at step \(pause.step)", true)
      try pause.reached(nil, Self.rungMetrics.map { Metric($0, nil, better: .higher) })
    }
    throw TaskFailure(code: .diverged, message: words + "; lower learning_rate")
  }

  /// The crops of a step, `[batch, z, y, x]`; a crop that meets an ignore box is drawn again.
  private func batch(of sampler: CropSampler, step: Int) -> (input: Tensor, target: Tensor) {
    var input: [Float] = []
    var target: [Float] = []
    for place in 0..<parameters.batch {
      let tries = (0..<32).lazy.map { sampler.crop(step: step, index: place + $0 * parameters.batch) }
      let crop = tries.first { $0.weight == nil } ?? sampler.crop(step: step, index: place)
      input += crop.input
      target += crop.target
    }
    let shape = [parameters.batch] + parameters.crop.axes
    return (Tensor(input, shape: shape), Tensor(target, shape: shape))
  }

  private func training(
    from start: DetectorStart, engine: Engine, context: StageContext
  ) throws -> DetectorTraining {
    guard let checkpoint = try context.checkpoints.latest() else {
      context.log("starts at step 0", false)
      return DetectorTraining(
        from: start, optimiser: optimiser, schedule: schedule, steps: parameters.steps, loss: focalLoss, engine: engine)
    }
    context.log("resumes at step \(checkpoint.step)", false)
    return try DetectorTraining(
      from: start, optimiser: optimiser, schedule: schedule, steps: parameters.steps, loss: focalLoss, engine: engine,
      resuming: TrainingCheckpoint(checkpoint.bundle).state)
  }

  private var focalLoss: FocalLoss {
    FocalLoss(alpha: Float(parameters.loss.alpha), gamma: Float(parameters.loss.gamma))
  }

  private var optimiser: Optimiser.Settings {
    let (rate, decay) = (Float(parameters.learningRate), Float(parameters.decay))
    var settings: Optimiser.Settings =
      switch parameters.optimiser {
      case .adamw: .adamW(rate: rate, decay: decay)
      case .sgd: .sgd(rate: rate, decay: decay, momentum: Float(parameters.momentum))
      }
    settings.largestNorm = parameters.largestNorm > 0 ? Float(parameters.largestNorm) : nil
    settings.averageDecay = parameters.average > 0 ? Float(parameters.average) : nil
    return settings
  }

  /// Four significant digits, for people.
  private func rounded(_ loss: Float) -> String {
    loss == 0 ? "0" : "\((loss * 1e6).rounded() / 1e6)"
  }
}
