/// The size of a ConvMixer for volumes.
public struct ConvMixerConfiguration: Hashable, Sendable {
  /// Channels of every layer between stem and head.
  public let dim: Int
  /// Pairs of a depthwise and a pointwise layer.
  public let depth: Int
  /// Depthwise kernel along z, y, x, odd.
  public let kernel: [Int]
  /// Voxels that the stem turns into one position, along z, y, x.
  public let patch: [Int]

  /// A configuration; the defaults are those of the recipes.
  ///
  /// - Precondition: positive lengths, three axes, an odd kernel.
  public init(dim: Int = 64, depth: Int = 6, kernel: [Int] = [5, 5, 5], patch: [Int] = [1, 2, 2]) {
    precondition(dim > 0 && depth >= 0, "ConvMixer: dim \(dim) and depth \(depth) must be positive")
    precondition(
      kernel.count == 3 && kernel.allSatisfy { $0 > 0 && $0 % 2 == 1 }, "ConvMixer: kernel \(kernel) is not odd")
    precondition(patch.count == 3 && patch.allSatisfy { $0 > 0 }, "ConvMixer: patch \(patch) is not z, y, x")
    self.dim = dim
    self.depth = depth
    self.kernel = kernel
    self.patch = patch
  }

  /// Voxels of a patch: the channels of the head.
  var patchVoxels: Int { patch.reduce(1, *) }
}
