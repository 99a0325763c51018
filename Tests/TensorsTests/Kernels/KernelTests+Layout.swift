import CKernels
import Testing

extension KernelTests {
  @Test(
    arguments: [ck_extent(0, 4, 6), ck_extent(1, 4, 6), ck_extent(3, 8, 18)],
    [ck_extent(1, 1, 1), ck_extent(1, 2, 2), ck_extent(1, 4, 3)])
  func `patches become channels in z, y, x order and come back`(size: ck_extent, patch: ck_extent) {
    let volume = samples(size.count, seed: 36)
    let few = ck_extent(size.z / patch.z, size.y / patch.y, size.x / patch.x)
    let blockCount = (patch.count + 7) / 8
    var expected = [Float](repeating: 0, count: 8 * blockCount * few.count)
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let place = patch.index(z % patch.z, y % patch.y, x % patch.x) ?? 0
          let voxel = few.index(z / patch.z, y / patch.y, x / patch.x) ?? 0
          expected[(place / 8 * few.count + voxel) * 8 + place % 8] = volume[size.index(z, y, x) ?? 0]
        }
      }
    }
    let blocks = Self.expectEqualTwins {
      var blocks = [Float](repeating: .nan, count: expected.count)
      unsafe ck_patches_to_blocks_f32(size, patch, volume, &blocks)
      return blocks
    }
    #expect(blocks == expected)
    let back = Self.expectEqualTwins {
      var volume = [Float](repeating: .nan, count: size.count)
      unsafe ck_blocks_to_patches_f32(size, patch, blocks, &volume)
      return volume
    }
    #expect(back == volume)
  }

  @Test(arguments: counts, [1, 7, 8, 9, 24])
  func `channels become blocks and come back`(voxels: Int, channels: Int) {
    let last = samples(voxels * channels, seed: 37)
    let blockCount = (channels + 7) / 8
    var expected = [Float](repeating: 0, count: 8 * blockCount * voxels)
    for voxel in 0..<voxels {
      for channel in 0..<channels {
        expected[(channel / 8 * voxels + voxel) * 8 + channel % 8] = last[voxel * channels + channel]
      }
    }
    let blocks = Self.expectEqualTwins {
      var blocks = [Float](repeating: .nan, count: expected.count)
      unsafe ck_channels_to_blocks_f32(voxels, channels, last, &blocks)
      return blocks
    }
    #expect(blocks == expected)
    let back = Self.expectEqualTwins {
      var last = [Float](repeating: .nan, count: voxels * channels)
      unsafe ck_blocks_to_channels_f32(voxels, channels, blocks, &last)
      return last
    }
    #expect(back == last)
  }
}
