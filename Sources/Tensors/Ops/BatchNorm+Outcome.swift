extension BatchNorm {
  /// A batch with its moments: what the outcome and the derivatives are made of.
  struct Outcome: Sendable {
    let form: BatchNorm
    /// What is normalised: the input, after GELU where that is part of the layer.
    let active: Tensor
    let moments: Moments
    private let factors: [Double]

    init(form: BatchNorm, active: Tensor, moments: Moments, epsilon: Double) {
      self.form = form
      self.active = active
      self.moments = moments
      factors = moments.variance.map { 1 / ($0 + epsilon).squareRoot() }
    }

    func output(scale: Tensor, shift: Tensor, residual: Tensor?) -> Tensor {
      let affine = form.affine(scale, shift, mean: moments.mean, factors: factors)
      let out = form.engine.uninitialised(active.shape)
      form.apply(affine, to: active, residual: residual, afterGELU: false, into: out)
      return out
    }

    /// Adds to the gradients of scale and shift; the terms give that of `active`.
    func differentiate(_ partial: PartialGradientSums, scale: Variable, shift: Variable) -> Terms {
      let sums = form.combined(partial, mean: moments.mean)
      shift.accumulate(form.vector(sums.sum), on: form.engine)
      scale.accumulate(form.vector(sums.scaled(by: factors)), on: form.engine)
      return form.derivative(sums, scale: scale.value, mean: moments.mean, factors: factors)
    }
  }
}
