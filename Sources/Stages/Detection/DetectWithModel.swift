import Artifacts
import Imaging
import Neural
public import Pipeline
public import Recipes
import Tensors

/// `detect.model`: every maximum of a trained detector's heatmap above a floor, with its score.
public struct DetectWithModel: Stage {
  /// What is kept; the model carries all else that decides.
  public struct Parameters: Sendable {
    var floor = Double(ModelDetector.floor)

    public init() {}
  }

  public static let kind = "detect.model"
  public static let revision = 1
  public static let summary = "finds cells with a trained detector; keeps every maximum above a floor with its score"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "floor", \.floor, range: 0...0.99, neutral: Parameters().floor,
        "maxima of lower probability are not kept; no threshold lies below it")
    ])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [Port("model", .model), Port("regions", .annotatedRegions)], outputs: [Port("detections", .detections)])
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Detections are of the regions that they were found in.
  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    inputs.regions("regions").map { ["detections": ArtifactShape(regions: $0)] } ?? [:]
  }

  public func estimate() -> Cost { Cost(memory: 900 << 20, seconds: 5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let model = try DetectorModel(inputs.single("model"))
    let regions = try AnnotatedRegions(inputs.single("regions"))
    let detector = ModelDetector(
      network: try model.network(), minimumDistance: model.minimumDistance, engine: Engine(threads: context.threads))
    var found: [Detections] = []
    for (index, region) in regions.regions.enumerated() {
      context.report(Double(index) / Double(regions.regions.count), "region \(region.id)")
      found.append(try detector.detections(in: region.volume(), above: Float(parameters.floor)))
    }
    let artifact = RegionDetections(regions: regions.regions.map(\.id), detections: found)
    var bundle = try artifact.bundle()
    bundle.places = regions.places
    try context.write("detections", bundle)
    return [Metric("detections", Double(found.reduce(0) { $0 + $1.count }))]
  }
}
