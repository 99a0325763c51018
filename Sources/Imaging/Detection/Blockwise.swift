/// Runs a detector over a large volume block by block, with the result of one pass over the whole.
///
/// Core blocks tile the volume half-open. Each is read with a halo, aligned to the patch grid and cut at the true
/// border, so a network sees at every voxel of the core what it would see in the whole volume.
public struct Blockwise: Sendable {
  /// One piece of work: the voxels it answers for, and those it needs to see.
  public struct Block: Sendable, Hashable {
    public let core: Box
    public let read: Box
  }

  /// The size of the cores, rounded up to whole patches.
  public let block: Extent
  public let patch: Extent
  /// Half the receptive field of the predictor in voxels.
  public let halo: Extent

  /// A tiling.
  ///
  /// - Precondition: Block and patch are positive, the halo is not negative.
  public init(block: Extent, patch: Extent = Extent(1, 1, 1), halo: Extent) {
    precondition(block.axes.allSatisfy { $0 > 0 }, "blockwise: block \(block)")
    precondition(patch.axes.allSatisfy { $0 > 0 }, "blockwise: patch \(patch)")
    precondition(halo.axes.allSatisfy { $0 >= 0 }, "blockwise: halo \(halo)")
    let whole = zip(block.axes, patch.axes).map { ($0 + $1 - 1) / $1 * $1 }
    self.block = Extent(whole[0], whole[1], whole[2])
    self.patch = patch
    self.halo = halo
  }

  // MARK: - Blocks

  /// The blocks of a volume in order z, y, x.
  ///
  /// - Parameter reach: How far beyond the core the prediction itself is needed, for example for maxima.
  public func blocks(of size: Extent, reach: Extent = .zero) -> [Block] {
    var blocks: [Block] = []
    for z in stride(from: 0, to: size.z, by: block.z) {
      for y in stride(from: 0, to: size.y, by: block.y) {
        for x in stride(from: 0, to: size.x, by: block.x) {
          let core = Box(
            lower: Extent(z, y, x),
            upper: Extent(min(size.z, z + block.z), min(size.y, y + block.y), min(size.x, x + block.x)))
          blocks.append(Block(core: core, read: read(core, size, reach)))
        }
      }
    }
    return blocks
  }

  /// The maxima of what a predictor gives for a volume, equal to those of a pass over the whole.
  ///
  /// - Parameter predict: Gives a heatmap of the size of the volume it gets; no voxel of it may depend on voxels
  ///   farther away than the halo, and volumes are cut at whole patches except at the far border.
  public func detections(
    in volume: Volume, maxima: FindMaxima, above threshold: Float, predict: (Volume) throws -> Volume
  ) rethrows -> Detections {
    var candidates: [FindMaxima.Candidate] = []
    for block in blocks(of: volume.size, reach: maxima.footprint.reach) {
      let heatmap = try predict(volume.cropped(to: block.read))
      precondition(heatmap.size == block.read.size, "blockwise: heatmap of \(heatmap.size) for \(block.read.size)")
      let from = block.read.lower
      let core = Box(
        lower: Extent(block.core.lower.z - from.z, block.core.lower.y - from.y, block.core.lower.x - from.x),
        upper: Extent(block.core.upper.z - from.z, block.core.upper.y - from.y, block.core.upper.x - from.x))
      candidates += maxima.candidates(in: heatmap, above: threshold, core: core, origin: from)
    }
    return maxima.accepted(from: candidates)
  }

  // MARK: - Private

  private func read(_ core: Box, _ size: Extent, _ reach: Extent) -> Box {
    var lower: [Int] = []
    var upper: [Int] = []
    for axis in 0..<3 {
      let margin = halo.axes[axis] + reach.axes[axis]
      let step = patch.axes[axis]
      lower.append(max(0, core.lower.axes[axis] - margin) / step * step)
      upper.append(min(size.axes[axis], (core.upper.axes[axis] + margin + step - 1) / step * step))
    }
    return Box(lower: Extent(lower[0], lower[1], lower[2]), upper: Extent(upper[0], upper[1], upper[2]))
  }
}
