import ArrayStores
import Artifacts
import Fingerprints
import Imaging
public import Pipeline
public import Recipes

extension MatchRule: ParameterValue {}

/// `evaluate.detections`: precision, recall and F1 of detections against annotations.
///
/// Detections at or above tau count: the parameter `tau` if it is set, else the one that is best on the tuning regions
/// where those are connected, else the model's, else the one that is stored with the detections, else all.
public struct EvaluateDetections: Stage {
  /// How detections and annotations are paired.
  public struct Parameters: Sendable {
    var rule = MatchRule.greedy
    var unit = Unit.px
    var tau: Double?
    var border = 0

    public init() {}
  }

  /// The space in which the tolerance is a distance.
  public enum Unit: String, ParameterValue, CaseIterable { case px, um }

  public static let kind = "evaluate.detections"
  public static let revision = 1
  public static let summary = "scores detections against annotations within the marker's tolerance"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "rule", \.rule,
        "greedy: one to one by distance; optimal: as many pairs as possible, then the least distance; nearest: many to one"
      ),
      .value("unit", \.unit, "px: index space; um: micrometres, the tolerance times the voxel size in the plane"),
      .value(
        "tau", \.tau,
        "the score from which a detection counts; absent: the best on the tuning regions, else the model's, else the detector's own"
      ),
      .value("border", \.border, unit: "voxels", range: 0...1000, "margin along the faces in which nothing counts"),
    ])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [
        Port("detections", .detections), Port("regions", .annotatedRegions, exposure: .judges),
        Port("model", .model, .optional), Port("tuning_detections", .detections, .optional),
        Port("tuning_regions", .annotatedRegions, .optional, exposure: .learns),
      ],
      outputs: [Port("scores", .table)])
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    if parameters.unit == .um, let region = inputs.regions("regions")?.first(where: { $0.voxelSize == nil }) {
      throw ShapeProblem("unit", "the voxel size of region '\(region.name)' is unknown", hint: "use unit: px")
    }
    let tuning = ["tuning_detections", "tuning_regions"]
    if let lone = tuning.first(where: { inputs.ports[$0] != nil }),
      let missing = tuning.first(where: { inputs.ports[$0] == nil })
    {
      throw ShapeProblem("", "input '\(lone)' needs '\(missing)' beside it")
    }
    if inputs.regions("tuning_regions")?.isEmpty ?? false {
      throw ShapeProblem("", "input 'tuning_regions' has no regions to choose the threshold on")
    }
    return [:]
  }

  public func estimate() -> Cost { Cost(memory: 300 << 20, seconds: 1) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let regions = try AnnotatedRegions(inputs.single("regions"))
    let found = try RegionDetections(inputs.single("detections"))
    try found.check(isOf: regions)
    let tuned = try TunedThreshold(inputs)
    let tau =
      try parameters.tau ?? tuned?.tau ?? inputs.optional("model").map { try DetectorModel($0).tau } ?? found.tau
    do {
      let evaluation = try evaluation(of: found, on: regions, tau: tau)
      try context.write("scores", evaluation.table.bundle())
      return metrics(of: evaluation, tau: tau) + (try curveMetrics(regions, found, tau: tau)) + (tuned?.metrics ?? [])
    } catch let error as MatchingError {
      throw TaskFailure(code: .badData, message: error.description)
    }
  }

  private func evaluation(
    of found: RegionDetections, on regions: AnnotatedRegions, tau: Double?
  ) throws -> Evaluation {
    Evaluation(
      regions: try zip(regions.regions, found.detections).map { region, detections in
        let kept = tau.map { detections.atLeast(Float($0)) } ?? detections
        return Evaluation.Region(
          id: region.id,
          counts: try Matching(
            kept.points, with: region.centres, tolerance: try tolerance(in: region, of: regions.marker),
            rule: parameters.rule, area: region.area(border: parameters.border)
          ).counts)
      })
  }

  private func tolerance(in region: AnnotatedRegion, of marker: Marker) throws -> Tolerance {
    switch parameters.unit {
    case .px: return .pixels(marker.tolerance)
    case .um:
      guard let size = region.voxelSize else {
        throw TaskFailure(
          code: .badData, message: "the voxel size of region '\(region.id)' is unknown; use unit: px")
      }
      return .micrometres(marker.tolerance * size.inPlane, size)
    }
  }

  private func metrics(of evaluation: Evaluation, tau: Double?) -> [Metric] {
    let pooled = evaluation.pooled
    let mean = evaluation.mean
    let counts = evaluation.pooledCounts
    return [
      Metric("f1.pooled", pooled.f1, better: .higher),
      Metric("f1.mean", mean.f1, better: .higher),
      Metric("precision.pooled", pooled.precision, better: .higher),
      Metric("recall.pooled", pooled.recall, better: .higher),
      Metric("precision.mean", mean.precision, better: .higher),
      Metric("recall.mean", mean.recall, better: .higher),
      Metric("localisation.pooled", pooled.localisationError, unit: parameters.unit.rawValue, better: .lower),
      Metric("detections", Double(counts.detections)),
      Metric("annotations", Double(counts.annotations)),
      Metric("matches", Double(counts.matchedDetections)),
      Metric("regions.na", Double(evaluation.regionsWithoutF1)),
      Metric("tau", tau),
    ]
  }

  /// What the scores could give: average precision, and F1 at the threshold that is best on these very regions.
  ///
  /// In micrometres the tolerance of all regions is that of the first one, also where voxel sizes differ; the counts at
  /// tau take each region's own. Results of this revision are published with it: change it with `revision`.
  private func curveMetrics(
    _ regions: AnnotatedRegions, _ found: RegionDetections, tau: Double?
  ) throws -> [Metric] {
    let known = zip(regions.regions, found.detections).map { $0.found($1, border: parameters.border) }
    guard let first = regions.regions.first else { return [] }
    let thresholds =
      ThresholdChoice.rankSpaced(
        known.map(\.detections), annotations: known.reduce(0) { $0 + $1.annotations.count })
      + (tau.map { [Float($0)] } ?? [])
    let choice = try ThresholdChoice.best(
      known, thresholds: thresholds,
      tolerance: try tolerance(in: first, of: regions.marker), rule: parameters.rule)
    return [
      Metric("average_precision", choice.averagePrecision, better: .higher),
      Metric("f1.best", choice.f1, better: .higher),
      Metric("tau.best", choice.f1 == nil ? nil : Double(choice.threshold)),
    ]
  }
}

extension Evaluation {
  /// One row a region.
  fileprivate var table: ResultTable {
    ResultTable(
      metric: "scores", rows: regions.map(\.id),
      columns: ["precision", "recall", "f1", "localisation", "detections", "annotations", "matches"],
      values: regions.map { region in
        [
          region.scores.precision, region.scores.recall, region.scores.f1, region.scores.localisationError,
          Double(region.counts.detections), Double(region.counts.annotations),
          Double(region.counts.matchedDetections),
        ]
      })
  }
}
