import Tensors

/// The size of a masked autoencoder for volumes.
public struct MaskedAutoencoderConfiguration: Hashable, Sendable {
  /// Named sizes, from that of the paper down to one that trains in seconds.
  public enum Preset: String, Hashable, Sendable, CaseIterable {
    case paper
    case mini
    case sweep
    case smoke
  }

  /// Width, blocks and heads of one of the two halves.
  public struct Half: Hashable, Sendable {
    /// Numbers of a token.
    public let width: Int
    /// Blocks of attention and multilayer perceptron.
    public let depth: Int
    /// Heads of the attention; they divide the width.
    public let heads: Int

    /// A half of a model.
    ///
    /// - Precondition: positive numbers; the heads divide the width.
    public init(width: Int, depth: Int, heads: Int) {
      precondition(width > 0 && depth >= 0 && heads > 0, "MAE: width \(width), depth \(depth), heads \(heads)")
      precondition(width % heads == 0, "MAE: \(heads) heads do not divide the width \(width)")
      self.width = width
      self.depth = depth
      self.heads = heads
    }
  }

  /// Patches of a crop along z, y, x.
  public let grid: [Int]
  /// Voxels of a patch along z, y, x.
  public let patch: [Int]
  /// What turns the visible patches into features.
  public let encoder: Half
  /// What turns features and mask tokens into voxels.
  public let decoder: Half
  /// What tells the patches apart.
  public let positions: PositionWaves
  /// What LayerScale begins with.
  public let layerScale: Float
  /// What keeps the LayerNorms' denominators from zero.
  public let epsilon: Float

  /// A configuration; the defaults are those of the paper.
  ///
  /// - Precondition: three positive lengths each.
  public init(
    grid: [Int] = [4, 4, 4], patch: [Int] = [4, 8, 8], encoder: Half = Half(width: 384, depth: 12, heads: 6),
    decoder: Half = Half(width: 192, depth: 4, heads: 6), positions: PositionWaves = .long, layerScale: Float = 1e-5,
    epsilon: Float = 1e-6
  ) {
    precondition(grid.count == 3 && grid.allSatisfy { $0 > 0 }, "MAE: grid \(grid) is not z, y, x")
    precondition(patch.count == 3 && patch.allSatisfy { $0 > 0 }, "MAE: patch \(patch) is not z, y, x")
    self.grid = grid
    self.patch = patch
    self.encoder = encoder
    self.decoder = decoder
    self.positions = positions
    self.layerScale = layerScale
    self.epsilon = epsilon
  }

  /// A named size for patches of a length; `paper` is deep, with long waves and a LayerScale that begins at 1e-5, the
  /// others with short ones and 0.1.
  public init(_ preset: Preset, patch: [Int] = [4, 8, 8]) {
    let (encoder, decoder) = preset.halves
    let isPaper = preset == .paper
    self.init(
      patch: patch, encoder: encoder, decoder: decoder, positions: isPaper ? .long : .short,
      layerScale: isPaper ? 1e-5 : 0.1)
  }

  // MARK: -

  /// Voxels of a crop along z, y, x.
  public var crop: [Int] { zip(grid, patch).map { $0 * $1 } }
  /// Patches of a crop.
  public var tokens: Int { grid.reduce(1, *) }
  /// Voxels of a patch.
  public var patchVoxels: Int { patch.reduce(1, *) }

  /// The same without a decoder: what a detector on the encoder consists of, whatever it began with.
  public var encoderAlone: MaskedAutoencoderConfiguration {
    let none = Half(width: encoder.width, depth: 0, heads: encoder.heads)
    return MaskedAutoencoderConfiguration(
      grid: grid, patch: patch, encoder: encoder, decoder: none, positions: positions, epsilon: epsilon)
  }

  /// How many tokens stay visible when a share of them is masked: int(tokens (1 - ratio)).
  ///
  /// - Precondition: at least one stays, and one is masked.
  public func visibleTokens(ratio: Double) -> Int {
    let visible = Int(Double(tokens) * (1 - ratio))
    precondition(visible > 0 && visible < tokens, "MAE: ratio \(ratio) leaves \(visible) of \(tokens) tokens visible")
    return visible
  }
}

extension MaskedAutoencoderConfiguration.Preset {
  fileprivate typealias Half = MaskedAutoencoderConfiguration.Half
  fileprivate var halves: (encoder: Half, decoder: Half) {
    switch self {
    case .paper: (Half(width: 384, depth: 12, heads: 6), Half(width: 192, depth: 4, heads: 6))
    case .mini: (Half(width: 192, depth: 6, heads: 3), Half(width: 96, depth: 2, heads: 3))
    case .sweep: (Half(width: 96, depth: 4, heads: 3), Half(width: 48, depth: 2, heads: 3))
    case .smoke: (Half(width: 48, depth: 1, heads: 3), Half(width: 24, depth: 1, heads: 3))
    }
  }
}
