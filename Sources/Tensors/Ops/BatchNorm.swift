/// Mean and unbiased variance of each channel of one batch, for the running statistics.
package struct BatchStatistics: Sendable {
  package let mean: [Double]
  package let variance: [Double]
}

extension Tape {
  /// Normalises each channel by the statistics of the batch, then scales and shifts it.
  ///
  /// - Parameters:
  ///   - input: Blocked, `[batch, blocks, z, y, x, 8]`.
  ///   - afterGELU: Whether GELU is applied to the input first; done here because both passes over the volume then
  ///     find it in the cache.
  ///   - residual: Added to the outcome.
  /// - Returns: The shape of `input`, and the statistics.
  ///
  /// Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1. Sums are those of cuts of `Cuts.voxels` voxels in Float,
  /// combined in order in Double (Chan, Golub and LeVeque 1979).
  package func batchNorm(
    _ input: Variable, scale: Variable, shift: Variable, epsilon: Double = 1e-5, afterGELU: Bool = false,
    residual: Variable? = nil
  ) -> (output: Variable, statistics: BatchStatistics) {
    let form = BatchNorm(input.value, channels: scale.value.count, on: engine)
    let (active, moments) = form.moments(input.value, afterGELU: afterGELU)
    let factors = moments.variance.map { 1 / ($0 + epsilon).squareRoot() }
    let affine = form.affine(scale.value, shift.value, mean: moments.mean, factors: factors)
    let out = engine.uninitialised(input.value.shape)
    form.apply(affine, to: active, residual: residual?.value, afterGELU: false, into: out)
    let output = result(out, tracked: tracks(input, scale, shift, residual)) { [engine] gradient in
      let sums = form.gradientSums(gradient, active, mean: moments.mean)
      shift.accumulate(form.vector(sums.sum), on: engine)
      scale.accumulate(form.vector(sums.scaled(by: factors)), on: engine)
      if let residual { residual.accumulate(gradient, on: engine) }
      guard input.isTracked else { return }
      let terms = form.derivative(sums, scale: scale.value, mean: moments.mean, factors: factors)
      let change = form.apply(terms, to: gradient, active, before: afterGELU ? input.value : nil)
      input.accumulate(change, on: engine)
    }
    return (output, moments.statistics(count: form.count))
  }

  /// Normalises each channel by given statistics, as in evaluation; it has no derivative.
  package func batchNorm(
    _ input: Variable, scale: Variable, shift: Variable, mean: [Float], variance: [Float], epsilon: Double = 1e-5,
    afterGELU: Bool = false, residual: Variable? = nil
  ) -> Variable {
    precondition(!tracks(input, scale, shift, residual), "batch norm: running statistics have no derivative here")
    let form = BatchNorm(input.value, channels: scale.value.count, on: engine)
    precondition(mean.count == form.channels && variance.count == form.channels, "batch norm: statistics do not fit")
    let factors = variance.map { 1 / (Double($0) + epsilon).squareRoot() }
    let affine = form.affine(scale.value, shift.value, mean: mean.map { Double($0) }, factors: factors)
    let out = engine.uninitialised(input.value.shape)
    form.apply(affine, to: input.value, residual: residual?.value, afterGELU: afterGELU, into: out)
    return constant(out)
  }
}

private struct BatchNorm: Sendable {
  struct Moments: Sendable {
    let mean: [Double]
    /// Biased, as the normalisation wants it.
    let variance: [Double]

    func statistics(count: Int) -> BatchStatistics {
      let correction = count > 1 ? Double(count) / Double(count - 1) : 1
      return BatchStatistics(mean: mean, variance: variance.map { $0 * correction })
    }
  }

  /// Scale and shift of each channel, `[blocks * 8]`, zero where channels only fill up.
  struct Affine: Sendable {
    let scale: Floats
    let shift: Floats
  }

  /// Sums of the gradient and of its product with the distance from the mean, by channel.
  struct GradientSums: Sendable {
    var sum: [Double]
    var product: [Double]

    func scaled(by factors: [Double]) -> [Double] { zip(product, factors).map { $0 * $1 } }
  }

  /// Coefficients of the input's gradient, `a * gradient + b * active + d`.
  struct Terms: Sendable {
    let a: Floats
    let b: Floats
    let d: Floats
  }

  let engine: Engine
  let shape: Blocked
  let channels: Int
  let cuts: Cuts
  /// Numbers of a channel in the batch.
  var count: Int { shape.batch * shape.voxels }
  var units: Int { shape.batch * shape.blocks * cuts.count }

  init(_ input: Tensor, channels: Int, on engine: Engine) {
    self.engine = engine
    shape = Blocked(input)
    self.channels = channels
    cuts = Cuts(total: shape.voxels, size: Cuts.voxels)
    precondition(shape.blocks == (channels + 7) / 8, "batch norm: \(channels) channels, input \(input.shape)")
  }

  /// Where the floats of a unit of work lie, and the block they belong to.
  func place(_ unit: Int) -> (range: Range<Int>, block: Int) {
    let (plane, cut) = unit.quotientAndRemainder(dividingBy: cuts.count)
    let range = cuts[cut]
    let first = (plane * shape.voxels + range.lowerBound) * 8
    return (first..<first + range.count * 8, plane % shape.blocks)
  }

  // MARK: - Forward

  func moments(_ input: Tensor, afterGELU: Bool) -> (active: Tensor, moments: Moments) {
    let active = afterGELU ? engine.uninitialised(input.shape) : input
    let sums = engine.scratch(units * 16)
    engine.run(units) { [self, input = input.floats, active = active.floats] unit, _ in
      let x = active[place(unit).range]
      if afterGELU { Kernels.gelu(input[place(unit).range], into: x) }
      let own = sums.piece(unit, of: 16)
      Kernels.moments(x, shift: x[0..<8], sum: own[0..<8], square: own[8..<16])
    }
    return (active, combined(sums, firstVoxels: active.floats))
  }

  /// Mean and biased variance of each channel from the sums of the cuts, each about its first voxel.
  private func combined(_ sums: Floats, firstVoxels: Floats) -> Moments {
    var mean = [Double](repeating: 0, count: channels)
    var square = mean
    var done = [Double](repeating: 0, count: shape.blocks)
    for unit in 0..<units {
      let (range, block) = place(unit)
      let (before, here) = (done[block], Double(range.count / 8))
      done[block] += here
      for channel in block * 8..<min(channels, block * 8 + 8) {
        let lane = channel % 8
        let sum = Double(sums[unit * 16 + lane])
        let ownMean = Double(firstVoxels[range.lowerBound + lane]) + sum / here
        let ownSquare = Double(sums[unit * 16 + 8 + lane]) - sum * sum / here
        let difference = ownMean - mean[channel]
        mean[channel] += difference * here / (before + here)
        square[channel] += max(0, ownSquare) + difference * difference * before * here / (before + here)
      }
    }
    return Moments(mean: mean, variance: square.map { $0 / Double(max(count, 1)) })
  }

  /// Scale and shift that normalise.
  func affine(_ scale: Tensor, _ shift: Tensor, mean: [Double], factors: [Double]) -> Affine {
    let (scales, shifts) = (padded, padded)
    for channel in 0..<channels {
      let factor = Double(scale.floats[channel]) * factors[channel]
      scales[channel] = Float(factor)
      shifts[channel] = Float(Double(shift.floats[channel]) - mean[channel] * factor)
    }
    return Affine(scale: scales, shift: shifts)
  }

  func apply(
    _ affine: Affine, to input: Tensor, residual: Tensor?, afterGELU: Bool, into out: Tensor
  ) {
    let (scale, shift, residual) = (affine.scale, affine.shift, residual?.floats)
    engine.run(units) { [self, input = input.floats, out = out.floats] unit, _ in
      let (range, block) = place(unit)
      let target = out[range]
      if afterGELU { Kernels.gelu(input[range], into: target) }
      Kernels.affine(
        afterGELU ? target : input[range], scale: scale.piece(block, of: 8), shift: shift.piece(block, of: 8),
        residual: residual?[range], into: target)
    }
  }

  // MARK: - Derivative

  func gradientSums(_ gradient: Tensor, _ active: Tensor, mean: [Double]) -> GradientSums {
    let means = padded
    for channel in 0..<channels { means[channel] = Float(mean[channel]) }
    let partial = engine.scratch(units * 16)
    engine.run(units) { [self, gradient = gradient.floats, active = active.floats] unit, _ in
      let (range, block) = place(unit)
      let own = partial.piece(unit, of: 16)
      Kernels.gradientMoments(
        gradient[range], active[range], mean: means.piece(block, of: 8), sum: own[0..<8], product: own[8..<16])
    }
    let zeros = [Double](repeating: 0, count: channels)
    var sums = GradientSums(sum: zeros, product: zeros)
    for unit in 0..<units {
      let block = place(unit).block
      for channel in block * 8..<min(channels, block * 8 + 8) {
        sums.sum[channel] += Double(partial[unit * 16 + channel % 8])
        sums.product[channel] += Double(partial[unit * 16 + 8 + channel % 8])
      }
    }
    // The kernel saw the mean rounded to Float; what that cost is put right here.
    for channel in 0..<channels {
      sums.product[channel] += sums.sum[channel] * (Double(means[channel]) - mean[channel])
    }
    return sums
  }

  func derivative(_ sums: GradientSums, scale: Tensor, mean: [Double], factors: [Double]) -> Terms {
    let (a, b, d) = (padded, padded, padded)
    for channel in 0..<channels {
      let factor = Double(scale.floats[channel]) * factors[channel]
      let slope = -factor * factors[channel] * factors[channel] * sums.product[channel] / Double(count)
      a[channel] = Float(factor)
      b[channel] = Float(slope)
      d[channel] = Float(-factor * sums.sum[channel] / Double(count) - slope * mean[channel])
    }
    return Terms(a: a, b: b, d: d)
  }

  func apply(_ terms: Terms, to gradient: Tensor, _ active: Tensor, before: Tensor?) -> Tensor {
    let out = engine.uninitialised(gradient.shape)
    let (a, b, d, before) = (terms.a, terms.b, terms.d, before?.floats)
    engine.run(units) { [self, gradient = gradient.floats, active = active.floats, out = out.floats] unit, _ in
      let (range, block) = place(unit)
      let target = out[range]
      Kernels.affine(
        gradient[range], active[range], a: a.piece(block, of: 8), b: b.piece(block, of: 8), d: d.piece(block, of: 8),
        into: target)
      if let before { Kernels.geluGradient(before[range], target, into: target) }
    }
    return out
  }

  func vector(_ values: [Double]) -> Tensor { Tensor(values.map { Float($0) }, shape: [channels]) }

  /// Room for a number a channel, zero where channels only fill up.
  private var padded: Floats { engine.zeros(shape.blocks * 8) }
}
