/// A detector without training: maxima of the difference of a narrow and a broad Gaussian.
public struct DifferenceOfGaussians: Sendable, Hashable {
  /// Standard deviations in voxels along z, y and x.
  public let inner: SIMD3<Double>
  public let outer: SIMD3<Double>

  /// A detector with its standard deviations in voxels.
  public init(inner: SIMD3<Double>, outer: SIMD3<Double>) {
    self.inner = inner
    self.outer = outer
  }

  /// A detector for cells of a radius: half of it inside, one and a half times it outside.
  ///
  /// - Parameters:
  ///   - cellRadius: In micrometres, or in pixels where the voxel size is unknown.
  ///   - voxelSize: Planes may be thicker than cells, so along each axis the deviations are at least 0.8 and 2.
  public init(cellRadius: Double, voxelSize: VoxelSize?) {
    let radius = cellRadius / (voxelSize?.vector ?? SIMD3(1, 1, 1))
    inner = pointwiseMax(0.5 * radius, SIMD3(repeating: 0.8))
    outer = pointwiseMax(1.5 * radius, SIMD3(repeating: 2))
  }

  /// The response at every voxel, in the unit of the volume.
  public func response(to volume: Volume) -> Volume {
    let narrow = GaussianFilter.applied(to: volume, sigma: inner)
    let broad = GaussianFilter.applied(to: volume, sigma: outer)
    return volume.with(zip(narrow.values, broad.values).map(-))
  }

  /// All maxima with a positive response, the highest first; the response is the score.
  public func detections(in volume: Volume, maxima: FindMaxima) -> Detections {
    maxima.detections(in: response(to: volume), above: 0)
  }
}
