import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Neural
public import Pipeline
public import Recipes
import Tensors

extension FeatureEncoder.Kind: ParameterValue {}

/// `features.mae`: what the encoder of a masked autoencoder makes of the crop around each detection.
public struct ExtractFeatures: Stage {
  /// Which weights the encoder has.
  public struct Parameters: Sendable {
    var encoder = FeatureEncoder.Kind.trained
    var seed = 0

    public init() {}
  }

  public static let kind = "features.mae"
  public static let revision = 1
  public static let summary = "describes each detection by the encoder of a masked autoencoder and by local intensities"
  public static let details = """
    The crop has the size that the masked autoencoder was trained on and is centred on the detection, at a border moved
    inside; nothing is masked. The feature is the mean of the patch tokens behind the last norm, without the class token.
    Beside it stand intensities of the crop: \(LocalIntensity.names.joined(separator: ", ")), the core being 3 x 5 x 5
    voxels. 'regions' holds every region that there are detections in, normalised as the masked autoencoder's were.
    """
  public static let schema = ParameterSchema<Parameters>(
    default: Parameters(),
    [
      .value(
        "encoder", \.encoder, "trained: the model's weights; random: an encoder of its shape that has learnt nothing"),
      .value("seed", \.seed, range: 0...1_000_000, "what the weights of a random encoder are drawn by"),
    ])

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [Port("detections", .detections), Port("regions", .annotatedRegions), Port("model", .mae)],
      outputs: [Port("features", .features)])
  }

  /// Crops that go through the encoder at once.
  private static let batch = 32

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func estimate() -> Cost { Cost(memory: 500 << 20, seconds: 5) }

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let found = try RegionDetections(inputs.single("detections"))
    let model = try AutoencoderModel(inputs.single("model"))
    let regions = try regions(inputs, for: found, model)
    let (network, encoder) = try encoder(of: model, inputs)
    let engine = Engine(threads: context.threads)
    let size = Extent(axes: model.configuration.crop)
    var described: [RegionFeatures.Region] = []
    for (region, detections) in zip(regions, found.detections) {
      context.report(Double(described.count) / Double(regions.count), "region \(region.id)")
      guard zip(size.axes, region.size.axes).allSatisfy({ $0 <= $1 }) else {
        throw TaskFailure(
          code: .badData,
          message: "crop \(size) of the model does not fit region '\(region.id)' of \(region.size) voxels")
      }
      let volume = Volume(size: region.size, values: try region.voxels(in: Box(region.size)))
      let crops = detections.points.map { Box(centredOn: $0, size: size, within: region.size) }
      described.append(
        RegionFeatures.Region(
          name: region.id, tokens: tokens(of: crops, in: volume, network, engine),
          intensities: zip(detections.points, crops).map { LocalIntensity.values(at: $0, in: volume, crop: $1) }))
    }
    let features = RegionFeatures(encoder: encoder, intensityNames: LocalIntensity.names, regions: described)
    try context.write("features", features.bundle())
    return [
      Metric("detections", Double(described.reduce(0) { $0 + $1.tokens.count })),
      Metric("width", Double(encoder.width)),
    ]
  }

  // MARK: - Private

  /// The region of each list of detections, in that order.
  private func regions(
    _ inputs: StageInputs, for found: RegionDetections, _ model: AutoencoderModel
  ) throws -> [StreamedRegions.Region] {
    guard let bundle = try inputs.streamed("regions").first else {
      throw TaskFailure(code: .internalError, message: "nothing is connected to port 'regions'")
    }
    let known = try StreamedRegions(bundle, cache: ChunkCache(limit: 0))
    guard known.normalisation == model.normalisation else {
      throw TaskFailure(
        code: .badData,
        message: "the regions of '\(known.marker.label)' are normalised otherwise than those that the masked "
          + "autoencoder was trained on; prepare them alike")
    }
    return try found.regions.map { name in
      guard let region = known.regions.first(where: { $0.id == name }) else {
        throw FoundRegions.missing(name, among: known.regions.map(\.id), of: "regions")
      }
      return region
    }
  }

  private func encoder(
    of model: AutoencoderModel, _ inputs: StageInputs
  ) throws -> (MaskedAutoencoder3D, FeatureEncoder) {
    let width = model.configuration.encoder.width
    switch parameters.encoder {
    case .trained:
      guard let artifact = inputs.artifacts["model"]?.first else {
        throw TaskFailure(code: .internalError, message: "nothing is connected to port 'model'")
      }
      return (try model.network(), FeatureEncoder(kind: .trained, source: artifact.digest, width: width))
    case .random:
      let seed = UInt64(parameters.seed)
      let source = CanonicalValue.map([
        "architecture": model.facts["architecture"] ?? .null, "voxels": model.facts["voxels"] ?? .null,
        "seed": .integer(Int64(parameters.seed)),
      ])
      return (
        model.untrained(seed: seed),
        FeatureEncoder(kind: .random, source: try source.digest, width: width)
      )
    }
  }

  /// The mean patch token of each crop.
  private func tokens(
    of crops: [Imaging.Box], in volume: Volume, _ network: MaskedAutoencoder3D, _ engine: Engine
  ) -> [[Float]] {
    stride(from: 0, to: crops.count, by: Self.batch).flatMap { first in
      let batch = crops[first..<min(crops.count, first + Self.batch)]
      let values = batch.flatMap { volume.cropped(to: $0).values }
      return network.meanTokens(Tensor(values, shape: [batch.count] + network.configuration.crop), on: engine)
    }
  }
}
