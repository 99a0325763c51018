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

  /// Convolves one block of eight channels of one sample.
  static func depthwise(
    _ size: Lengths, _ kernel: Lengths, _ input: Floats, weight: Floats, bias: Floats?, into output: Floats,
    scratch: Floats
  ) {
    precondition(input.count == size.count * 8 && output.count == input.count, "depthwise: sizes differ")
    precondition(weight.count == kernel.count * 8 && bias?.count ?? 8 == 8, "depthwise: weights do not fit \(kernel)")
    precondition(scratch.count >= depthwiseScratch(size, kernel), "depthwise: scratch is short")
    withExtendedLifetime((input.storage, weight.storage, bias?.storage, output.storage, scratch.storage)) {
      unsafe ck_depthwise_f32(
        size.c, kernel.c, input.pointer, weight.pointer, bias?.pointer, output.pointer, scratch.pointer)
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

  /// Mixes the channels of a range of voxels; `input` and `output` are whole samples, `[block][voxels][8]`.
  static func pointwise(
    _ range: Range<Int>, of voxels: Int, _ input: Floats, weight: Floats, bias: Floats?, into output: Floats
  ) {
    let (inputs, outputs) = (blocks(input, voxels), blocks(output, voxels))
    check(range, voxels, weight: weight.count, bias: bias?.count, inputs, outputs)
    withExtendedLifetime((input.storage, weight.storage, bias?.storage, output.storage)) {
      let offset = range.lowerBound * 8
      unsafe ck_pointwise_f32(
        range.count, inputs, outputs, input.pointer + offset, voxels * 8, weight.pointer, bias?.pointer,
        output.pointer + offset, voxels * 8)
    }
  }

  static func pointwiseWeightGradient(
    _ range: Range<Int>, of voxels: Int, _ input: Floats, gradient: Floats, weight: Floats, bias: Floats
  ) {
    let (inputs, outputs) = (blocks(input, voxels), blocks(gradient, voxels))
    check(range, voxels, weight: weight.count, bias: bias.count, inputs, outputs)
    withExtendedLifetime((input.storage, gradient.storage, weight.storage, bias.storage)) {
      let offset = range.lowerBound * 8
      unsafe ck_pointwise_weight_gradient_f32(
        range.count, inputs, outputs, input.pointer + offset, voxels * 8, gradient.pointer + offset, voxels * 8,
        weight.pointer, bias.pointer)
    }
  }

  private static func blocks(_ sample: Floats, _ voxels: Int) -> Int {
    precondition(
      voxels > 0 && sample.count % (voxels * 8) == 0, "pointwise: \(sample.count) floats of \(voxels) voxels")
    return sample.count / (voxels * 8)
  }

  private static func check(_ range: Range<Int>, _ voxels: Int, weight: Int, bias: Int?, _ inputs: Int, _ outputs: Int)
  {
    precondition(range.lowerBound >= 0 && range.upperBound <= voxels, "pointwise: \(range) of \(voxels) voxels")
    precondition(weight == inputs * outputs * 64, "pointwise: \(weight) weights for \(inputs) and \(outputs) blocks")
    precondition(bias ?? (outputs * 8) == outputs * 8, "pointwise: the bias does not fit")
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
