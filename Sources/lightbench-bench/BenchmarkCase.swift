import Neural

/// A piece of work that is measured on both sides; `torch_bench.py` has the same names and sizes.
struct BenchmarkCase: Sendable {
  enum Model: Sendable {
    case convMixer(ConvMixerConfiguration, batch: Int, crop: [Int])
    case autoencoder(MaskedAutoencoderConfiguration, batch: Int, ratio: Double)
  }

  /// How many times faster than PyTorch a step has to be, from the engine's specification.
  struct Floors: Sendable {
    /// Against PyTorch in its best memory format.
    let torch: Double
    /// Against `torch.compile`.
    var compiled: Double?
  }

  let name: String
  let model: Model
  private let training: Floors
  private let inference: Floors?

  /// The work that the case is measured at.
  var works: [Work] { inference == nil ? [.train] : [.train, .infer] }

  func floors(_ work: Work) -> Floors? { work == .train ? training : inference }

  // MARK: - The cases

  static let all = [
    convMixer("convmixer-32-k5", ConvMixerConfiguration(dim: 32, depth: 4), batch: 1, floor: 10),
    convMixer("convmixer-64-k5", ConvMixerConfiguration(dim: 64, depth: 4), batch: 1, floor: 7),
    convMixer("convmixer-32-k5-b4", ConvMixerConfiguration(dim: 32, depth: 4), batch: 4, floor: 8),
    convMixer("convmixer-64-k5-d6-b8", ConvMixerConfiguration(dim: 64, depth: 6), batch: 8, floor: 10),
    convMixer("convmixer-32-k377", ConvMixerConfiguration(dim: 32, depth: 4, kernel: [3, 7, 7]), batch: 1, floor: 50),
    autoencoder(BenchmarkCase.small, .mini, ratio: 0.15),
    autoencoder("mae-mini-075", .mini, ratio: 0.75),
    autoencoder("mae-paper-015", .paper, ratio: 0.15),
    autoencoder("mae-paper-large-075", .paper, patch: [8, 16, 16], ratio: 0.75),
  ]

  /// The case that two tasks at once are measured on.
  static let small = "mae-mini-015"

  /// Every geometry and mask ratio of `recipes/mae-sweep.yaml` in the preset `sweep`, for SweepBenchmark.
  static let sweep = [("small", [4, 8, 8]), ("medium", [6, 12, 12]), ("large", [8, 16, 16])].flatMap { size, patch in
    [("015", 0.15), ("035", 0.35), ("055", 0.55), ("075", 0.75)].map { share, ratio in
      autoencoder("mae-sweep-\(size)-\(share)", .sweep, patch: patch, ratio: ratio, batch: 16)
    }
  }

  /// The case of a name, one of the sweep's among them.
  static func named(_ name: String) throws -> BenchmarkCase {
    guard let found = (all + sweep).first(where: { $0.name == name }) else {
      let known = all.map(\.name).joined(separator: ", ")
      throw BenchmarkError("there is no case '\(name)'; the cases are \(known)")
    }
    return found
  }

  private static func convMixer(
    _ name: String, _ configuration: ConvMixerConfiguration, batch: Int, floor: Double
  ) -> BenchmarkCase {
    BenchmarkCase(
      name: name, model: .convMixer(configuration, batch: batch, crop: [16, 64, 64]), training: Floors(torch: floor),
      inference: Floors(torch: 2.5))
  }

  /// On crops of 4 x 4 x 4 patches.
  private static func autoencoder(
    _ name: String, _ size: MaskedAutoencoderConfiguration.Preset, patch: [Int] = [4, 8, 8], ratio: Double,
    batch: Int = 32
  ) -> BenchmarkCase {
    let preset = MaskedAutoencoderConfiguration(size, patch: patch)
    // LayerScale begins at 0.1 on both sides, whatever the size.
    let configuration = MaskedAutoencoderConfiguration(
      patch: patch, encoder: preset.encoder, decoder: preset.decoder, layerScale: 0.1)
    let model = Model.autoencoder(configuration, batch: batch, ratio: ratio)
    return BenchmarkCase(
      name: name, model: model, training: Floors(torch: 1.4, compiled: 1.25), inference: nil)
  }
}
