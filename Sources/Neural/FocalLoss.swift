/// The binary focal loss from logits, the mean over all voxels: Lin et al. 2017, arXiv:1708.02002.
public struct FocalLoss: Hashable, Sendable {
  /// Weight of positive voxels; negative ones have `1 - alpha`.
  public let alpha: Float
  /// How far well classified voxels are discounted; 0 gives the weighted cross entropy.
  public let gamma: Float

  /// A focal loss; the defaults are those of the paper.
  public init(alpha: Float = 0.25, gamma: Float = 2) {
    self.alpha = alpha
    self.gamma = gamma
  }
}
