import CKernels

extension Kernels {
  static func sgd(
    weight: Floats, gradient: Floats, moment: Floats, rate: Float, momentum: Float, decay: Float
  ) {
    check(weight, gradient)
    check(weight, moment)
    withExtendedLifetime((weight.storage, gradient.storage, moment.storage)) {
      unsafe ck_sgd_f32(weight.count, weight.pointer, gradient.pointer, moment.pointer, rate, momentum, decay)
    }
  }

  /// `average += share * (x - average)`.
  static func average(_ x: Floats, share: Float, into average: Floats) {
    check(x, average)
    withExtendedLifetime((x.storage, average.storage)) {
      unsafe ck_average_f32(x.count, share, x.pointer, average.pointer)
    }
  }
}
