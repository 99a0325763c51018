import Fingerprints
public import Neural
import Pipeline

extension DetectorArchitecture {
  /// What the network is called in recipes.
  public var kind: String {
    switch self {
    case .convMixer: "convmixer3d"
    case .encoder: "mae-detector"
    }
  }

  /// As in `convmixer3d: dim 64, depth 6, kernel 5 x 5 x 5, patch 1 x 2 x 2`.
  public var words: String {
    func text(_ axes: [Int]) -> String { axes.map(String.init).joined(separator: " x ") }
    switch self {
    case .convMixer(let configuration):
      return "\(kind): dim \(configuration.dim), depth \(configuration.depth), kernel \(text(configuration.kernel)), "
        + "patch \(text(configuration.patch))"
    case .encoder(let configuration):
      let encoder = configuration.encoder
      return "\(kind): width \(encoder.width), depth \(encoder.depth), heads \(encoder.heads), "
        + "window \(text(configuration.crop)), patch \(text(configuration.patch))"
    }
  }

  var facts: CanonicalValue {
    switch self {
    case .convMixer(let configuration):
      .map([
        "kind": .text(kind), "dim": .integer(Int64(configuration.dim)),
        "depth": .integer(Int64(configuration.depth)),
        "kernel": .integers(configuration.kernel), "patch": .integers(configuration.patch),
      ])
    case .encoder(let configuration):
      .map([
        "kind": .text(kind), "crop": .integers(configuration.crop), "patch": .integers(configuration.patch),
        "encoder": configuration.encoder.facts, "positions": .text(configuration.positions.rawValue),
        "epsilon": .number(Double(configuration.epsilon)),
      ])
    }
  }

  /// - Throws: `TaskFailure` for what no architecture can be.
  init(_ facts: Facts) throws {
    switch try facts.text("kind") {
    case "convmixer3d":
      self = .convMixer(
        ConvMixerConfiguration(
          dim: try facts.integer("dim"), depth: try facts.integer("depth"), kernel: try facts.integers("kernel"),
          patch: try facts.integers("patch")))
    case "mae-detector":
      self = .encoder(try Self.encoder(facts))
    case let other:
      throw TaskFailure(
        code: .store, message: "a model of the kind '\(other)' is none of convmixer3d, mae-detector", phase: "read")
    }
  }

  /// Within the limits of `train.mae`, so that a file's metadata cannot ask for more memory than its tensors take.
  private static func encoder(_ facts: Facts) throws -> MaskedAutoencoderConfiguration {
    let configuration = try MaskedAutoencoderConfiguration(facts, hasDecoder: false)
    let (crop, patch, encoder) = (configuration.crop, configuration.patch, configuration.encoder)
    let isPossible =
      crop.allSatisfy { $0 <= 512 } && configuration.tokens <= 4096 && encoder.width <= 4096 && encoder.depth <= 64
    guard isPossible else {
      throw TaskFailure(
        code: .store,
        message: "a window of \(crop) in patches of \(patch) with width \(encoder.width) and depth \(encoder.depth) is "
          + "no encoder", phase: "read")
    }
    return configuration.encoderAlone
  }
}
