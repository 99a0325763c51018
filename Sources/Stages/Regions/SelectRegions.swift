import Artifacts
public import Pipeline
public import Recipes

/// `select.regions`: one region held out, and the others: a fold of leave-one-region-out.
public struct SelectRegions: Stage {
  /// Which region.
  public struct Parameters: Sendable {
    var fold = 1

    public init() {}
  }

  public static let kind = "select.regions"
  public static let revision = 1
  public static let summary = "holds one region out and gives the others beside it, in their order"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [.value("fold", \.fold, range: 1...10_000, required: true, "which region is held out, counted from 1")])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [Port("regions", .annotatedRegions)],
      outputs: [Port("held", .annotatedRegions), Port("rest", .annotatedRegions)])
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    guard var rest = inputs.regions("regions") else { return [:] }
    guard rest.count >= parameters.fold else {
      throw ShapeProblem("fold", problem(of: rest.count), hint: "use folds from 1 to the number of regions")
    }
    let held = rest.remove(at: parameters.fold - 1)
    return ["held": ArtifactShape(regions: [held]), "rest": ArtifactShape(regions: rest)]
  }

  public func estimate() -> Cost { Cost(memory: 300 << 20, seconds: 1) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    var rest = try AnnotatedRegions(inputs.single("regions"))
    guard rest.regions.count >= parameters.fold else {
      throw TaskFailure(code: .badData, message: problem(of: rest.regions.count))
    }
    var held = rest
    held.regions = [rest.regions.remove(at: parameters.fold - 1)]
    try context.write("held", held.bundle())
    try context.write("rest", rest.bundle())
    return [Metric("held", Double(held.regions.count)), Metric("rest", Double(rest.regions.count))]
  }

  private func problem(of count: Int) -> String {
    "there is no region \(parameters.fold) to hold out, input 'regions' has \(count)"
  }
}
