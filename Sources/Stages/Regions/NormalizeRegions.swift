import ArrayStores
import Artifacts
import Fingerprints
import Imaging
public import Pipeline
public import Recipes

/// `prepare.normalize`: intensities made comparable, each region measured on itself, one output a role.
public struct NormalizeRegions: Stage {
  /// How intensities are brought to one scale.
  public struct Parameters: Sendable {
    var method = Method.percentile
    var percentiles = [0.5, 99.8]
    var clip = false
    var window = Triple(9, 61, 61)

    public init() {}
  }

  /// The scale.
  public enum Method: String, ParameterValue, CaseIterable {
    case percentile
    case logRatio = "log-ratio"
  }

  public static let kind = "prepare.normalize"
  public static let revision = 1
  public static let summary = "brings intensities to one scale, each region measured on itself, one output a role"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "method", \.method,
        "percentile: linear between two percentiles; log-ratio: logarithm of the ratio to the local background"),
      .value("percentiles", \.percentiles, unit: "%", "which percentiles become 0 and 1"),
      .value("clip", \.clip, "whether values above 1 and below 0 are cut (percentile only)"),
      .value("window", \.window, unit: "voxels", "box over which the local background is the mean (log-ratio only)"),
    ],
    check: { parameters in
      var problems: [ParameterProblem] = []
      let limits = parameters.percentiles
      if limits.count != 2 || !(0...100).contains(limits[0]) || !(0...100).contains(limits[1]) || limits[0] >= limits[1]
      {
        problems.append(ParameterProblem("percentiles", "expected two rising numbers between 0 and 100"))
      }
      if parameters.window.axes.contains(where: { $0 < 1 || $0 % 2 == 0 }) {
        problems.append(ParameterProblem("window", "a window has an odd number of voxels along each axis"))
      }
      return problems
    })

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [Port("regions", .annotatedRegions)],
      outputs: Role.allCases.map { Port($0.rawValue, .annotatedRegions) })
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    guard let regions = inputs.regions("regions") else { return [:] }
    let shapes = Role.allCases.map { role in
      (role.rawValue, ArtifactShape(regions: regions.filter { $0.role == role.rawValue }))
    }
    return Dictionary(uniqueKeysWithValues: shapes)
  }

  public func estimate() -> Cost { Cost(memory: 700 << 20, seconds: 3) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let source = try AnnotatedRegions(inputs.single("regions"))
    var byRole: [Role: [AnnotatedRegion]] = [:]
    for (index, region) in source.regions.enumerated() {
      context.report(Double(index) / Double(source.regions.count), "region \(region.id)")
      byRole[region.role, default: []].append(try normalised(region))
    }
    for role in Role.allCases {
      let output = AnnotatedRegions(
        marker: source.marker, regions: byRole[role] ?? [], normalisation: normalisation)
      try context.write(role.rawValue, output.bundle())
    }
    return [Metric("regions", Double(source.regions.count))]
  }

  private func normalised(_ region: AnnotatedRegion) throws -> AnnotatedRegion {
    let volume = try region.volume()
    let values = normalisation.measured(on: volume)
    var result = region
    result.image = try NDArray(normalisation.applied(to: volume, values).values, shape: region.image.shape)
    result.intensities = values
    return result
  }

  private var normalisation: Normalisation {
    switch parameters.method {
    case .percentile:
      .percentile(low: parameters.percentiles[0], high: parameters.percentiles[1], clips: parameters.clip)
    case .logRatio: .logRatio(window: parameters.window.extent)
    }
  }
}
