import ArrayStores
import Artifacts
public import Fingerprints
import Imaging
public import Pipeline
public import Recipes

/// `import.regions`: regions of real volumes with the cell centres that people set in them, as a manifest lists them.
public struct ImportRegions: Stage {
  /// Which regions.
  public struct Parameters: Sendable {
    var manifest = ""
    var marker = ""
    var split = ""

    public init() {}
  }

  public static let kind = "import.regions"
  public static let revision = 1
  public static let namesFiles = true
  public static let summary = "imports regions of real volumes with their annotated cell centres"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "manifest", \.manifest, required: true, "the file beside the experiment that lists markers, volumes and splits"),
      .value("marker", \.marker, required: true, "the label of the marker in the manifest"),
      .value("split", \.split, required: true, "which split of the manifest says what trains, validates and tests"),
    ])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(outputs: [Port("regions", .annotatedRegions)])
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outside(_ data: OutsideData) throws -> [String: CanonicalValue] {
    ["manifest": try selection(in: data).meaning]
  }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    guard let outside = inputs.outside else { return [:] }
    let selection: ImportSelection
    do {
      selection = try self.selection(in: outside)
    } catch is TaskFailure {
      return [:]  // what is missing is said where its meaning is asked for
    }
    let regions = selection.items.map { item in
      RegionShape(
        name: item.id, role: item.role.rawValue, size: item.box.size.axes,
        voxelSize: item.volume.voxel.map { [$0.z, $0.y, $0.x] },
        place: RegionPlace(
          name: item.id, source: item.imageDigest, lower: item.box.lower.axes, upper: item.box.upper.axes))
    }
    return ["regions": ArtifactShape(regions: regions)]
  }

  public func estimate() -> Cost { Cost(memory: 500 << 20, seconds: 5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let selection = try selection(in: context.outside)
    var regions: [AnnotatedRegion] = []
    var checked: Set<String> = []
    for (done, item) in selection.items.enumerated() {
      context.report(Double(done) / Double(selection.items.count), "region \(item.id)")
      let (region, warning) = try item.region(isChecked: checked.insert(item.volume.name).inserted)
      if let warning { context.log("volume '\(item.volume.name)': \(warning)", true) }
      regions.append(region)
    }
    try context.write("regions", AnnotatedRegions(marker: selection.marker, regions: regions).bundle())
    return Self.metrics(of: regions)
  }

  private func selection(in data: OutsideData) throws -> ImportSelection {
    try ImportSelection(
      manifest: parameters.manifest, marker: parameters.marker, split: parameters.split, in: data)
  }

  private static func metrics(of regions: [AnnotatedRegion]) -> [Metric] {
    [Metric("regions", Double(regions.count))]
      + Role.allCases.map { role in
        let centres = regions.filter { $0.role == role }.reduce(0) { $0 + $1.centres.count }
        return Metric("centres.\(role.rawValue)", Double(centres))
      }
  }
}
