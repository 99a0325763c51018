import CKernels

extension Kernels {
  static func attentionScratch(tokens: Int, width: Int) -> Int { ck_attention_scratch_f32(tokens, width) }

  /// Attention of one head of one sample; `qkv` is `[tokens, 3 * heads * width]` and `out` `[tokens, heads * width]`.
  static func attention(
    _ head: AttentionHead, _ qkv: Floats, into out: Floats, scratch: Floats
  ) {
    head.check(packed: qkv, single: out, scratch)
    let (width, stride) = (head.heads * head.width, 3 * head.heads * head.width)
    withExtendedLifetime((qkv.storage, out.storage, scratch.storage)) {
      let q = unsafe qkv.pointer + head.index * head.width
      unsafe ck_attention_f32(
        head.tokens, head.width, head.scale, q, q + width, q + 2 * width, stride,
        out.pointer + head.index * head.width, width, scratch.pointer)
    }
  }

  static func attentionGradient(
    _ head: AttentionHead, _ qkv: Floats, gradient: Floats, into change: Floats, scratch: Floats
  ) {
    head.check(packed: qkv, single: gradient, scratch)
    check(qkv, change)
    let (width, stride) = (head.heads * head.width, 3 * head.heads * head.width)
    withExtendedLifetime((qkv.storage, gradient.storage, change.storage, scratch.storage)) {
      let q = unsafe qkv.pointer + head.index * head.width
      let to = unsafe change.pointer + head.index * head.width
      unsafe ck_attention_gradient_f32(
        head.tokens, head.width, head.scale, q, q + width, q + 2 * width, stride,
        gradient.pointer + head.index * head.width, width, to, to + width, to + 2 * width, scratch.pointer)
    }
  }

  /// `out[r] = rows[sources[r]]` or the filler, plus a position; see `RowPlan`.
  static func assemble(
    _ plan: RowPlan, _ range: Range<Int>, width: Int, rows: Floats, filler: Floats?, positions: Floats?,
    into out: Floats
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= plan.sources.count, "rows: \(range) of \(plan.count)")
    precondition(out.count == range.count * width && rows.count >= plan.inputs * width, "rows: sizes differ")
    precondition(filler?.count ?? width == width, "rows: the filler is not of width \(width)")
    precondition(positions?.count ?? 0 >= plan.positions * width, "rows: there are fewer positions than are used")
    withExtendedLifetime((rows.storage, filler?.storage, positions?.storage, out.storage)) {
      unsafe plan.sources.withUnsafeBufferPointer { sources in
        unsafe plan.places.withUnsafeBufferPointer { places in
          unsafe ck_assemble_rows_f32(
            range.count, width, sources.baseAddress.map { unsafe $0 + range.lowerBound }, rows.pointer,
            filler?.pointer, places.isEmpty ? nil : places.baseAddress.map { unsafe $0 + range.lowerBound },
            positions?.pointer, out.pointer)
        }
      }
    }
  }

  static func unfold(
    _ size: Lengths, _ kernel: Lengths, channels: Int, _ voxels: Range<Int>, of volume: Floats, into columns: Floats
  ) {
    precondition(voxels.lowerBound >= 0 && voxels.upperBound <= size.count, "unfold: \(voxels) of \(size)")
    precondition(volume.count == size.count * channels, "unfold: \(volume.count) floats, not \(channels) of \(size)")
    precondition(columns.count == voxels.count * channels * kernel.count, "unfold: sizes differ")
    withExtendedLifetime((volume.storage, columns.storage)) {
      unsafe ck_unfold_f32(
        size.c, kernel.c, channels, voxels.lowerBound, voxels.count, volume.pointer, columns.pointer)
    }
  }

  static func fold(_ size: Lengths, _ kernel: Lengths, channels: Int, _ columns: Floats, into volume: Floats) {
    precondition(volume.count == size.count * channels, "fold: \(volume.count) floats, not \(channels) of \(size)")
    precondition(columns.count == volume.count * kernel.count, "fold: sizes differ")
    withExtendedLifetime((volume.storage, columns.storage)) {
      unsafe ck_fold_f32(size.c, kernel.c, channels, columns.pointer, volume.pointer)
    }
  }

  static func patchesToTokens(_ size: Lengths, _ patch: Lengths, _ volume: Floats, into tokens: Floats) {
    checkTokens(size, patch, volume, tokens)
    withExtendedLifetime((volume.storage, tokens.storage)) {
      unsafe ck_patches_to_tokens_f32(size.c, patch.c, volume.pointer, tokens.pointer)
    }
  }

  static func tokensToPatches(_ size: Lengths, _ patch: Lengths, _ tokens: Floats, into volume: Floats) {
    checkTokens(size, patch, volume, tokens)
    withExtendedLifetime((volume.storage, tokens.storage)) {
      unsafe ck_tokens_to_patches_f32(size.c, patch.c, tokens.pointer, volume.pointer)
    }
  }

  private static func checkTokens(_ size: Lengths, _ patch: Lengths, _ volume: Floats, _ tokens: Floats) {
    let divides = size.z % patch.z == 0 && size.y % patch.y == 0 && size.x % patch.x == 0
    precondition(divides, "tokens: \(patch) does not divide \(size)")
    precondition(volume.count == size.count && tokens.count == size.count, "tokens: sizes differ")
  }
}

/// One head of an attention over so many tokens.
struct AttentionHead: Sendable {
  let index: Int
  let heads: Int
  let tokens: Int
  /// Numbers of a token in one head.
  let width: Int
  var scale: Float { 1 / Float(width).squareRoot() }

  fileprivate func check(packed: Floats, single: Floats, _ scratch: Floats) {
    precondition(index >= 0 && index < heads, "attention: head \(index) of \(heads)")
    precondition(
      single.count == tokens * heads * width && packed.count == 3 * single.count, "attention: sizes differ")
    precondition(
      scratch.count >= Kernels.attentionScratch(tokens: tokens, width: width), "attention: scratch is short")
  }
}
