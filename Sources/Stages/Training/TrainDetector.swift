import Artifacts
import Imaging
import Neural
public import Pipeline
import Recipes
import Tensors

/// `train.detector`: a network that gives each voxel the probability of lying in a cell, and its threshold.
///
/// The threshold is chosen on the validation regions, never on test data, as the last act of the training. The result
/// is the model of the last step. Regions of several markers make a joint model: crops are drawn evenly over markers,
/// targets and tolerances are those of each region's marker, and the threshold is best for the mean over markers of F1.
public struct TrainDetector: Stage {
  public static let kind = "train.detector"
  public static let revision = 1
  public static let summary =
    "trains a detector on regions of one or more markers and chooses its threshold on validation regions"
  public static let details = """
    A 'mae-detector' is the encoder of the masked autoencoder at input 'encoder', nothing masked, with a linear head from
    each token to the logits of its patch's voxels. It sees volumes in windows of the autoencoder's crop side by side from
    the first voxel on, the last one moved inside; 'crop' holds whole windows. Regions are normalised as the
    autoencoder's were. All weights are trained, or with 'freeze' the head alone. 'dim', 'depth', 'kernel' and 'patch' are
    those of a 'convmixer3d', which takes no encoder.
    """

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [
        Port("train", .annotatedRegions, .many, exposure: .learns),
        Port("validation", .annotatedRegions, .many, exposure: .learns), Port("encoder", .mae, .optional),
      ],
      outputs: [Port("model", .model)])
  }

  let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    for port in ["train", "validation"] where inputs.regions(port)?.isEmpty ?? false {
      throw ShapeProblem("", "input '\(port)' has no regions")
    }
    let regions = ["train", "validation"].flatMap { inputs.regions($0) ?? [] }
    if let problem = VoxelSizes.difference(among: regions.map { ($0.name, $0.voxelSize) }) {
      throw ShapeProblem("", problem, hint: VoxelSizes.cure)
    }
    try checkEncoder(inputs)
    let crop = parameters.crop.axes
    for region in inputs.regions("train") ?? [] {
      guard let size = region.size, let axis = (0..<3).first(where: { crop[$0] > size[$0] }) else { continue }
      throw ShapeProblem(
        "crop", "crop \(parameters.crop.extent) does not fit region '\(region.name)' of \(region.sizeText) voxels",
        hint: "along \("zyx".map(String.init)[axis]) at most \(size[axis])")
    }
    return [:]
  }

  public func estimate() -> Cost {
    // In Double: the largest values that are allowed are beyond Int.
    let product = { (axes: [Int]) in axes.reduce(1.0) { $0 * Double($1) } }
    let model = parameters.model
    if model.kind == .maeDetector {
      // How wide the encoder is nobody knows before it is there; as the preset 'sweep' in patches of 4 x 4 x 4.
      let voxels = Double(parameters.batch) * product(parameters.crop.axes)
      return Cost(
        memory: Int(min(Double(600 << 20) + voxels * 2000, 1e18)),
        seconds: Double(parameters.steps) * voxels * 4.5e4 / 4e10)
    }
    let tokens = Double(parameters.batch) * product(parameters.crop.axes) / product(model.patch.axes)
    let width = Double((model.dim + 7) / 8 * 8)
    let products = tokens * Double(model.depth * model.dim) * (product(model.kernel.axes) + Double(model.dim))
    let activations = tokens * width * 4 * Double(6 * model.depth + 4)
    // 3: forward and both gradients; 4e10: what one core of the machines this was built on does a second.
    return Cost(
      memory: Int(min(Double(600 << 20) + activations, 1e18)), seconds: Double(parameters.steps) * products * 6 / 4e10)
  }

  public var trajectory: Trajectory? {
    Trajectory(
      stepParameters: ["steps"], steps: parameters.steps, sharedSteps: schedule.decayStart(steps: parameters.steps) ?? 0
    )
  }

  public static let rungMetrics = ["validation.f1"]

  var schedule: Schedule {
    switch parameters.schedule {
    case .wsd: .wsd
    case .cosine: .cosine
    }
  }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let data = try TrainingRegions(inputs)
    let engine = Engine(threads: context.threads)
    let encoder = try encoder(inputs, for: data)
    let choose = { (network: any DetectorNetwork) -> ThresholdChoice in
      try threshold(for: network, on: data.validation, engine: engine)
    }
    let (network, loss) = try trained(
      from: start(encoder, seed: context.seed), on: data.train, data.validation, engine: engine, context: context
    ) { network in
      [Metric("validation.f1", try choose(network).f1, better: .higher)]
    }
    context.report(0.97, "choosing the threshold")
    let choice = try choose(network)
    let model = DetectorModel(
      architecture: network.architecture, state: network.state, marker: data.marker,
      normalisation: data.normalisation, voxelSize: data.train.first?.regions.first?.voxelSize,
      minimumDistance: parameters.minimumDistance, tau: Double(choice.threshold), curve: CurvePoint.points(of: choice),
      seen: seen(data, encoder))
    try context.write("model", model.bundle())
    return [
      Metric("loss", Double(loss), better: .lower),
      Metric("tau", Double(choice.threshold)),
      Metric("validation.f1", choice.f1, better: .higher),
      Metric("steps", Double(parameters.steps), unit: "steps"),
    ]
  }

  /// The threshold that is best on the validation regions.
  private func threshold(
    for network: any DetectorNetwork, on validation: [AnnotatedRegions], engine: Engine
  ) throws -> ThresholdChoice {
    let detector = ModelDetector(
      network: network, minimumDistance: parameters.minimumDistance, engine: engine)
    return try ThresholdChoice.best(
      validation.map { validation in
        ThresholdChoice.Group(
          regions: try validation.regions.map { $0.found(detector.detections(in: try $0.volume())) },
          tolerance: .pixels(validation.marker.tolerance))
      }, thresholds: ThresholdChoice.logitSpaced())
  }
}
