import Artifacts
import Imaging
import Neural
public import Pipeline
public import Recipes
import Tensors

/// `detect.model`: every maximum of a trained detector's heatmap above a floor, with its score.
public struct DetectWithModel: Stage {
  /// Nothing to set: the model carries all that decides.
  public struct Parameters: Sendable {
    public init() {}
  }

  public static let kind = "detect.model"
  public static let revision = 1
  public static let summary = "finds cells with a trained detector; keeps every maximum above 0.02 with its score"
  public static let schema = ParameterSchema<Parameters>(default: Parameters(), [])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [Port("model", .model), Port("regions", .annotatedRegions)], outputs: [Port("detections", .detections)])
  }

  public init(_ parameters: Parameters) {}

  public func estimate() -> Cost { Cost(memory: 900 << 20, seconds: 5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let model = try DetectorModel(inputs.single("model"))
    let regions = try AnnotatedRegions(inputs.single("regions"))
    let network = try ConvMixer3D(model.configuration, state: model.state)
    let detector = ModelDetector(
      network: network, minimumDistance: model.minimumDistance, engine: Engine(threads: context.threads))
    var found: [Detections] = []
    for (index, region) in regions.regions.enumerated() {
      context.report(Double(index) / Double(regions.regions.count), "region \(region.id)")
      found.append(try detector.detections(in: region.volume()))
    }
    let artifact = RegionDetections(regions: regions.regions.map(\.id), detections: found)
    try context.write("detections", artifact.bundle())
    return [Metric("detections", Double(found.reduce(0) { $0 + $1.count }))]
  }
}
