import ArrayStores
import Artifacts
import Imaging
public import Pipeline
public import Recipes

/// `detect.chance`: as many uniformly random points as there are annotations: what density alone gives.
public struct DetectByChance: Stage {
  /// Nothing to set.
  public struct Parameters: Sendable {
    public init() {}
  }

  public static let kind = "detect.chance"
  public static let revision = 1
  public static let summary = "sets as many random points as there are annotations: what density alone gives"
  public static let schema = ParameterSchema<Parameters>(default: Parameters(), [])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(inputs: [Port("regions", .annotatedRegions)], outputs: [Port("detections", .detections)])
  }

  public init(_ parameters: Parameters) {}

  public func estimate() -> Cost { Cost(memory: 200 << 20, seconds: 0.5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let regions = try AnnotatedRegions(inputs.single("regions"))
    let found = regions.regions.map { region in
      ChanceDetector.detections(
        count: region.centres.count, in: Extent(axes: region.image.shape), seed: context.seed, region: region.id)
    }
    try context.write(
      "detections", RegionDetections(regions: regions.regions.map(\.id), detections: found).bundle())
    return [Metric("detections", Double(found.reduce(0) { $0 + $1.count }))]
  }
}
