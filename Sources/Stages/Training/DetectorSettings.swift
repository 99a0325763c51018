import Imaging
import Neural
public import Recipes

/// The network of a detector, as a recipe writes it.
public struct ModelSettings: Sendable {
  var kind = Kind.convmixer3d
  var dim = 64
  var depth = 6
  var kernel = Triple(5, 5, 5)
  var patch = Triple(1, 2, 2)
  var freeze = false
  var start = EncoderStart.trained

  public init() {}

  /// The architectures.
  public enum Kind: String, ParameterValue, CaseIterable {
    case convmixer3d
    case maeDetector = "mae-detector"
  }

  /// Which weights the encoder of a mae-detector begins with.
  public enum EncoderStart: String, ParameterValue, CaseIterable { case trained, random }

  static let schema = ParameterSchema<ModelSettings>(
    default: ModelSettings(),
    [
      .value(
        "kind", \.kind,
        "the architecture; what follows up to patch is of a convmixer3d, what comes after of a mae-detector"),
      .value("dim", \.dim, unit: "channels", range: 1...1024, "width of the network"),
      .value("depth", \.depth, range: 1...64, "number of blocks"),
      .value("kernel", \.kernel, unit: "tokens", "size of the depthwise kernel, odd along each axis"),
      .value("patch", \.patch, unit: "voxels", "voxels that become one token"),
      .value(
        "freeze", \.freeze, neutral: false, "whether the encoder stays as it is, and the head alone is trained"),
      .value(
        "start", \.start, neutral: .trained,
        "weights that the encoder begins with: trained, those of input 'encoder'; random, such as have learnt nothing"),
    ],
    check: { model in
      var problems = model.strangers
      if model.kernel.axes.contains(where: { $0 < 1 || $0 % 2 == 0 || $0 > 31 }) {
        problems.append(ParameterProblem("kernel", "a kernel is odd along each axis, from 1 to 31"))
      }
      if model.patch.axes.contains(where: { !(1...16).contains($0) }) {
        problems.append(ParameterProblem("patch", "a patch has 1 to 16 voxels along each axis"))
      }
      return problems
    })

  /// What is set and belongs to the other kind.
  private var strangers: [ParameterProblem] {
    let defaults = ModelSettings()
    switch kind {
    case .convmixer3d:
      let own = [("freeze", freeze == defaults.freeze), ("start", start == defaults.start)]
      return own.filter { !$0.1 }.map { name, _ in
        ParameterProblem(name, "a convmixer3d has no encoder", hint: "leave it out, or say 'kind: mae-detector'")
      }
    case .maeDetector:
      let own = [
        ("dim", dim == defaults.dim), ("depth", depth == defaults.depth), ("kernel", kernel == defaults.kernel),
        ("patch", patch == defaults.patch),
      ]
      return own.filter { !$0.1 }.map { name, _ in
        ParameterProblem(name, "a mae-detector has the sizes of its encoder", hint: "leave it out")
      }
    }
  }

  var configuration: ConvMixerConfiguration {
    ConvMixerConfiguration(dim: dim, depth: depth, kernel: kernel.axes, patch: patch.axes)
  }
}

/// What a detector learns to lower.
public struct LossSettings: Sendable {
  var kind = Kind.focal
  var alpha = 0.25
  var gamma = 2.0

  public init() {}

  /// The losses.
  public enum Kind: String, ParameterValue, CaseIterable { case focal }

  static let schema = ParameterSchema<LossSettings>(
    default: LossSettings(),
    [
      .value("kind", \.kind, "binary focal loss from logits, mean over voxels"),
      .value("alpha", \.alpha, range: 0...1, "weight of the voxels inside cells"),
      .value("gamma", \.gamma, range: 0...10, "how much easy voxels are left out"),
    ])
}

extension TrainDetector {
  /// How a detector is trained.
  public struct Parameters: Sendable {
    var model = ModelSettings()
    var crop = Triple(16, 64, 64)
    var batch = 8
    var steps = 1500
    var learningRate = 1e-3
    var decay = 1e-2
    var schedule = ScheduleName.wsd
    var loss = LossSettings()
    var minimumDistance = 3.0
    var optimiser = OptimiserName.adamw
    var momentum = 0.9
    var largestNorm = 0.0
    var average = 0.0

    public init() {}
  }

  /// How weights follow gradients.
  public enum OptimiserName: String, ParameterValue, CaseIterable { case adamw, sgd }

  /// How the learning rate goes.
  public enum ScheduleName: String, ParameterValue, CaseIterable { case wsd, cosine }

  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .record("model", \.model, ModelSettings.schema, "the network"),
      .value("crop", \.crop, unit: "voxels", "what the network sees at once in training"),
      .value("batch", \.batch, range: 1...1024, "crops a step"),
      .value("steps", \.steps, range: 1...10_000_000, "steps of the optimiser"),
      .value("learning_rate", \.learningRate, range: 0...10, "peak learning rate of the optimiser"),
      .value("decay", \.decay, range: 0...1, "weight decay of the optimiser"),
      .value(
        "schedule", \.schedule, "wsd: warm-up of 100 steps, constant, linear to 0 over the last fifth; cosine: to 0"),
      .record("loss", \.loss, LossSettings.schema, "what is lowered"),
      .value(
        "minimum_distance", \.minimumDistance, unit: "px", range: 0...100,
        "maxima closer than this, in the plane, are one cell"),
      .value("optimiser", \.optimiser, neutral: .adamw, "adamw, or sgd: gradient descent with momentum"),
      .value("momentum", \.momentum, range: 0...0.9999, neutral: 0.9, "momentum of sgd"),
      .value(
        "largest_norm", \.largestNorm, range: 0...1e6, neutral: 0,
        "gradients are scaled down to this norm where theirs is larger; 0 leaves them as they are"),
      .value(
        "average", \.average, range: 0...0.99999, neutral: 0,
        "decay of an exponential average of the weights, which becomes the model; 0: the weights of the last step"),
    ],
    check: { parameters in
      let patch = parameters.model.kind == .convmixer3d ? parameters.model.patch.axes : [1, 1, 1]
      for (axis, size) in zip("zyx", zip(parameters.crop.axes, patch)) where size.1 > 0 && size.0 % size.1 != 0 {
        return [
          ParameterProblem(
            "crop", "patch \(size.1) does not divide crop \(size.0) along \(axis)",
            hint: "nearest valid: \(max(1, size.0 / size.1) * size.1), \((size.0 / size.1 + 1) * size.1)")
        ]
      }
      if parameters.crop.axes.contains(where: { !(1...512).contains($0) }) {
        return [ParameterProblem("crop", "a crop has 1 to 512 voxels along each axis")]
      }
      return []
    })
}
