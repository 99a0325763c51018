import Artifacts
import Neural
import Pipeline

extension TrainDetector {
  /// Throws where kind and encoder do not go together, as far as it is known before anything runs.
  func checkEncoder(_ inputs: InputShapes) throws {
    let isConnected = inputs.ports["encoder"] != nil
    switch parameters.model.kind {
    case .convmixer3d where isConnected:
      throw ShapeProblem(
        "model.kind", "a convmixer3d takes no encoder", hint: "say 'kind: mae-detector', or leave input 'encoder' out")
    case .maeDetector where !isConnected:
      throw ShapeProblem(
        "model.kind", "a mae-detector needs the model of a masked autoencoder",
        hint: "connect one: 'in: {encoder: pretrain.model}'")
    case .convmixer3d, .maeDetector: break
    }
    guard let window = inputs.ports["encoder"]?.first??.window, let problem = cropProblem(window) else { return }
    throw ShapeProblem("crop", problem.message, hint: problem.hint)
  }

  /// Why crops are not made of whole windows, and what would be; nil where they are.
  private func cropProblem(_ window: [Int]) -> (message: String, hint: String)? {
    let crop = parameters.crop.axes
    guard let axis = (0..<3).first(where: { crop[$0] % window[$0] != 0 }) else { return nil }
    let below = crop[axis] / window[axis] * window[axis]
    let (name, near) = ("zyx".map(String.init)[axis], (below > 0 ? "\(below), " : "") + "\(below + window[axis])")
    return (
      "crop \(parameters.crop.extent) is not made of whole windows of the encoder, which are \(window[axis]) along \(name)",
      "nearest valid: \(near)"
    )
  }

  // MARK: - Running

  /// The masked autoencoder that a detector is built on; nil for a network of its own.
  ///
  /// - Throws: `TaskFailure` where it was trained on regions normalised otherwise, or sees windows that crops are not
  ///   made of.
  func encoder(_ inputs: StageInputs, for data: TrainingRegions) throws -> AutoencoderModel? {
    guard parameters.model.kind == .maeDetector else { return nil }
    guard let bundle = try inputs.optional("encoder") else {
      throw TaskFailure(code: .internalError, message: "nothing is connected to port 'encoder'")
    }
    let model = try AutoencoderModel(bundle)
    guard model.normalisation == data.normalisation else {
      throw TaskFailure(
        code: .badData,
        message: "the training regions are normalised otherwise than those that the masked autoencoder was trained on; "
          + "prepare them alike")
    }
    if let problem = cropProblem(model.configuration.crop) {
      throw TaskFailure(code: .badData, message: "\(problem.message); \(problem.hint)")
    }
    return model
  }

  /// What step 0 begins with.
  func start(_ encoder: AutoencoderModel?, seed: UInt64) throws -> DetectorStart {
    guard let encoder else { return DetectorStart(ConvMixer3D(parameters.model.configuration, seed: seed)) }
    let network =
      switch parameters.model.start {
      case .trained: try encoder.network()
      case .random: encoder.untrained(seed: seed)
      }
    return DetectorStart(EncoderDetector3D(on: network, seed: seed), isFrozen: parameters.model.freeze)
  }

  /// Every region that the model has learnt from or was chosen by, and those that its encoder was pretrained on.
  func seen(_ data: TrainingRegions, _ encoder: AutoencoderModel?) -> [SeenRegion] {
    let own = (data.train + data.validation).flatMap(\.regions).map { SeenRegion(source: $0.source, box: $0.box) }
    let pretrained = parameters.model.start == .trained ? encoder?.seen ?? [] : []
    return own + pretrained.filter { !own.contains($0) }
  }
}
