import ArrayStores
public import Fingerprints
public import Pipeline

extension ArtifactType {
  /// What an encoder and local intensities say of each detection.
  public static let features = ArtifactType("features")
}

/// The encoder that features come from: features of two encoders do not compare.
public struct FeatureEncoder: Sendable, Hashable, CustomStringConvertible {
  /// Whether its weights were learnt.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// They are those of a masked autoencoder after its training.
    case trained
    /// They are those with which such a training would begin.
    case random
  }

  public let kind: Kind
  /// The content of the masked autoencoder; of a random encoder, of its architecture and seed.
  public let source: Digest
  /// How many numbers it gives a detection.
  public let width: Int

  /// An encoder by what tells it from others.
  public init(kind: Kind, source: Digest, width: Int) {
    self.kind = kind
    self.source = source
    self.width = width
  }

  /// `the trained encoder 1a2b3c4d5e6f`.
  public var description: String { "the \(kind.rawValue) encoder \(source.short)" }

  var facts: CanonicalValue {
    .map(["kind": .text(kind.rawValue), "source": .bytes(source.bytes), "width": .integer(Int64(width))])
  }

  init(_ facts: Facts) throws {
    let name = try facts.text("kind")
    guard let kind = Kind(rawValue: name) else {
      throw TaskFailure(code: .store, message: "'\(name)' is no kind of encoder", phase: "read")
    }
    self.init(kind: kind, source: try facts.digest("source"), width: try facts.integer("width"))
  }
}

/// The features of detections, region by region, in the order of the detections.
public struct RegionFeatures: Sendable, Equatable {
  /// The detections of one region.
  public struct Region: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// `[detections][width]`: the mean of the encoder's patch tokens, one row a detection.
    public let tokens: [[Float]]
    /// `[detections][intensities]`: numbers of the crop.
    public let intensities: [[Float]]

    /// The features of a region.
    ///
    /// - Precondition: As many rows of tokens as of intensities.
    public init(name: String, tokens: [[Float]], intensities: [[Float]]) {
      precondition(tokens.count == intensities.count, "features: \(tokens.count) and \(intensities.count) rows")
      self.name = name
      self.tokens = tokens
      self.intensities = intensities
    }
  }

  /// Where the tokens come from.
  public let encoder: FeatureEncoder
  /// What the intensities are.
  public let intensityNames: [String]
  /// In the order of the detections artifact.
  public let regions: [Region]

  /// Features from their parts.
  public init(encoder: FeatureEncoder, intensityNames: [String], regions: [Region]) {
    self.encoder = encoder
    self.intensityNames = intensityNames
    self.regions = regions
  }

  // MARK: - In the store

  /// As an artifact.
  public func bundle() throws -> Bundle {
    Bundle(
      .features,
      facts: [
        "encoder": encoder.facts, "intensities": .list(intensityNames.map { .text($0) }),
        "regions": .list(regions.map { .text($0.name) }),
      ],
      tables: try regions.enumerated().flatMap { place, region in
        [
          Bundle.Entry(
            "regions/\(place)/tokens",
            try NDArray(Array(region.tokens.joined()), shape: [region.tokens.count, encoder.width])),
          Bundle.Entry(
            "regions/\(place)/intensities",
            try NDArray(Array(region.intensities.joined()), shape: [region.tokens.count, intensityNames.count])),
        ]
      })
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    let encoder = try FeatureEncoder(facts.record("encoder"))
    let names = try facts.texts("intensities")
    self.encoder = encoder
    intensityNames = names
    regions = try facts.texts("regions").enumerated().map { place, name in
      let tokens = try bundle.table("regions/\(place)/tokens").floatRows(of: encoder.width)
      let intensities = try bundle.table("regions/\(place)/intensities").floatRows(of: names.count)
      guard tokens.count == intensities.count else {
        throw TaskFailure(
          code: .store,
          message: "region '\(name)' has \(tokens.count) rows of tokens and \(intensities.count) of intensities",
          phase: "read")
      }
      return Region(name: name, tokens: tokens, intensities: intensities)
    }
  }
}

extension NDArray {
  /// The rows of a table of Float32.
  fileprivate func floatRows(of width: Int) throws -> [[Float]] {
    guard shape.count == 2, shape[1] == width else {
      throw TaskFailure(code: .store, message: "a table has the shape \(shape), not [rows, \(width)]", phase: "read")
    }
    let numbers = try values(as: Float.self)
    return (0..<shape[0]).map { Array(numbers[$0 * width..<($0 + 1) * width]) }
  }
}
