package import ArrayStores
package import Imaging
package import Neural
package import Pipeline
package import Tensors

/// The fixed crops and masks by which every masked autoencoder of one geometry is measured on the same regions: no
/// task's seed enters them, so that trainings compare.
package struct ValidationCrops: Sendable {
  /// Where the crops come from.
  package let stream: CropStream

  /// - Parameters:
  ///   - bundles: Artifacts of regions, in the order of the input `validation`.
  ///   - size: Voxels of a crop.
  /// - Throws: As `CropStream`.
  package init(_ bundles: [OpenBundle], size: Extent, cache: ChunkCache) throws {
    stream = try CropStream(
      bundles, port: "validation", size: size, turns: false, seed: 0, purpose: "validation crops", cache: cache)
  }

  /// Crops by their numbers, `[count, z, y, x]`.
  package func batch(_ numbers: Range<Int>) throws -> Tensor { try stream.batch(numbers) }

  /// The masks of crops by their numbers.
  package static func masks(_ numbers: Range<Int>, visible: Int, of tokens: Int) -> PatchMasks {
    PatchMasks(
      batch: numbers.count, visible: visible, of: tokens, seed: 0, step: 0, purpose: "validation masks",
      first: numbers.lowerBound)
  }
}
