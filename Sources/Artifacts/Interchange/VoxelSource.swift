import Imaging
import Pipeline

/// Voxels that are read box by box: a file, or one seen at another voxel size.
protocol VoxelSource {
  /// Voxels along z, y, x.
  var size: Extent { get }
  /// The values of a box as Floats.
  func read(_ box: Box) throws -> Volume
}

extension VolumeFile: VoxelSource {}

/// A volume seen on the grid of another voxel size: linear between voxels, and the mean of a few such values where
/// voxels become larger.
struct ResampledVolume: VoxelSource {
  let source: any VoxelSource
  let size: Extent
  let voxelSize: VoxelSize
  /// Source voxels a voxel, along z, y, x.
  private let ratios: [Double]
  /// How many places in a voxel are looked at along each axis.
  private let samples: [Int]

  /// - Parameters:
  ///   - from: The voxel size of the source.
  ///   - to: The voxel size that is wanted.
  init(_ source: any VoxelSource, from: VoxelSize, to: VoxelSize) {
    self.source = source
    voxelSize = to
    ratios = zip(to.axes, from.axes).map { $0 / $1 }
    samples = ratios.map { max(1, Int($0.rounded(.up))) }
    size = Extent(axes: zip(source.size.axes, ratios).map { max(1, Int((Double($0) / $1).rounded())) })
  }

  /// The place in voxels of the source of a point of this grid.
  func place(of point: Point) -> Point {
    let places = zip([point.z, point.y, point.x], ratios).map { Float((Double($0) + 0.5) * $1 - 0.5) }
    return Point(places[0], places[1], places[2])
  }

  func read(_ box: Box) throws -> Volume {
    let taps = (0..<3).map { axis in
      (box.lower.axes[axis]..<box.upper.axes[axis]).map { weights(of: $0, axis) }
    }
    let lower = taps.map { axis in axis.first?.first?.index ?? 0 }
    let upper = taps.map { axis in (axis.last?.last?.index ?? 0) + 1 }
    let wide = try source.read(Box(lower: Extent(axes: lower), upper: Extent(axes: upper)))
    // One axis after the other: x, then y, then z.
    var values = wide.values
    var shape = wide.size.axes
    for axis in [2, 1, 0] {
      values = Self.reduced(values, shape, axis, taps[axis], from: lower[axis])
      shape[axis] = taps[axis].count
    }
    return Volume(size: box.size, values: values, voxelSize: voxelSize)
  }

  // MARK: - Private

  private struct Tap {
    let index: Int
    let weight: Float
  }

  /// The source voxels that make up a voxel along an axis, rising.
  private func weights(of voxel: Int, _ axis: Int) -> [Tap] {
    let last = Double(source.size.axes[axis] - 1)
    var weights: [Int: Double] = [:]
    for sample in 0..<samples[axis] {
      let within = (Double(sample) + 0.5) / Double(samples[axis])
      let place = min(last, max(0, (Double(voxel) + within) * ratios[axis] - 0.5))
      let below = Int(place)
      let share = place - Double(below)
      weights[below, default: 0] += (1 - share) / Double(samples[axis])
      if share > 0 { weights[below + 1, default: 0] += share / Double(samples[axis]) }
    }
    return weights.sorted { $0.key < $1.key }.map { Tap(index: $0.key, weight: Float($0.value)) }
  }

  private static func reduced(
    _ values: [Float], _ shape: [Int], _ axis: Int, _ taps: [[Tap]], from first: Int
  ) -> [Float] {
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    var result = [Float](repeating: 0, count: outer * taps.count * inner)
    for row in 0..<outer {
      for (place, list) in taps.enumerated() {
        let target = (row * taps.count + place) * inner
        for tap in list {
          let start = (row * shape[axis] + tap.index - first) * inner
          for offset in 0..<inner { result[target + offset] += tap.weight * values[start + offset] }
        }
      }
    }
    return result
  }
}
