import Imaging
import Tensors
import Testing

@Suite struct FindMaximaTests {
  /// A footprint of 1.5 x 3 x 3 voxels.
  private let maxima = FindMaxima(minimumDistance: 3, voxelSize: VoxelSize(4, 1.8, 1.8))

  @Test func `a heatmap with plateaus gives the points of the written rule`() throws {
    let reference = try Reference.load()
    let found = maxima.detections(in: Volume(size: reference.extent, values: reference.heat), above: 0.3)
    #expect(found.points == reference.maxima.map { Point($0[0], $0[1], $0[2]) })
    #expect(found.count > 10)
  }

  @Test func `half axes follow the voxel size and are at least one and a half voxels`() {
    #expect(maxima.footprint.semiAxes == SIMD3(1.5, 3, 3))
    #expect(FindMaxima(minimumDistance: 4, voxelSize: nil).footprint.semiAxes == SIMD3(4, 4, 4))
    #expect(FindMaxima(minimumDistance: 1, voxelSize: nil).footprint.semiAxes == SIMD3(1.5, 1.5, 1.5))
  }

  @Test func `a plateau gives one point`() {
    var heatmap = Volume(size: Extent(3, 20, 20))
    for y in 5..<9 { for x in 6..<9 { heatmap[1, y, x] = 0.9 } }
    #expect(maxima.detections(in: heatmap, above: 0.5).points == [Point(1, 5, 6), Point(1, 8, 7)])
    #expect(
      FindMaxima(minimumDistance: 5, voxelSize: nil).detections(in: heatmap, above: 0.5).points == [Point(1, 5, 6)])
  }

  @Test func `a constant heatmap has no maximum`() {
    #expect(maxima.detections(in: Volume(size: Extent(5, 9, 9), repeating: 0.8), above: 0.1).count == 0)
  }

  @Test func `the threshold itself is not above the threshold`() {
    var heatmap = Volume(size: Extent(3, 9, 9))
    heatmap[1, 4, 4] = 0.5
    #expect(maxima.detections(in: heatmap, above: 0.5).count == 0)
    #expect(maxima.detections(in: heatmap, above: 0.4999).points == [Point(1, 4, 4)])
  }

  @Test func `no two points share a footprint`() throws {
    let heatmap = noise(Extent(12, 30, 30), levels: 6)
    let points = maxima.detections(in: heatmap, above: 0).points
    let semi = maxima.footprint.semiAxes
    var closest = Double.infinity
    for (index, one) in points.enumerated() {
      for other in points[..<index] {
        let step = SIMD3(Double(one.z - other.z), Double(one.y - other.y), Double(one.x - other.x)) / semi
        closest = min(closest, (step * step).sum())
      }
    }
    #expect(points.count > 50)
    #expect(closest > 1)
  }

  @Test(arguments: [Float(0.3), 0.5, 0.75])
  func `a threshold on the list equals a fresh search`(threshold: Float) {
    let heatmap = noise(Extent(8, 25, 25), levels: 40)
    let all = maxima.detections(in: heatmap, above: 0.02)
    let kept = all.scores.indices.filter { all.scores[$0] > threshold }
    let fresh = maxima.detections(in: heatmap, above: threshold)
    #expect(fresh.points == kept.map { all.points[$0] })
  }

  @Test(arguments: [Extent(5, 8, 8), Extent(4, 7, 30), Extent(64, 64, 64), Extent(1, 40, 3)])
  func `blocks give what the whole volume gives`(block: Extent) {
    let volume = noise(Extent(11, 37, 42), levels: 12)
    let predict = { (part: Volume) in GaussianFilter.applied(to: part, sigma: SIMD3(0.5, 0.75, 0.75)) }
    let tiles = Blockwise(block: block, patch: Extent(1, 2, 2), halo: Extent(2, 3, 3))
    let whole = maxima.detections(in: predict(volume), above: 0.2)
    #expect(tiles.detections(in: volume, maxima: maxima, above: 0.2, predict: predict) == whole)
    #expect(whole.count > 50)
  }

  @Test func `cores tile the volume and reads are aligned to the patches`() {
    let size = Extent(10, 21, 33)
    let blocks = Blockwise(block: Extent(4, 7, 9), patch: Extent(1, 2, 4), halo: Extent(1, 3, 5)).blocks(of: size)
    #expect(blocks.map(\.core.size.count).reduce(0, +) == size.count)
    #expect(blocks.allSatisfy { $0.core.lower.y % 2 == 0 && $0.read.lower.y % 2 == 0 && $0.read.lower.x % 4 == 0 })
    #expect(blocks.allSatisfy { $0.read.upper.x % 4 == 0 || $0.read.upper.x == size.x })
  }

  private func noise(_ size: Extent, levels: Int) -> Volume {
    var random = Philox(seed: 9, purpose: "heatmap")
    return Volume(size: size, values: (0..<size.count).map { _ in Float(random.below(levels)) / Float(levels) })
  }
}
