import CKernels

/// Lengths of a volume, a kernel or a patch along z, y and x.
package struct Lengths: Hashable, Sendable {
  package let z, y, x: Int
  package var count: Int { z * y * x }

  package init(_ z: Int, _ y: Int, _ x: Int) {
    precondition(z >= 0 && y >= 0 && x >= 0, "extent: a negative length in \(z), \(y), \(x)")
    (self.z, self.y, self.x) = (z, y, x)
  }

  /// Three lengths in the order z, y, x.
  package init(_ lengths: some Collection<Int>) {
    let lengths = Array(lengths)
    precondition(lengths.count == 3, "extent: \(lengths) is not z, y, x")
    self.init(lengths[0], lengths[1], lengths[2])
  }

  package var lengths: [Int] { [z, y, x] }
  var c: ck_extent { ck_extent(z: z, y: y, x: x) }
}

extension Kernels {
  static func depthwiseScratch(_ size: Lengths, _ kernel: Lengths) -> Int { ck_depthwise_scratch_f32(size.c, kernel.c) }

  /// Convolves one block of eight channels of one sample, of which some planes are written.
  static func depthwise(
    _ size: Lengths, _ kernel: Lengths, planes: Range<Int>, _ input: Floats, weight: Floats, bias: Floats?,
    into output: Floats, scratch: Floats
  ) {
    precondition(planes.lowerBound >= 0 && planes.upperBound <= size.z, "depthwise: planes \(planes) of \(size)")
    precondition(input.count == size.count * 8 && output.count == input.count, "depthwise: sizes differ")
    precondition(weight.count == kernel.count * 8 && bias?.count ?? 8 == 8, "depthwise: weights do not fit \(kernel)")
    precondition(scratch.count >= depthwiseScratch(size, kernel), "depthwise: scratch is short")
    withExtendedLifetime((input.storage, weight.storage, bias?.storage, output.storage, scratch.storage)) {
      unsafe ck_depthwise_f32(
        size.c, kernel.c, planes.lowerBound, planes.upperBound, input.pointer, weight.pointer, bias?.pointer,
        output.pointer, scratch.pointer)
    }
  }

  static func depthwiseWeightGradient(
    _ size: Lengths, _ kernel: Lengths, _ input: Floats, gradient: Floats, weight: Floats, bias: Floats, scratch: Floats
  ) {
    precondition(input.count == size.count * 8 && gradient.count == input.count, "depthwise: sizes differ")
    precondition(weight.count == kernel.count * 8 && bias.count == 8, "depthwise: weights do not fit \(kernel)")
    precondition(scratch.count >= depthwiseScratch(size, kernel), "depthwise: scratch is short")
    withExtendedLifetime((input.storage, gradient.storage, weight.storage, bias.storage, scratch.storage)) {
      unsafe ck_depthwise_weight_gradient_f32(
        size.c, kernel.c, input.pointer, gradient.pointer, weight.pointer, bias.pointer, scratch.pointer)
    }
  }

  /// Mixes the channels of voxels.
  static func pointwise(_ input: VoxelRange, weight: Floats, bias: Floats?, into output: VoxelRange) {
    check(input, output, weight: weight.count, bias: bias?.count)
    withExtendedLifetime((input.floats.storage, weight.storage, bias?.storage, output.floats.storage)) {
      unsafe ck_pointwise_f32(
        input.count, input.blocks, output.blocks, input.pointer, input.stride, weight.pointer, bias?.pointer,
        output.pointer, output.stride)
    }
  }

  static func pointwiseWeightGradient(_ input: VoxelRange, gradient: VoxelRange, weight: Floats, bias: Floats) {
    check(input, gradient, weight: weight.count, bias: bias.count)
    withExtendedLifetime((input.floats.storage, gradient.floats.storage, weight.storage, bias.storage)) {
      unsafe ck_pointwise_weight_gradient_f32(
        input.count, input.blocks, gradient.blocks, input.pointer, input.stride, gradient.pointer, gradient.stride,
        weight.pointer, bias.pointer)
    }
  }

  private static func check(_ inputs: VoxelRange, _ outputs: VoxelRange, weight: Int, bias: Int?) {
    precondition(inputs.count == outputs.count, "pointwise: \(inputs.count) voxels beside \(outputs.count)")
    let (from, to) = (inputs.blocks, outputs.blocks)
    precondition(weight == from * to * 64, "pointwise: \(weight) weights for \(from) and \(to) blocks")
    precondition(bias ?? (to * 8) == to * 8, "pointwise: the bias does not fit")
  }

  // MARK: - Layout

  static func patchesToBlocks(_ size: Lengths, _ patch: Lengths, _ volume: Floats, into blocks: Floats) {
    checkPatches(size, patch, volume, blocks)
    withExtendedLifetime((volume.storage, blocks.storage)) {
      unsafe ck_patches_to_blocks_f32(size.c, patch.c, volume.pointer, blocks.pointer)
    }
  }

  static func blocksToPatches(_ size: Lengths, _ patch: Lengths, _ blocks: Floats, into volume: Floats) {
    checkPatches(size, patch, volume, blocks)
    withExtendedLifetime((volume.storage, blocks.storage)) {
      unsafe ck_blocks_to_patches_f32(size.c, patch.c, blocks.pointer, volume.pointer)
    }
  }

  private static func checkPatches(_ size: Lengths, _ patch: Lengths, _ volume: Floats, _ blocks: Floats) {
    let divides = size.z % patch.z == 0 && size.y % patch.y == 0 && size.x % patch.x == 0
    precondition(divides, "patches: \(patch) does not divide \(size)")
    precondition(volume.count == size.count, "patches: \(volume.count) voxels, not \(size)")
    precondition(blocks.count == size.count / patch.count * ((patch.count + 7) / 8 * 8), "patches: sizes differ")
  }

  static func channelsToBlocks(voxels: Int, channels: Int, _ volume: Floats, into blocks: Floats) {
    precondition(
      volume.count == voxels * channels && blocks.count == voxels * ((channels + 7) / 8 * 8), "blocks: sizes")
    withExtendedLifetime((volume.storage, blocks.storage)) {
      unsafe ck_channels_to_blocks_f32(voxels, channels, volume.pointer, blocks.pointer)
    }
  }

  static func blocksToChannels(voxels: Int, channels: Int, _ blocks: Floats, into volume: Floats) {
    precondition(
      volume.count == voxels * channels && blocks.count == voxels * ((channels + 7) / 8 * 8), "blocks: sizes")
    withExtendedLifetime((volume.storage, blocks.storage)) {
      unsafe ck_blocks_to_channels_f32(voxels, channels, blocks.pointer, volume.pointer)
    }
  }
}

/// A range of voxels in every block of a blocked sample, `[block][voxels][8]`.
struct VoxelRange {
  let floats: Floats
  let blocks: Int
  /// Floats from a block to the next.
  let stride: Int
  private let range: Range<Int>
  var count: Int { range.count }

  init(_ range: Range<Int>, of voxels: Int, in sample: Floats) {
    precondition(
      voxels > 0 && sample.count % (voxels * 8) == 0, "voxels: \(sample.count) floats of \(voxels) voxels")
    precondition(range.lowerBound >= 0 && range.upperBound <= voxels, "voxels: \(range) of \(voxels)")
    floats = sample
    blocks = sample.count / (voxels * 8)
    stride = voxels * 8
    self.range = range
  }

  /// Where the first voxel of the first block lies; valid while the storage is kept alive.
  @unsafe fileprivate var pointer: UnsafeMutablePointer<Float> { unsafe floats.pointer + range.lowerBound * 8 }
}
