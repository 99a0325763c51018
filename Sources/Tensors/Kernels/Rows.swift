import CKernels

// Passes over the rows of a matrix.
extension Kernels {
  /// Normalises each row; `mean` and `factor` get a number a row.
  static func layerNorm(
    _ x: Floats, weight: Floats, bias: Floats, epsilon: Float, into y: Floats, mean: Floats, factor: Floats
  ) {
    check(x, y)
    check(rows: mean.count, weight.count, x)
    check(mean, factor)
    check(weight, bias)
    withExtendedLifetime((x.storage, weight.storage, bias.storage, y.storage, mean.storage, factor.storage)) {
      unsafe ck_layer_norm_f32(
        mean.count, weight.count, epsilon, x.pointer, weight.pointer, bias.pointer, y.pointer, mean.pointer,
        factor.pointer)
    }
  }

  static func layerNormGradient(
    _ g: Floats, _ x: Floats, weight: Floats, mean: Floats, factor: Floats, adding earlier: Floats?, into out: Floats?,
    weightGradient: Floats, biasGradient: Floats
  ) {
    check(g, x)
    check(rows: mean.count, weight.count, x)
    check(mean, factor)
    check(weight, weightGradient)
    check(weight, biasGradient)
    if let out { check(x, out) }
    if let earlier { check(x, earlier) }
    let inputs = (g.storage, x.storage, weight.storage, mean.storage, factor.storage, earlier?.storage)
    withExtendedLifetime((inputs, out?.storage, weightGradient.storage, biasGradient.storage)) {
      unsafe ck_layer_norm_gradient_f32(
        mean.count, weight.count, g.pointer, x.pointer, weight.pointer, mean.pointer, factor.pointer,
        earlier?.pointer, out?.pointer, weightGradient.pointer, biasGradient.pointer)
    }
  }

  /// `out[c]` = sum of `x` over its rows, in Double.
  static func sumRows(_ x: Floats, into out: Floats) {
    let rows = rows(x, out.count)
    withExtendedLifetime((x.storage, out.storage)) { unsafe ck_sum_rows_f32(rows, out.count, x.pointer, out.pointer) }
  }

  /// `out[c]` = sum of `x` over its rows, of which there is at least one, in Float.
  static func addRows(_ x: Floats, into out: Floats) {
    let rows = rows(x, out.count)
    withExtendedLifetime((x.storage, out.storage)) { unsafe ck_add_rows_f32(rows, out.count, x.pointer, out.pointer) }
  }

  /// `out[c]` = sum of `a b` over the rows, in Float.
  static func dotRows(_ a: Floats, _ b: Floats, into out: Floats) {
    check(a, b)
    let rows = rows(a, out.count)
    withExtendedLifetime((a.storage, b.storage, out.storage)) {
      unsafe ck_dot_rows_f32(rows, out.count, a.pointer, b.pointer, out.pointer)
    }
  }

  /// `out = x * scale`, the scale by column; `out` may be `x`.
  static func scaleColumns(_ x: Floats, by scale: Floats, into out: Floats) {
    check(x, out)
    let rows = rows(x, scale.count)
    withExtendedLifetime((x.storage, scale.storage, out.storage)) {
      unsafe ck_scale_columns_f32(rows, scale.count, x.pointer, scale.pointer, out.pointer)
    }
  }

  /// Sum of `(x - centre)^2`.
  static func squares(_ x: Floats, around centre: Float) -> Double {
    withExtendedLifetime(x.storage) { unsafe ck_squares_f32(x.count, centre, x.pointer) }
  }

  /// Sum of `(x - target)^2`; `gradient = scale * (x - target)`.
  static func squareError(_ x: Floats, _ target: Floats, scale: Float, gradient: Floats) -> Double {
    check(x, target)
    check(x, gradient)
    return withExtendedLifetime((x.storage, target.storage, gradient.storage)) {
      unsafe ck_square_error_f32(x.count, x.pointer, target.pointer, scale, gradient.pointer)
    }
  }

  private static func check(rows: Int, _ width: Int, _ x: Floats) {
    precondition(x.count == rows * width, "rows: \(x.count) floats, not \(rows) rows of \(width)")
  }

  private static func rows(_ x: Floats, _ width: Int) -> Int {
    let rows = width == 0 ? 0 : x.count / width
    check(rows: rows, width, x)
    return rows
  }
}
