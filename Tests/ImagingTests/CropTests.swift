import Imaging
import Testing

@Suite struct CropTests {
  private let size = Extent(20, 40, 50)
  private let centres = [Point(3, 5, 7), Point(18.4, 38.2, 48.9), Point(10, 20, 30)]

  /// A region whose values are the targets themselves, so that a crop's input shows where it came from.
  private func region(ignore: [Box] = []) -> CropRegion {
    let voxel = VoxelSize(4, 1.8, 1.8)
    let values = BallTarget(tolerance: 6, voxelSize: voxel).values(in: Box(size), around: centres)
    return CropRegion(
      volume: Volume(size: size, values: values, voxelSize: voxel), centres: centres, ignore: ignore, tolerance: 6)
  }

  private let plain = CropSettings(size: Extent(8, 16, 16), gain: 0, offset: 0)

  @Test func `a ball is round in micrometres and reaches one plane to each side`() {
    let target = BallTarget(tolerance: 6, voxelSize: VoxelSize(4, 1.8, 1.8))
    #expect(target.semiAxes == SIMD3(1.5, 3, 3))
    let size = Extent(5, 11, 11)
    let values = target.values(in: Box(size), around: [Point(2, 5, 5)])
    let planes = (0..<5).map { plane in values[(plane * 121)..<((plane + 1) * 121)].reduce(0, +) }
    #expect(planes == [0, 21, 29, 21, 0])
  }

  @Test func `inputs and targets are turned alike`() {
    let sampler = CropSampler(regions: [region()], settings: plain, seed: 4)
    let crops = (0..<100).map { sampler.crop(step: 3, index: $0) }
    #expect(crops.allSatisfy { $0.input == $0.target })
    #expect(Set(crops.map(\.origin)).count > 60)
  }

  @Test func `groups are drawn evenly, however many regions they have, and one group changes nothing`() {
    let groups = [[region()], [region(), region(), region()], [region(), region()]]
    let sampler = CropSampler(groups: groups, settings: plain, seed: 4)
    let drawn = (0..<1200).map { sampler.crop(step: 0, index: $0).region }
    let counts = [0..<1, 1..<4, 4..<6].map { group in drawn.count { group.contains($0) } }
    #expect(counts.allSatisfy { (330...470).contains($0) }, "\(counts)")
    #expect(Set(drawn).count == 6)
    let three = [region(), region(), region()]
    let plainly = CropSampler(regions: three, settings: plain, seed: 4)
    let grouped = CropSampler(groups: [three], settings: plain, seed: 4)
    #expect((0..<20).allSatisfy { plainly.crop(step: 1, index: $0) == grouped.crop(step: 1, index: $0) })
  }

  @Test func `a crop depends on seed, step and index alone`() {
    let sampler = CropSampler(regions: [region()], settings: plain, seed: 4)
    let again = CropSampler(regions: [region()], settings: plain, seed: 4)
    #expect(sampler.crop(step: 3, index: 5) == again.crop(step: 3, index: 5))
    let others = [sampler.crop(step: 4, index: 5), sampler.crop(step: 3, index: 6)]
    #expect(others.allSatisfy { $0.origin != sampler.crop(step: 3, index: 5).origin })
  }

  @Test func `about half of the crops hold a cell for certain, at any place`() {
    var settings = plain
    settings.centredShare = 1
    let sampler = CropSampler(regions: [region()], settings: settings, seed: 4)
    #expect((0..<50).allSatisfy { sampler.crop(step: 0, index: $0).target.contains(1) })
  }

  @Test func `gain and offset change the input and not the target`() {
    var settings = plain
    settings.gain = 0.1
    settings.offset = 0.05
    let crop = CropSampler(regions: [region()], settings: settings, seed: 4).crop(step: 0, index: 0)
    #expect(Set(crop.input).count <= 2)
    #expect(crop.input.allSatisfy { $0 >= -0.05 && $0 <= 1.15 })
    #expect(crop.target.allSatisfy { $0 == 0 || $0 == 1 })
  }

  @Test func `a region smaller than the crop is surrounded by zeros`() {
    let small = Volume(size: Extent(2, 4, 4), repeating: 1)
    var settings = plain
    settings.turns = false
    let sampler = CropSampler(regions: [CropRegion(volume: small)], settings: settings, seed: 1)
    let crop = sampler.crop(step: 0, index: 0)
    #expect(crop.input.count == plain.size.count)
    #expect(crop.input.reduce(0, +) == 32)
    #expect(crop.origin == Extent(-3, -6, -6))
  }

  @Test func `no crop has its middle in an ignore box, and its voxels there weigh nothing`() {
    let box = Box(lower: .zero, upper: Extent(20, 20, 50))
    let sampler = CropSampler(regions: [region(ignore: [box])], settings: plain, seed: 4)
    let crops = (0..<60).map { sampler.crop(step: 0, index: $0) }
    #expect(crops.allSatisfy { $0.origin.y + 16 > 20 })
    for crop in crops {
      let rows = max(0, 20 - crop.origin.y)
      #expect((crop.weight?.count { $0 == 0 } ?? 0) == rows * 8 * 16)
    }
  }
}
