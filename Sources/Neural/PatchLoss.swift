import Tensors

/// How the error of each masked patch counts: sum(w mse) / sum(w), mse the mean over the patch's voxels.
public struct PatchLoss: Hashable, Sendable {
  /// What the model has to give for a patch.
  public enum Target: String, Hashable, Sendable, CaseIterable {
    /// Its voxels.
    case raw
    /// Its voxels less their mean, over their deviation: He et al. 2022, arXiv:2111.06377, section 4.
    case normalised
  }

  /// Weight of an empty patch.
  public let alpha: Float
  /// What a patch with content gains.
  public let gamma: Float
  /// The variance of voxels in a patch that counts as full content, a mean over the training set; nil weighs all patches
  /// alike.
  public let meanVariance: Float?
  /// What the model has to give.
  public let target: Target

  /// A loss with content weights: alpha + gamma min(1, variance / meanVariance).
  ///
  /// - Precondition: `meanVariance` is positive.
  public init(alpha: Float = 1, gamma: Float = 9, meanVariance: Float?, target: Target = .raw) {
    precondition(meanVariance ?? 1 > 0, "patch loss: the mean variance is \(meanVariance ?? 0)")
    self.alpha = alpha
    self.gamma = gamma
    self.meanVariance = meanVariance
    self.target = target
  }

  /// The weight of each row of voxels.
  func weights(_ patches: Tensor, on engine: Engine) -> [Float] {
    guard let meanVariance else {
      return [Float](repeating: 1, count: patches.shape.dropLast().reduce(1, *))
    }
    return engine.rowMoments(patches).variance.map {
      Float(Double(alpha) + Double(gamma) * min(1, $0 / Double(meanVariance)))
    }
  }

  /// What the model has to give for rows of voxels.
  func targets(_ patches: Tensor, on engine: Engine) -> Tensor {
    target == .raw ? patches : engine.normalisedRows(patches, epsilon: 1e-6)
  }
}
