import Neural

/// A piece of work that is measured on both sides; `torch_bench.py` has the same names and sizes.
struct BenchmarkCase: Sendable {
  enum Model: Sendable {
    case convMixer(ConvMixerConfiguration, batch: Int, crop: [Int])
    case autoencoder(AutoencoderSizes)
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
    autoencoder(BenchmarkCase.small, .mini(ratio: 0.15)),
    autoencoder("mae-mini-075", .mini(ratio: 0.75)),
    autoencoder("mae-paper-015", .paper(patch: [4, 8, 8], ratio: 0.15)),
    autoencoder("mae-paper-large-075", .paper(patch: [8, 16, 16], ratio: 0.75)),
  ]

  /// The case that two tasks at once are measured on.
  static let small = "mae-mini-015"

  /// The case of a name.
  static func named(_ name: String) throws -> BenchmarkCase {
    guard let found = all.first(where: { $0.name == name }) else {
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

  private static func autoencoder(_ name: String, _ sizes: AutoencoderSizes) -> BenchmarkCase {
    BenchmarkCase(
      name: name, model: .autoencoder(sizes), training: Floors(torch: 1.4, compiled: 1.25), inference: nil)
  }
}

/// The sizes of a masked autoencoder of 4 x 4 x 4 patches, and how it is trained.
struct AutoencoderSizes: Sendable {
  /// Width, depth and heads of one half.
  struct Half: Sendable {
    let width, depth, heads: Int
  }

  let encoder: Half
  let decoder: Half
  /// Voxels of a patch along z, y, x.
  let patch: [Int]
  /// Share of the patches that is hidden.
  let ratio: Double
  let batch = 32
  let grid = [4, 4, 4]

  static func mini(ratio: Double) -> AutoencoderSizes {
    AutoencoderSizes(
      encoder: Half(width: 192, depth: 6, heads: 3), decoder: Half(width: 96, depth: 2, heads: 3), patch: [4, 8, 8],
      ratio: ratio)
  }

  static func paper(patch: [Int], ratio: Double) -> AutoencoderSizes {
    AutoencoderSizes(
      encoder: Half(width: 384, depth: 12, heads: 6), decoder: Half(width: 192, depth: 4, heads: 6), patch: patch,
      ratio: ratio)
  }

  var crop: [Int] { zip(grid, patch).map { $0 * $1 } }
}
