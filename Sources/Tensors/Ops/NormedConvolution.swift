/// The two convolutions of blocked volumes.
package enum Mixing: Sendable {
  /// Each channel by itself over its neighbourhood: `depthwise`.
  case depthwise
  /// The channels of each voxel: `pointwise`.
  case pointwise

  fileprivate func form(_ input: Tensor, _ weight: Tensor, bias: Tensor) -> any BlockedConvolution {
    switch self {
    case .depthwise: Depthwise(input: input, weight: weight, bias: bias)
    case .pointwise: Pointwise(input: input, weight: weight, bias: bias)
    }
  }
}

extension Tape {
  /// A convolution; see `depthwise` and `pointwise`.
  package func mixed(_ mixing: Mixing, _ input: Variable, weight: Variable, bias: Variable) -> Variable {
    let form = mixing.form(input.value, weight.value, bias: bias.value)
    return convolved(form, input, weight: weight, bias: bias)
  }

  /// A convolution, GELU and the batch norm of a training: the bits of `mixed` followed by `batchNorm` after GELU.
  ///
  /// Most of a step's time would go into reading and writing activations. So GELU and the sums of the batch norm are
  /// taken from each cut of the convolution as soon as it is there, and the gradient of the convolution's outcome is never
  /// a whole tensor: it is made for each unit of the convolution's derivatives, which share it.
  ///
  /// - Parameters:
  ///   - input: Blocked, `[batch, blocks, z, y, x, 8]`.
  ///   - weight: That of the convolution, with `bias`.
  ///   - scale: That of the batch norm, with `shift`.
  ///   - residual: Added to the outcome, of its shape.
  /// - Returns: Blocked, and the statistics of the batch.
  package func normed(
    _ mixing: Mixing, _ input: Variable, weight: Variable, bias: Variable, scale: Variable, shift: Variable,
    epsilon: Double = 1e-5, residual: Variable? = nil
  ) -> (output: Variable, statistics: BatchStatistics) {
    let form = mixing.form(input.value, weight.value, bias: bias.value)
    let batch = BatchNorm(form.outputShape, channels: form.channels, on: engine)
    let raw = engine.uninitialised(form.outputShape)
    let norm = activated(form, batch, input.value, weight.value, bias: bias.value, raw: raw, epsilon: epsilon)
    let output = norm.output(scale: scale.value, shift: shift.value, residual: residual?.value)
    let isTracked = tracks(input, weight, bias, scale, shift, residual)
    let partial = batch.partialGradientSums(mean: norm.moments.mean)
    let watch = GradientWatch { [active = norm.active.floats] plane, cut, gradient in
      batch.add(batch.unit(plane, cut), of: gradient, active, to: partial)
    }
    let tracked = result(output, tracked: isTracked) { [engine] gradient in
      if !watch.saw(gradient) { batch.add(gradient, norm.active, to: partial) }
      let terms = norm.differentiate(partial, scale: scale, shift: shift)
      residual?.accumulate(gradient, on: engine)
      let (g, active, before) = (gradient.floats, norm.active.floats, raw.floats)
      let derived = OutputGradient(shape: batch.shape) { plane, cut, target in
        batch.apply(terms, batch.unit(plane, cut), to: g, active, before: before, into: target)
      }
      form.differentiate(input, weight, bias: bias, derived, on: engine)
    }
    tracked.watch = watch
    return (tracked, norm.moments.statistics(count: batch.count))
  }

  /// The convolution written to `raw`, and GELU of that with its moments.
  private func activated(
    _ form: any BlockedConvolution, _ batch: BatchNorm, _ input: Tensor, _ weight: Tensor, bias: Tensor, raw: Tensor,
    epsilon: Double
  ) -> BatchNorm.Outcome {
    let active = engine.uninitialised(form.outputShape)
    let sums = batch.momentSums
    let (from, to) = (raw.floats, active.floats)
    form.forward(input, weight, bias: bias, into: raw, on: engine) { plane, cut in
      let unit = batch.unit(plane, cut)
      let range = batch.place(unit).range
      Kernels.gelu(from[range], into: to[range])
      batch.addMoments(unit, of: to, to: sums)
    }
    let moments = batch.combined(sums, firstVoxels: to)
    return BatchNorm.Outcome(form: batch, active: active, moments: moments, epsilon: epsilon)
  }
}
