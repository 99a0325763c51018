import ArrayStores
import Artifacts
import Fingerprints
import Imaging
public import Pipeline
public import Recipes

/// `phantom.regions`: regions of a marker that physics draws, with the true centres of its cells.
public struct PhantomRegions: Stage {
  /// What is drawn.
  public struct Parameters: Sendable {
    var marker = ""
    var train = 3
    var validation = 1
    var test = 3
    var size = Triple(32, 160, 160)
    var contrastShare = 1.0
    var impostors = 0.0

    public init() {}
  }

  public static let kind = "phantom.regions"
  public static let revision = 1
  public static let summary = "draws phantom regions of one marker, with the true centres of its cells"
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "marker", \.marker, required: true,
        "which marker: \(PhantomMarker.allCases.map(\.rawValue).joined(separator: ", "))"),
      .value("train", \.train, range: 0...100, "regions to train on"),
      .value("validation", \.validation, range: 0...100, "regions to choose thresholds on"),
      .value("test", \.test, range: 0...100, "regions to test on"),
      .value("size", \.size, "size of a region; it grows in the plane where it would hold fewer than 60 cells"),
      .value(
        "contrast_share", \.contrastShare, range: 0...1, neutral: 1,
        "how much of the markers' differences in brightness stays: 1 all, 0 none"),
      .value(
        "impostors", \.impostors, range: 0...10, neutral: 0,
        "rods as bright as cells that are none, as a share of the number of cells"),
    ],
    check: { parameters in
      var problems: [ParameterProblem] = []
      if PhantomMarker(rawValue: parameters.marker) == nil {
        problems.append(
          ParameterProblem(
            "marker", "there is no phantom of '\(parameters.marker)'",
            hint: "there are \(PhantomMarker.allCases.map(\.rawValue).joined(separator: ", "))"))
      }
      if parameters.size.axes.contains(where: { !(8...1024).contains($0) }) {
        problems.append(ParameterProblem("size", "a region has 8 to 1024 voxels along each axis"))
      }
      return problems
    })

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(outputs: [Port("regions", .annotatedRegions)])
  }

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func estimate() -> Cost { Cost(memory: 400 << 20, seconds: 8) }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    guard let settings else { return [:] }
    let regions = try places(settings).map { role, index in
      let size = Phantom.size(settings, seed: inputs.seed, role: role, index: index)
      // A phantom is known by what it is drawn from: it has no content before it is drawn.
      let parts: [CanonicalValue] = [
        "lightbench.phantom", .integer(Int64(Self.revision)), .text(settings.marker.rawValue),
        parameters.size.canonical, .number(settings.contrastShare), .text(String(inputs.seed)), .text(role.rawValue),
        .integer(Int64(index)),
      ]
      let source = CanonicalValue.list(parts + (settings.impostors > 0 ? [.number(settings.impostors)] : []))
      let name = "\(role.rawValue)-\(index + 1)"
      return RegionShape(
        name: name, role: role.rawValue, size: size.axes,
        voxelSize: [Phantom.voxelSize.z, Phantom.voxelSize.y, Phantom.voxelSize.x],
        place: RegionPlace(name: name, source: try source.digest, lower: [0, 0, 0], upper: size.axes))
    }
    return ["regions": ArtifactShape(regions: regions)]
  }

  private var settings: PhantomSettings? {
    PhantomMarker(rawValue: parameters.marker).map {
      PhantomSettings(
        marker: $0, size: parameters.size.extent, train: parameters.train, validation: parameters.validation,
        test: parameters.test, contrastShare: parameters.contrastShare, impostors: parameters.impostors)
    }
  }

  private func places(_ settings: PhantomSettings) -> [(role: Role, index: Int)] {
    Role.allCases.flatMap { role in (0..<settings.count(role)).map { (role, $0) } }
  }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    guard let settings else {
      throw TaskFailure(code: .badData, message: "there is no phantom of '\(parameters.marker)'")
    }
    var regions: [AnnotatedRegion] = []
    let places = places(settings)
    for (done, (role, index)) in places.enumerated() {
      context.report(Double(done) / Double(places.count), "region \(done + 1) of \(places.count)")
      let phantom = Phantom.region(settings, seed: context.seed, role: role, index: index)
      regions.append(try AnnotatedRegion(phantom))
    }
    let artifact = AnnotatedRegions(marker: settings.marker.marker, regions: regions)
    try context.write("regions", artifact.bundle())
    return [Metric("cells", Double(regions.reduce(0) { $0 + $1.centres.count }))]
  }
}

extension AnnotatedRegion {
  /// A phantom is its own source.
  init(_ phantom: PhantomRegion) throws {
    let image = try NDArray(phantom.values, shape: phantom.size.axes)
    self.init(
      id: phantom.id, role: phantom.role, image: image, voxelSize: phantom.voxelSize,
      source: try image.logicalDigest(axes: ["z", "y", "x"], voxelSize: nil, attributes: .null),
      box: Box(phantom.size), centres: phantom.centres, ignore: [])
  }
}
