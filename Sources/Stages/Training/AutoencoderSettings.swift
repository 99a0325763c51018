import Neural
public import Recipes

/// One half of a masked autoencoder, as a recipe writes it; what is null is the preset's.
public struct AutoencoderHalf: Sendable {
  var width: Int?
  var depth: Int?
  var heads: Int?

  public init() {}

  static let schema = ParameterSchema<AutoencoderHalf>(
    default: AutoencoderHalf(),
    [
      .value("width", \.width, range: 6...4096, "numbers of a token, divisible by heads and by 6; null: the preset's"),
      .value("depth", \.depth, range: 1...64, "blocks; null: the preset's"),
      .value("heads", \.heads, range: 1...64, "heads of the attention; null: the preset's"),
    ])

  /// The numbers, those of a preset where there are none.
  func resolved(_ preset: MaskedAutoencoderConfiguration.Half) -> (width: Int, depth: Int, heads: Int) {
    (width ?? preset.width, depth ?? preset.depth, heads ?? preset.heads)
  }
}

/// Model and length of a training under one name.
public enum AutoencoderPreset: String, ParameterValue, CaseIterable {
  case paper, mini, sweep, smoke

  /// The sizes of the model.
  var model: MaskedAutoencoderConfiguration.Preset {
    switch self {
    case .paper: .paper
    case .mini: .mini
    case .sweep: .sweep
    case .smoke: .smoke
    }
  }

  /// Steps, crops a step and peak rate; of `paper` 700 epochs of 6,000 crops. Keys hold the name alone: a change here is a
  /// new revision of the kind, and a test holds both together.
  var schedule: (steps: Int, batch: Int, rate: Double) {
    switch self {
    case .paper: (131_250, 32, 1.5e-4)
    case .mini: (4000, 32, 1e-3)
    case .sweep: (800, 16, 5e-3)
    case .smoke: (30, 8, 1e-3)
    }
  }
}

extension TrainMaskedAutoencoder {
  /// How a masked autoencoder is trained.
  public struct Parameters: Sendable {
    var crop = Triple(16, 32, 32)
    var patch = Triple(4, 8, 8)
    var maskRatio = 0.15
    var preset = AutoencoderPreset.sweep
    var scale = 1.0
    var encoder = AutoencoderHalf()
    var decoder = AutoencoderHalf()
    var steps: Int?
    var batch: Int?
    var learningRate: Double?
    var decay = 0.05
    var betas = [0.9, 0.95]
    var target = TargetName.raw
    var alpha = 1.0
    var gamma = 9.0
    var masksPerCrop = 1
    var augment = true
    var validationCrops = 128
    var onDivergence = OnDivergence.fail

    public init() {}
  }

  /// What the model has to give for a patch.
  public enum TargetName: String, ParameterValue, CaseIterable { case raw, normalised }

  /// What becomes of a training that diverges.
  public enum OnDivergence: String, ParameterValue, CaseIterable { case fail, record }

  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value("crop", \.crop, unit: "voxels", "what the model sees at once"),
      .value("patch", \.patch, unit: "voxels", "voxels that become one token; divides the crop"),
      .value("mask_ratio", \.maskRatio, range: 0...1, "share of the patches that is masked"),
      .value("preset", \.preset, "size and length of the training: \(presetWords)"),
      .value("scale", \.scale, range: 1e-6...1e6, "steps are those of the preset times this"),
      .record("encoder", \.encoder, AutoencoderHalf.schema, "what turns the visible patches into features"),
      .record("decoder", \.decoder, AutoencoderHalf.schema, "what turns features and mask tokens into voxels"),
      .value(
        "steps", \.steps, range: 1...10_000_000, "steps of the optimiser; null: the preset's times scale"),
      .value("batch", \.batch, range: 1...4096, "masked crops a step; null: the preset's"),
      .value(
        "learning_rate", \.learningRate, range: 0...10,
        "peak of the rate, after a warm-up over 5% of the steps, from where half a cosine goes to 0; null: the preset's"
      ),
      .value("decay", \.decay, range: 0...1, "weight decay of AdamW; not of biases, norms and tokens"),
      .value("betas", \.betas, each: 0...0.9999, count: 2, "decay of both moments of AdamW"),
      .value("target", \.target, "raw: voxels; normalised: voxels less their patch's mean, over their deviation"),
      .value("alpha", \.alpha, range: 0...1000, "weight of an empty patch"),
      .value("gamma", \.gamma, range: 0...1000, "what a patch of full content weighs more"),
      .value("masks_per_crop", \.masksPerCrop, range: 1...4096, "masks of each crop; batch is a multiple of it"),
      .value("augment", \.augment, "whether crops are flipped along each axis and turned by quarters in the plane"),
      .value("validation_crops", \.validationCrops, range: 1...100_000, "crops that the loss is measured on"),
      .value(
        "on_divergence", \.onDivergence, "fail, or record: the last finite model is the result, marked as diverged"),
    ], check: problems)

  private static let presetWords = AutoencoderPreset.allCases.map { preset in
    let schedule = preset.schedule
    return "\(preset.rawValue) (\(schedule.steps) steps of \(schedule.batch))"
  }.joined(separator: ", ")
}

extension TrainMaskedAutoencoder {
  private static func problems(_ parameters: Parameters) -> [ParameterProblem] {
    let (crop, patch) = (parameters.crop.axes, parameters.patch.axes)
    if let field = [("crop", crop), ("patch", patch)].first(where: { $0.1.contains { !(1...512).contains($0) } }) {
      return [ParameterProblem(field.0, "a \(field.0) has 1 to 512 voxels along each axis")]
    }
    for (axis, (whole, part)) in zip("zyx", zip(crop, patch)) where whole % part != 0 {
      let below = whole / part * part
      return [
        ParameterProblem(
          "crop", "patch \(part) does not divide crop \(whole) along \(axis)",
          hint: "nearest valid: " + (below > 0 ? "\(below), " : "") + "\(below + part)")
      ]
    }
    let tokens = zip(crop, patch).reduce(1) { $0 * ($1.0 / $1.1) }
    let visible = Int(Double(tokens) * (1 - parameters.maskRatio))
    guard tokens <= 4096 else {
      return [ParameterProblem("patch", "a crop has \(tokens) patches, at most 4096 are possible")]
    }
    guard visible > 0, visible < tokens else {
      return [
        ParameterProblem(
          "mask_ratio", "\(parameters.maskRatio) of \(tokens) patches leaves \(visible) visible",
          hint: "at least one is visible, and one masked")
      ]
    }
    let preset = MaskedAutoencoderConfiguration(parameters.preset.model)
    return halfProblems("encoder", parameters.encoder.resolved(preset.encoder))
      + halfProblems("decoder", parameters.decoder.resolved(preset.decoder)) + batchProblems(parameters)
      + lengthProblems(parameters)
  }

  private static func halfProblems(
    _ name: String, _ half: (width: Int, depth: Int, heads: Int)
  ) -> [ParameterProblem] {
    // The least multiple of both 6 and the heads.
    let step = stride(from: 6, through: 6 * half.heads, by: 6).first { $0 % half.heads == 0 } ?? 6 * half.heads
    guard half.width % step != 0 else { return [] }
    let below = half.width / step * step
    return [
      ParameterProblem(
        "\(name).width",
        half.width % half.heads != 0
          ? "\(half.heads) heads do not divide the width \(half.width)"
          : "6 does not divide the width \(half.width): a third an axis, half sines, half cosines",
        hint: "nearest valid: " + (below > 0 ? "\(below), " : "") + "\(below + step)")
    ]
  }

  private static func lengthProblems(_ parameters: Parameters) -> [ParameterProblem] {
    guard let steps = parameters.steps, parameters.scale != 1 else { return [] }
    return [
      ParameterProblem(
        "scale", "steps are \(steps) already, so that a scale of \(parameters.scale) changes nothing",
        hint: "set steps to null, or scale to 1")
    ]
  }

  private static func batchProblems(_ parameters: Parameters) -> [ParameterProblem] {
    let batch = parameters.batch ?? parameters.preset.schedule.batch
    if batch % parameters.masksPerCrop != 0 {
      return [
        ParameterProblem(
          "masks_per_crop", "a batch of \(batch) is no multiple of \(parameters.masksPerCrop) masks a crop")
      ]
    }
    return parameters.alpha + parameters.gamma > 0
      ? [] : [ParameterProblem("alpha", "alpha and gamma are both 0, so that no patch counts")]
  }
}

extension TrainMaskedAutoencoder.Parameters {
  /// Steps of the whole training.
  var totalSteps: Int { steps ?? max(1, Int(min(1e7, (Double(preset.schedule.steps) * scale).rounded()))) }
  /// Masked crops a step.
  var batchSize: Int { batch ?? preset.schedule.batch }
  /// The size of the model.
  var configuration: MaskedAutoencoderConfiguration {
    let preset = MaskedAutoencoderConfiguration(preset.model)
    func half(_ own: AutoencoderHalf, _ preset: MaskedAutoencoderConfiguration.Half)
      -> MaskedAutoencoderConfiguration.Half
    {
      let (width, depth, heads) = own.resolved(preset)
      return MaskedAutoencoderConfiguration.Half(width: width, depth: depth, heads: heads)
    }
    return MaskedAutoencoderConfiguration(
      grid: zip(crop.axes, patch.axes).map { $0 / $1 }, patch: patch.axes, encoder: half(encoder, preset.encoder),
      decoder: half(decoder, preset.decoder), positions: preset.positions, layerScale: preset.layerScale)
  }

  var optimiser: Optimiser.Settings {
    .adamW(
      rate: Float(learningRate ?? preset.schedule.rate), decay: Float(decay), beta1: Float(betas[0]),
      beta2: Float(betas[1]))
  }

  func loss(meanVariance: Double) -> PatchLoss {
    PatchLoss(
      alpha: Float(alpha), gamma: Float(gamma), meanVariance: Float(meanVariance),
      target: target == .raw ? .raw : .normalised)
  }
}
