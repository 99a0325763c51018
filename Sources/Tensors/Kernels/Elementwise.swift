import CKernels

/// Doors to the C kernels: sizes are checked here, and memory outlives the call.
enum Kernels {}

extension Kernels {
  static func gelu(_ x: Floats, into y: Floats) {
    check(x, y)
    withExtendedLifetime((x.storage, y.storage)) { unsafe ck_gelu_f32(x.count, x.pointer, y.pointer) }
  }

  /// `out = gradient * gelu'(x)`; `out` may be `gradient`.
  static func geluGradient(_ x: Floats, _ gradient: Floats, into out: Floats) {
    check(x, gradient)
    check(x, out)
    withExtendedLifetime((x.storage, gradient.storage, out.storage)) {
      unsafe ck_gelu_gradient_f32(x.count, x.pointer, gradient.pointer, out.pointer)
    }
  }

  static func sigmoid(_ x: Floats, into y: Floats) {
    check(x, y)
    withExtendedLifetime((x.storage, y.storage)) { unsafe ck_sigmoid_f32(x.count, x.pointer, y.pointer) }
  }

  static func exp(_ x: Floats, into y: Floats) {
    check(x, y)
    withExtendedLifetime((x.storage, y.storage)) { unsafe ck_exp_f32(x.count, x.pointer, y.pointer) }
  }

  static func add(_ a: Floats, _ b: Floats, into out: Floats) {
    check(a, b)
    check(a, out)
    withExtendedLifetime((a.storage, b.storage, out.storage)) {
      unsafe ck_add_f32(a.count, a.pointer, b.pointer, out.pointer)
    }
  }

  static func multiply(_ a: Floats, _ b: Floats, into out: Floats) {
    check(a, b)
    check(a, out)
    withExtendedLifetime((a.storage, b.storage, out.storage)) {
      unsafe ck_multiply_f32(a.count, a.pointer, b.pointer, out.pointer)
    }
  }

  static func scale(_ x: Floats, by factor: Float, into y: Floats) {
    check(x, y)
    withExtendedLifetime((x.storage, y.storage)) { unsafe ck_scale_f32(x.count, factor, x.pointer, y.pointer) }
  }

  /// `y += scale * x`.
  static func axpy(_ scale: Float, _ x: Floats, into y: Floats) {
    check(x, y)
    withExtendedLifetime((x.storage, y.storage)) { unsafe ck_axpy_f32(x.count, scale, x.pointer, y.pointer) }
  }

  static func sum(_ x: Floats) -> Double {
    withExtendedLifetime(x.storage) { unsafe ck_sum_f32(x.count, x.pointer) }
  }

  static func dot(_ a: Floats, _ b: Floats) -> Double {
    check(a, b)
    return withExtendedLifetime((a.storage, b.storage)) { unsafe ck_dot_f32(a.count, a.pointer, b.pointer) }
  }

  static func focal(
    _ logits: Floats, _ targets: Floats, alpha: Float, gamma: Float, scale: Float, gradient: Floats
  ) -> Double {
    check(logits, targets)
    check(logits, gradient)
    return withExtendedLifetime((logits.storage, targets.storage, gradient.storage)) {
      unsafe ck_focal_f32(logits.count, logits.pointer, targets.pointer, alpha, gamma, scale, gradient.pointer)
    }
  }

  static func check(_ a: Floats, _ b: Floats) {
    precondition(a.count == b.count, "kernel: \(a.count) floats beside \(b.count)")
  }
}
