import ArrayStores
import Fingerprints
public import Imaging
public import Neural
public import Pipeline

extension ArtifactType {
  /// A classifier of detections.
  public static let refiner = ArtifactType("refiner")
}

/// A classifier that tells true detections from false ones, with the threshold chosen for it.
public struct RefinerModel: Sendable, Equatable {
  /// What it looks at.
  public enum Input: String, Sendable, Hashable, CaseIterable {
    /// The detector's score.
    case score
    /// Local intensity statistics.
    case intensity
    /// The mean of the encoder's patch tokens.
    case encoder
  }

  /// In the order in which their numbers stand in a row.
  public var inputs: [Input]
  /// The encoder that it was trained with; nil where it looks at none.
  public var encoder: FeatureEncoder?
  /// What the intensities are; empty where it looks at none.
  public var intensityNames: [String]
  /// Gives the new score: the probability of a match.
  public var classifier: FeatureClassifier
  /// The new score from which a detection counts, chosen on validation regions.
  public var tau: Double
  /// The marker whose tolerance labelled the detections.
  public var marker: Marker
  /// The regions that it has seen, in training or for the choice of tau.
  public var seen: [SeenRegion]

  /// A refiner from its parts.
  public init(
    inputs: [Input], encoder: FeatureEncoder?, intensityNames: [String], classifier: FeatureClassifier, tau: Double,
    marker: Marker, seen: [SeenRegion]
  ) {
    self.inputs = inputs
    self.encoder = encoder
    self.intensityNames = intensityNames
    self.classifier = classifier
    self.tau = tau
    self.marker = marker
    self.seen = seen
  }

  /// How many numbers a row has.
  public var width: Int {
    inputs.reduce(0) { sum, input in
      switch input {
      case .score: sum + 1
      case .intensity: sum + intensityNames.count
      case .encoder: sum + (encoder?.width ?? 0)
      }
    }
  }

  // MARK: - In the store

  /// As an artifact.
  public func bundle() throws -> Bundle {
    let scale = classifier.scale
    var tables = [
      Bundle.Entry("scale", try NDArray(scale.mean + scale.deviation, shape: [2, scale.mean.count]))
    ]
    for (place, layer) in classifier.layers.enumerated() {
      tables.append(
        Bundle.Entry("layers/\(place)/weights", try NDArray(layer.weights, shape: [layer.biases.count, layer.inputs])))
      tables.append(Bundle.Entry("layers/\(place)/biases", try NDArray(layer.biases, shape: [layer.biases.count])))
    }
    return Bundle(
      .refiner,
      facts: [
        "inputs": .list(inputs.map { .text($0.rawValue) }), "encoder": encoder?.facts ?? .null,
        "intensities": .list(intensityNames.map { .text($0) }), "tau": .number(tau), "marker": marker.facts,
        "layers": .integer(Int64(classifier.layers.count)), "seen": .list(seen.map(\.facts)),
      ], tables: tables)
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    self.init(
      inputs: try facts.texts("inputs").map { name in
        guard let input = Input(rawValue: name) else {
          throw Self.unreadable("'\(name)' is no input of a refiner")
        }
        return input
      },
      encoder: try facts.optionalRecord("encoder").map(FeatureEncoder.init),
      intensityNames: try facts.texts("intensities"),
      classifier: try Self.classifier(bundle, layers: facts.integer("layers")), tau: try facts.number("tau"),
      marker: try Marker(facts.record("marker")), seen: try facts.records("seen").map(SeenRegion.init))
    guard classifier.scale.mean.count == width else {
      throw Self.unreadable("a refiner of \(width) numbers has a classifier of \(classifier.scale.mean.count)")
    }
  }

  private static func classifier(_ bundle: Bundle, layers count: Int) throws -> FeatureClassifier {
    let scale = try bundle.table("scale").values(as: Double.self)
    let layers = try (0..<max(0, count)).map { place in
      (
        weights: try bundle.table("layers/\(place)/weights").values(as: Double.self),
        biases: try bundle.table("layers/\(place)/biases").values(as: Double.self)
      )
    }
    let (mean, deviation) = (Array(scale.prefix(scale.count / 2)), Array(scale.suffix(scale.count / 2)))
    let widths = [mean.count] + layers.map(\.biases.count)
    guard scale.count % 2 == 0, deviation.allSatisfy({ $0 > 0 }), widths.count > 1, widths.last == 1,
      zip(layers, zip(widths, widths.dropFirst())).allSatisfy({ $0.weights.count == $1.0 * $1.1 && $1.1 > 0 })
    else { throw unreadable("layers of \(widths) numbers are no classifier") }
    return FeatureClassifier(
      scale: FeatureScale(mean: mean, deviation: deviation),
      layers: layers.map { FeatureClassifier.Layer(weights: $0.weights, biases: $0.biases) })
  }

  private static func unreadable(_ message: String) -> TaskFailure {
    TaskFailure(code: .store, message: message, phase: "read")
  }
}
