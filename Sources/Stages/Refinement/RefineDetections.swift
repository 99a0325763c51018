import Artifacts
import Imaging
public import Pipeline
public import Recipes

/// `refine.detections`: detections with the scores that a refiner gives them, and its threshold.
public struct RefineDetections: Stage {
  /// Nothing to set: the refiner carries all that decides.
  public struct Parameters: Sendable {
    public init() {}
  }

  public static let kind = "refine.detections"
  public static let revision = 1
  public static let summary = "gives detections new scores, the probability of being true, and a refiner's threshold"
  public static let schema = ParameterSchema<Parameters>(default: Parameters(), [])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [Port("detections", .detections), Port("features", .features), Port("refiner", .refiner)],
      outputs: [Port("detections", .detections)])
  }

  public init(_ parameters: Parameters) {}

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    inputs.regions("detections").map { ["detections": ArtifactShape(regions: $0)] } ?? [:]
  }

  public func estimate() -> Cost { Cost(memory: 200 << 20, seconds: 0.5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let model = try RefinerModel(inputs.single("refiner"))
    let found = try FoundRegions(
      RegionDetections(inputs.single("detections")), RegionFeatures(inputs.single("features")))
    try model.check(found.features)
    let scored = found.scored(by: model)
    try context.write("detections", scored.bundle())
    return [
      Metric("detections", Double(scored.detections.reduce(0) { $0 + $1.count })),
      Metric("kept", Double(scored.detections.reduce(0) { $0 + $1.atLeast(Float(model.tau)).count })),
      Metric("tau", model.tau),
    ]
  }
}
