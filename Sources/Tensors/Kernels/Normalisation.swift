import CKernels

// Passes over voxels of one block of eight channels, `[voxels][8]`.
extension Kernels {
  /// Sums of `x - shift` and of its square, by channel.
  static func moments(_ x: Floats, shift: Floats, sum: Floats, square: Floats) {
    check(channels: shift, sum, square)
    withExtendedLifetime((x.storage, shift.storage, sum.storage, square.storage)) {
      unsafe ck_moments_f32(x.count / 8, x.pointer, shift.pointer, sum.pointer, square.pointer)
    }
  }

  /// `y = x * scale + shift (+ residual)`, written past the caches if `streams`.
  static func affine(_ x: Floats, scale: Floats, shift: Floats, residual: Floats?, into y: Floats, streams: Bool) {
    check(channels: scale, shift)
    check(x, y)
    if let residual { check(x, residual) }
    withExtendedLifetime((x.storage, scale.storage, shift.storage, residual?.storage, y.storage)) {
      unsafe ck_affine_f32(
        x.count / 8, x.pointer, scale.pointer, shift.pointer, residual?.pointer, y.pointer, streams ? 1 : 0)
    }
  }

  /// Sums of `g` and of `g * (x - mean)`, by channel.
  static func gradientMoments(_ g: Floats, _ x: Floats, mean: Floats, sum: Floats, product: Floats) {
    check(channels: mean, sum, product)
    check(g, x)
    withExtendedLifetime((g.storage, x.storage, mean.storage, sum.storage, product.storage)) {
      unsafe ck_gradient_moments_f32(x.count / 8, g.pointer, x.pointer, mean.pointer, sum.pointer, product.pointer)
    }
  }

  /// `out = (a * g + b * x + d) (* gelu'(before))`, coefficients by channel.
  static func affine(
    _ g: Floats, _ x: Floats, a: Floats, b: Floats, d: Floats, geluOf before: Floats?, into out: Floats
  ) {
    check(channels: a, b, d)
    check(g, x)
    check(g, out)
    if let before { check(g, before) }
    withExtendedLifetime((g.storage, x.storage, a.storage, b.storage, d.storage, before?.storage, out.storage)) {
      unsafe ck_affine2_f32(
        x.count / 8, g.pointer, x.pointer, a.pointer, b.pointer, d.pointer, before?.pointer, out.pointer)
    }
  }

  private static func check(channels: Floats...) {
    precondition(channels.allSatisfy { $0.count == 8 }, "normalisation: coefficients are not of eight channels")
  }
}
