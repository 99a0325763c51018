import Imaging
import Neural
import Tensors

/// A trained network as a detector: heatmap block by block, then maxima.
struct ModelDetector {
  let network: any DetectorNetwork
  /// In pixels of the plane.
  let minimumDistance: Double
  let engine: Engine

  /// Maxima below this probability are not kept, unless somebody asks for another floor.
  static let floor: Float = 0.02
  /// The largest block, in voxels: what bounds the memory of inference.
  private static let largestBlock = Extent(64, 160, 160)

  /// Every maximum above a floor with its probability.
  ///
  /// - Parameter volume: Normalised as the training regions were.
  func detections(in volume: Volume, above floor: Float = Self.floor) -> Detections {
    let maxima = FindMaxima(minimumDistance: minimumDistance, voxelSize: volume.voxelSize)
    let radius = network.receptiveRadius
    let blockwise = Blockwise(
      block: block(for: volume.size), patch: Extent(axes: network.architecture.alignment),
      halo: Extent(axes: radius))
    return blockwise.detections(in: volume, maxima: maxima, above: floor) { block in
      let input = Tensor(block.values, shape: [1] + block.size.axes)
      return Volume(
        size: block.size, values: network.probabilities(input, on: engine).values, voxelSize: block.voxelSize)
    }
  }

  /// Blocks of equal size, none above the largest.
  private func block(for size: Extent) -> Extent {
    Extent(
      axes: zip(size.axes, Self.largestBlock.axes).map { length, limit in
        let count = max(1, (length + limit - 1) / limit)
        return max(1, (length + count - 1) / count)
      })
  }
}

extension Extent {
  /// - Parameter axes: Z, y, x.
  init(axes: [Int]) { self.init(axes[0], axes[1], axes[2]) }
}
