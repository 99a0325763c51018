import ArrayStores
import Fingerprints
import Foundation
import Imaging
import Neural
import Pipeline
import SystemPackage
import Tensors

@testable import Artifacts

/// One artifact of each type, none of them plain.
enum Sample {
  static let marker = Marker(label: "cfos", displayName: "c-Fos", tolerance: 6.5)

  static func regions() throws -> AnnotatedRegions {
    let image = try NDArray((0..<2 * 3 * 4).map { UInt16($0 * 7) }, shape: [2, 3, 4])
    let floats = try NDArray((0..<1 * 2 * 2).map { Float($0) / 3 }, shape: [1, 2, 2])
    return AnnotatedRegions(
      marker: marker,
      regions: [
        AnnotatedRegion(
          id: "one", role: .test, image: image, voxelSize: VoxelSize(5, 1.6, 1.625), source: .of("volume"),
          box: Box(lower: Extent(1, 2, 3), upper: Extent(3, 5, 7)), centres: [Point(0, 1.5, 2), Point(1, 0, 3)],
          ignore: [Box(lower: Extent(0, 0, 0), upper: Extent(1, 1, 2))], intensities: .init(low: 3, high: 90.5)),
        AnnotatedRegion(
          id: "two", role: .train, image: floats, voxelSize: nil, source: .of("other"), box: Box(Extent(1, 2, 2)),
          centres: [], ignore: []),
      ], normalisation: .logRatio(window: Extent(3, 5, 5), low: -2, high: 2))
  }

  static func model() throws -> DetectorModel {
    let configuration = ConvMixerConfiguration(dim: 8, depth: 1, kernel: [3, 3, 3], patch: [1, 2, 2])
    return DetectorModel(
      architecture: .convMixer(configuration), state: ConvMixer3D(configuration, seed: 5).state, marker: marker,
      normalisation: .percentile(low: 0.5, high: 99.8, clips: true), voxelSize: VoxelSize(4, 2, 2),
      minimumDistance: 3.5, tau: 0.37,
      curve: [
        CurvePoint(threshold: 0.1, precision: 0.5, recall: 1), CurvePoint(threshold: 0.9, precision: 1, recall: 0.25),
      ], seen: [.init(source: .of("volume"), box: Box(Extent(2, 3, 4)))])
  }

  /// A detector on an encoder that was never trained, with windows of 4 x 8 x 8 voxels, which finds a lot.
  static func encoderDetector() throws -> DetectorModel {
    let configuration = MaskedAutoencoderConfiguration(
      grid: [2, 2, 2], patch: [2, 4, 4], encoder: .init(width: 12, depth: 1, heads: 2),
      decoder: .init(width: 12, depth: 1, heads: 2), layerScale: 0.5)
    let network = EncoderDetector3D(on: MaskedAutoencoder3D(configuration, seed: 5), seed: 6)
    var model = try model()
    (model.architecture, model.state) = (network.architecture, network.state)
    model.state["head.bias"] = Tensor(zeros: [32])
    return model
  }

  static func autoencoder() throws -> AutoencoderModel {
    let configuration = MaskedAutoencoderConfiguration(.smoke, patch: [2, 2, 4])
    return AutoencoderModel(
      configuration: configuration, state: MaskedAutoencoder3D(configuration, seed: 5).state, maskRatio: 0.35,
      loss: PatchLoss(alpha: 0.5, gamma: 8, meanVariance: 0.0625, target: .normalised),
      markers: [marker, Marker(label: "pv", displayName: "PV", tolerance: 8)],
      normalisation: .percentile(low: 0.5, high: 99.8, clips: true), voxelSize: nil, step: 120, hasDiverged: true,
      seen: [SeenRegion(source: .of("volume"), box: Box(Extent(2, 3, 4)))])
  }

  static func detections(tau: Double? = 0.5) -> RegionDetections {
    RegionDetections(
      regions: ["one", "two"],
      detections: [Detections(points: [Point(0, 1.25, 2), Point(1, 0, 3)], scores: [0.75, 0.125]), Detections()],
      tau: tau)
  }

  static let features = RegionFeatures(
    encoder: FeatureEncoder(kind: .random, source: .of("weights"), width: 3), intensityNames: ["low", "high"],
    regions: [
      .init(name: "one", tokens: [[1, 2, 3], [-0.5, 0, 4]], intensities: [[0, 1], [0.25, 0.75]]),
      .init(name: "two", tokens: [], intensities: []),
    ])

  static let refiner = RefinerModel(
    inputs: [.encoder, .score], encoder: features.encoder, intensityNames: [],
    classifier: FeatureClassifier(
      scale: FeatureScale(mean: [1, 2, 3, 0.5], deviation: [1, 0.5, 2, 0.25]),
      layers: [
        .init(weights: [1, 0, -1, 2, 0.5, 0.25, 0, 1], biases: [0.1, -0.1]), .init(weights: [1, -2], biases: [0.3]),
      ]),
    tau: 0.4, marker: marker, seen: [SeenRegion(source: .of("volume"), box: Box(Extent(2, 3, 4)))])

  static let table = ResultTable(
    metric: "f1.pooled", rows: ["cfos", "pv"], columns: ["cfos", "pv", "th"],
    values: [[1, nil, 0.25], [0, -0.5, nil]])

  static let metrics = [
    Metric("f1.pooled", 0.5, better: .higher), Metric("localisation", nil, unit: "px", better: .lower),
  ]

  /// A bundle of each type by the name of the type.
  static func bundle(_ type: String) throws -> Pipeline.Bundle {
    switch type {
    case "annotated-regions": try regions().bundle()
    case "model": try model().bundle()
    case "mae": try autoencoder().bundle()
    case "detections": try detections().bundle()
    case "features": try features.bundle()
    case "refiner": try refiner.bundle()
    case "table": try table.bundle()
    case "metrics": try Metric.bundle(metrics)
    default: try TrainingCheckpoint(model().state).bundle()
    }
  }

  /// Reads a bundle as the artifact that it is, and writes it again.
  static func again(_ bundle: Pipeline.Bundle) throws -> Pipeline.Bundle {
    switch bundle.type {
    case .annotatedRegions: try AnnotatedRegions(bundle).bundle()
    case .model: try DetectorModel(bundle).bundle()
    case .mae: try AutoencoderModel(bundle).bundle()
    case .detections: try RegionDetections(bundle).bundle()
    case .features: try RegionFeatures(bundle).bundle()
    case .refiner: try RefinerModel(bundle).bundle()
    case .table: try ResultTable(bundle).bundle()
    case .metrics: try Metric.bundle(Metric.list(of: bundle))
    default: try TrainingCheckpoint(bundle).bundle()
    }
  }
}

/// A folder that is removed with it.
final class TemporaryFolder: Sendable {
  let path: FilePath

  init() throws {
    path = FilePath(FileManager.default.temporaryDirectory.path).appending("lightbench-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }
}
