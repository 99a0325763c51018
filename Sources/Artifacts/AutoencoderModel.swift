public import Fingerprints
public import Imaging
public import Neural
public import Pipeline

extension ArtifactType {
  /// A trained masked autoencoder.
  public static let mae = ArtifactType("mae")
}

/// A trained masked autoencoder and everything it takes to apply it to crops of a new volume.
///
/// `configuration` holds crop (`[z, y, x]`) and patch; `network()` gives the model itself.
public struct AutoencoderModel: Sendable {
  /// Crop, patch, encoder and decoder.
  public var configuration: MaskedAutoencoderConfiguration
  /// Weights.
  public var state: NamedTensors
  /// How the voxels of its training set are spread; weights began with it.
  public var voxels: VoxelSpread
  /// The share of patches that was masked in training.
  public var maskRatio: Double
  /// Content weights, the mean variance they are fixed by, and whether targets were normalised.
  public var loss: PatchLoss
  /// The markers it was trained on, in the order of its inputs.
  public var markers: [Marker]
  /// How intensities are normalised before the network sees them; nil: not at all.
  public var normalisation: Normalisation?
  /// The voxel size of its training regions; nil where unknown, or where they differ.
  public var voxelSize: VoxelSize?
  /// The step whose weights these are.
  public var step: Int
  /// Whether the training left the finite numbers, or what it had learnt, after that step.
  public var hasDiverged: Bool
  /// The regions that it has seen in training or to measure its loss.
  public var seen: [SeenRegion]

  /// A masked autoencoder as it was after `step` steps.
  public init(
    configuration: MaskedAutoencoderConfiguration, state: NamedTensors, voxels: VoxelSpread = .standard,
    maskRatio: Double, loss: PatchLoss, markers: [Marker], normalisation: Normalisation?, voxelSize: VoxelSize?,
    step: Int, hasDiverged: Bool = false, seen: [SeenRegion]
  ) {
    self.configuration = configuration
    self.state = state
    self.voxels = voxels
    self.maskRatio = maskRatio
    self.loss = loss
    self.markers = markers
    self.normalisation = normalisation
    self.voxelSize = voxelSize
    self.step = step
    self.hasDiverged = hasDiverged
    self.seen = seen
  }

  /// The model with these weights.
  ///
  /// - Throws: `ModelStateError` if the weights are not of the configuration.
  public func network() throws -> MaskedAutoencoder3D { try MaskedAutoencoder3D(configuration, state: state) }

  /// The same before any training, drawn by another seed.
  public func untrained(seed: UInt64) -> MaskedAutoencoder3D {
    MaskedAutoencoder3D(
      configuration, seed: seed, inputs: voxels, outputs: loss.target == .raw ? voxels : .standard)
  }

  /// The model as a file: weights under the names of a PyTorch module of the same layers, and each fact as a text of JSON
  /// under its own key.
  public var safetensors: Safetensors {
    Safetensors(state, metadata: facts.mapValues(\.json).merging(["format": "pt"]) { $1 })
  }

  // MARK: - In the store

  /// As an artifact.
  public func bundle() throws -> Bundle {
    var facts = facts
    facts["weights"] = .list(state.names.map { .text($0) })
    return try Bundle(.mae, facts: facts, tables: state.tables(in: "weights"))
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    self.init(
      configuration: try MaskedAutoencoderConfiguration(facts.record("architecture")),
      state: try NamedTensors(facts.texts("weights"), in: "weights", of: bundle),
      voxels: try VoxelSpread(facts.record("voxels")),
      maskRatio: try facts.number("mask_ratio"), loss: try PatchLoss(facts.record("loss")),
      markers: try facts.records("markers").map(Marker.init),
      normalisation: try facts.optionalRecord("normalisation").map(Normalisation.init),
      voxelSize: try facts.optionalNumbers("voxel").map(VoxelSize.init(axes:)), step: try facts.integer("step"),
      hasDiverged: try facts.boolean("diverged"), seen: try facts.records("seen").map(SeenRegion.init))
  }

  /// All that it is but weights, by name.
  public var facts: [String: CanonicalValue] {
    [
      "architecture": configuration.facts, "voxels": voxels.facts, "mask_ratio": .number(maskRatio), "loss": loss.facts,
      "markers": .list(markers.map(\.facts)), "normalisation": normalisation?.facts ?? .null,
      "voxel": .numbers(voxelSize?.axes), "step": .integer(Int64(step)), "diverged": .boolean(hasDiverged),
      "seen": .list(seen.map(\.facts)),
    ]
  }
}

extension MaskedAutoencoderConfiguration {
  fileprivate var facts: CanonicalValue {
    .map([
      "kind": "mae3d", "crop": .integers(crop), "patch": .integers(patch), "encoder": encoder.facts,
      "decoder": decoder.facts, "positions": .text(positions.rawValue), "layer_scale": .number(Double(layerScale)),
      "epsilon": .number(Double(epsilon)),
    ])
  }

  /// - Parameter hasDecoder: Whether the facts tell of a decoder; a detector on the encoder has none.
  /// - Throws: `TaskFailure` where something is missing, or patches do not fill the crop.
  init(_ facts: Facts, hasDecoder: Bool = true) throws {
    let (crop, patch) = (try facts.integers("crop"), try facts.integers("patch"))
    guard crop.count == 3, patch.count == 3, zip(crop, patch).allSatisfy({ $1 > 0 && $0 > 0 && $0 % $1 == 0 }) else {
      throw TaskFailure(code: .store, message: "patches of \(patch) do not fill crops of \(crop)", phase: "read")
    }
    let encoder = try Half(facts.record("encoder"))
    let decoder = hasDecoder ? try Half(facts.record("decoder")) : encoder
    let name = try facts.text("positions")
    guard let positions = PositionWaves(rawValue: name) else {
      throw TaskFailure(code: .store, message: "positions by '\(name)' waves are unknown here", phase: "read")
    }
    self.init(
      grid: zip(crop, patch).map { $0 / $1 }, patch: patch, encoder: encoder, decoder: decoder, positions: positions,
      layerScale: hasDecoder ? Float(try facts.number("layer_scale")) : 1,
      epsilon: Float(try facts.number("epsilon")))
  }
}

extension MaskedAutoencoderConfiguration.Half {
  var facts: CanonicalValue {
    .map(["width": .integer(Int64(width)), "depth": .integer(Int64(depth)), "heads": .integer(Int64(heads))])
  }

  init(_ facts: Facts) throws {
    let (width, depth, heads) = (
      try facts.integer("width"), try facts.integer("depth"), try facts.integer("heads")
    )
    guard width > 0, depth >= 0, heads > 0, width % heads == 0 else {
      throw TaskFailure(
        code: .store, message: "width \(width), depth \(depth) and \(heads) heads are no half of an autoencoder",
        phase: "read")
    }
    self.init(width: width, depth: depth, heads: heads)
  }
}

extension VoxelSpread {
  fileprivate var facts: CanonicalValue {
    .map(["mean": .number(Double(mean)), "deviation": .number(Double(deviation))])
  }

  fileprivate init(_ facts: Facts) throws {
    let (mean, deviation) = (Float(try facts.number("mean")), Float(try facts.number("deviation")))
    guard mean.isFinite, deviation > 0, deviation.isFinite else {
      throw TaskFailure(
        code: .store, message: "voxels of mean \(mean) and deviation \(deviation) cannot be", phase: "read")
    }
    self.init(mean: mean, deviation: deviation)
  }
}

extension PatchLoss {
  fileprivate var facts: CanonicalValue {
    .map([
      "alpha": .number(Double(alpha)), "gamma": .number(Double(gamma)),
      "mean_variance": meanVariance.map { .number(Double($0)) } ?? .null, "target": .text(target.rawValue),
    ])
  }

  fileprivate init(_ facts: Facts) throws {
    let variance = try facts.optionalNumber("mean_variance").map { Float($0) }
    let name = try facts.text("target")
    guard let target = Target(rawValue: name), variance ?? 1 > 0 else {
      throw TaskFailure(
        code: .store, message: "targets '\(name)' with the mean variance \(variance ?? 1) are no loss", phase: "read")
    }
    self.init(
      alpha: Float(try facts.number("alpha")), gamma: Float(try facts.number("gamma")), meanVariance: variance,
      target: target)
  }
}
