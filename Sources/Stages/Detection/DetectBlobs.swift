import Artifacts
import Imaging
public import Pipeline
public import Recipes

/// `detect.dog`: maxima of a difference of Gaussians, a baseline without training.
///
/// Its threshold is chosen on the validation regions of the marker that it is tested on: it has no other.
public struct DetectBlobs: Stage {
  /// What is taken for a cell.
  public struct Parameters: Sendable {
    var minimumDistance = 3.0

    public init() {}
  }

  public static let kind = "detect.dog"
  public static let revision = 1
  public static let summary = "finds cells as maxima of a difference of Gaussians; threshold from validation regions"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "minimum_distance", \.minimumDistance, unit: "px", range: 0...100,
        "maxima closer than this, in the plane, are one cell")
    ])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [Port("validation", .annotatedRegions, exposure: .learns), Port("regions", .annotatedRegions)],
      outputs: [Port("detections", .detections)])
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    if inputs.regions("validation")?.isEmpty ?? false {
      throw ShapeProblem("", "input 'validation' has no regions to choose the threshold on")
    }
    return [:]
  }

  public func estimate() -> Cost { Cost(memory: 700 << 20, seconds: 5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let validation = try AnnotatedRegions(inputs.single("validation"))
    let regions = try AnnotatedRegions(inputs.single("regions"))
    let tolerance = validation.marker.tolerance
    let known = try validation.regions.map { try $0.found(detections(in: $0.volume(), tolerance: tolerance)) }
    guard !known.isEmpty else {
      throw TaskFailure(code: .badData, message: "there are no validation regions of '\(validation.marker.label)'")
    }
    let thresholds = ThresholdChoice.rankSpaced(
      known.map(\.detections), annotations: known.reduce(0) { $0 + $1.annotations.count })
    let choice = try ThresholdChoice.best(
      known, thresholds: thresholds, tolerance: .pixels(tolerance))
    let found = try regions.regions.map { try detections(in: $0.volume(), tolerance: tolerance) }
    let artifact = RegionDetections(
      regions: regions.regions.map(\.id), detections: found, tau: Double(choice.threshold))
    try context.write("detections", artifact.bundle())
    return [
      Metric("detections", Double(found.reduce(0) { $0 + $1.count })),
      Metric("tau", Double(choice.threshold)),
      Metric("validation.f1", choice.f1, better: .higher),
    ]
  }

  /// Cells are taken to have half the tolerance as their radius.
  private func detections(in volume: Volume, tolerance: Double) -> Detections {
    let radius = tolerance / 2 * (volume.voxelSize?.inPlane ?? 1)
    return DifferenceOfGaussians(cellRadius: radius, voxelSize: volume.voxelSize).detections(
      in: volume, maxima: FindMaxima(minimumDistance: parameters.minimumDistance, voxelSize: volume.voxelSize))
  }
}
