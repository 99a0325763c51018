import ArrayStores
public import Fingerprints
public import Imaging
public import Neural
public import Pipeline
import Tensors

extension ArtifactType {
  /// A trained detector.
  public static let model = ArtifactType("model")
}

/// One threshold and what it gives on validation regions.
public struct CurvePoint: Sendable, Hashable {
  /// The probability from which a detection counts.
  public let threshold: Double
  /// Share of the detections that match; 1 where there are none.
  public let precision: Double
  /// Share of the annotations that are matched; 0 where there are none.
  public let recall: Double

  /// A point of the curve: precision and recall of the detections that score at least `threshold`.
  public init(threshold: Double, precision: Double, recall: Double) {
    self.threshold = threshold
    self.precision = precision
    self.recall = recall
  }

  /// The curve behind a choice of threshold, by rising threshold.
  public static func points(of choice: ThresholdChoice) -> [CurvePoint] {
    choice.curve.map {
      CurvePoint(
        threshold: Double($0.threshold), precision: $0.scores.precision ?? 1, recall: $0.scores.recall ?? 0)
    }
  }
}

/// A trained detector and everything it takes to apply it to a new volume.
public struct DetectorModel: Sendable {
  /// Which network it is, and its size.
  public var architecture: DetectorArchitecture
  /// Weights and running statistics.
  public var state: NamedTensors
  /// The marker it was trained on.
  public var marker: Marker
  /// How intensities are normalised before the network sees them; nil: not at all.
  public var normalisation: Normalisation?
  /// The voxel size of its training regions.
  public var voxelSize: VoxelSize?
  /// The distance below which two maxima are one cell, in pixels of the plane.
  public var minimumDistance: Double
  /// The probability above which a maximum counts, chosen on validation regions of its own marker.
  public var tau: Double
  /// The precision-recall curve on those regions.
  public var curve: [CurvePoint]
  /// The regions that it has seen, in training or for the choice of tau.
  public var seen: [SeenRegion]

  /// A trained detector; `minimumDistance` in voxels, `curve` by rising threshold.
  public init(
    architecture: DetectorArchitecture, state: NamedTensors, marker: Marker, normalisation: Normalisation?,
    voxelSize: VoxelSize?, minimumDistance: Double, tau: Double, curve: [CurvePoint], seen: [SeenRegion]
  ) {
    self.architecture = architecture
    self.state = state
    self.marker = marker
    self.normalisation = normalisation
    self.voxelSize = voxelSize
    self.minimumDistance = minimumDistance
    self.tau = tau
    self.curve = curve
    self.seen = seen
  }

  /// The network with these weights.
  ///
  /// - Throws: `ModelStateError` if the weights are not of the architecture.
  public func network() throws -> any DetectorNetwork { try architecture.network(state) }

  // MARK: - In the store

  /// As an artifact.
  public func bundle() throws -> Bundle {
    var facts = facts
    facts["weights"] = .list(state.names.map { .text($0) })
    return try Bundle(
      .model, facts: facts,
      tables: state.tables(in: "weights") + [
        Bundle.Entry(
          "curve",
          NDArray(curve.flatMap { [$0.threshold, $0.precision, $0.recall] }, shape: [curve.count, 3]))
      ])
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    let architecture = try DetectorArchitecture(facts.record("architecture"))
    let numbers = try bundle.table("curve").values(as: Double.self)
    let curve = stride(from: 0, to: numbers.count - numbers.count % 3, by: 3).map {
      CurvePoint(threshold: numbers[$0], precision: numbers[$0 + 1], recall: numbers[$0 + 2])
    }
    let state = try NamedTensors(facts.texts("weights"), in: "weights", of: bundle)
    try self.init(facts, architecture: architecture, state: state, curve: curve)
  }

  /// All that it is but weights and curve, by name.
  public var facts: [String: CanonicalValue] {
    [
      "architecture": architecture.facts,
      "marker": marker.facts, "normalisation": normalisation?.facts ?? .null,
      "voxel": .numbers(voxelSize?.axes), "minimum_distance": .number(minimumDistance), "tau": .number(tau),
      "seen": .list(seen.map(\.facts)),
    ]
  }

  init(_ facts: Facts, architecture: DetectorArchitecture, state: NamedTensors, curve: [CurvePoint]) throws {
    self.init(
      architecture: architecture, state: state, marker: try Marker(facts.record("marker")),
      normalisation: try facts.optionalRecord("normalisation").map(Normalisation.init),
      voxelSize: try facts.optionalNumbers("voxel").map(VoxelSize.init(axes:)),
      minimumDistance: try facts.number("minimum_distance"), tau: try facts.number("tau"), curve: curve,
      seen: try facts.records("seen").map(SeenRegion.init))
  }
}

extension Marker {
  var facts: CanonicalValue {
    .map(["label": .text(label), "display": .text(displayName), "tolerance": .number(tolerance)])
  }
}
