import Imaging
import Testing

@Suite struct DetectorTests {
  @Test func `differences of Gaussians find bright balls at their centres`() {
    let size = Extent(16, 40, 40)
    let voxel = VoxelSize(4, 1.8, 1.8)
    let centres = [Point(4, 10, 10), Point(10, 25, 30), Point(12, 8, 28)]
    let values = BallTarget(tolerance: 6, voxelSize: voxel).values(in: Box(size), around: centres)
    let volume = Volume(size: size, values: values, voxelSize: voxel)
    let found = DifferenceOfGaussians(cellRadius: 5, voxelSize: voxel)
      .detections(in: volume, maxima: FindMaxima(voxelSize: voxel)).atLeast(0.1)
    #expect(Set(found.points) == Set(centres))
    #expect(found.scores == found.scores.sorted(by: >))
  }

  @Test func `deviations follow the voxel size and are wide enough for thick planes`() {
    let detector = DifferenceOfGaussians(cellRadius: 4.86, voxelSize: VoxelSize(6, 1.62, 1.62))
    #expect(detector.inner == SIMD3(0.8, 1.5, 1.5))
    #expect(detector.outer[0] == 2)
  }

  @Test func `chance gives points in the region, other ones for each region`() {
    let size = Extent(4, 9, 30)
    let one = ChanceDetector.detections(count: 500, in: size, seed: 1, region: "test-1")
    let other = ChanceDetector.detections(count: 500, in: size, seed: 1, region: "test-2")
    #expect(one.points != other.points)
    #expect(one.points.allSatisfy { $0.z >= -0.5 && $0.z <= 3.5 && $0.x >= -0.5 && $0.x <= 29.5 })
    #expect(one.points.contains { $0.x > 20 } && one.points.contains { $0.x < 10 })
  }
}
