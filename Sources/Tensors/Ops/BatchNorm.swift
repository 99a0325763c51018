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
    let form = BatchNorm(input.value.shape, channels: scale.value.count, on: engine)
    let (active, moments) = form.moments(input.value, afterGELU: afterGELU)
    let norm = BatchNorm.Outcome(form: form, active: active, moments: moments, epsilon: epsilon)
    let output = norm.output(scale: scale.value, shift: shift.value, residual: residual?.value)
    let tracked = result(output, tracked: tracks(input, scale, shift, residual)) { [engine] gradient in
      let partial = form.partialGradientSums(mean: moments.mean)
      form.add(gradient, active, to: partial)
      let terms = norm.differentiate(partial, scale: scale, shift: shift)
      if let residual { residual.accumulate(gradient, on: engine) }
      guard input.isTracked else { return }
      let change = form.apply(terms, to: gradient, active, before: afterGELU ? input.value : nil)
      input.accumulate(change, on: engine)
    }
    return (tracked, moments.statistics(count: form.count))
  }

  /// Normalises each channel by given statistics, as in evaluation; it has no derivative.
  package func batchNorm(
    _ input: Variable, scale: Variable, shift: Variable, mean: [Float], variance: [Float], epsilon: Double = 1e-5,
    afterGELU: Bool = false, residual: Variable? = nil
  ) -> Variable {
    precondition(!tracks(input, scale, shift, residual), "batch norm: running statistics have no derivative here")
    let form = BatchNorm(input.value.shape, channels: scale.value.count, on: engine)
    precondition(mean.count == form.channels && variance.count == form.channels, "batch norm: statistics do not fit")
    let factors = variance.map { 1 / (Double($0) + epsilon).squareRoot() }
    let affine = form.affine(scale.value, shift.value, mean: mean.map { Double($0) }, factors: factors)
    let out = engine.uninitialised(input.value.shape)
    form.apply(affine, to: input.value, residual: residual?.value, afterGELU: afterGELU, into: out)
    return constant(out)
  }
}

/// The sizes of a batch norm and the parts of its work.
struct BatchNorm: Sendable {
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

  /// Bytes of a tensor that the caches of most machines may still hold when the next operation comes.
  private static let cached = 16 << 20

  let engine: Engine
  let shape: Blocked
  let channels: Int
  let cuts: Cuts
  /// Numbers of a channel in the batch.
  var count: Int { shape.batch * shape.voxels }
  var units: Int { shape.batch * shape.blocks * cuts.count }

  init(_ input: [Int], channels: Int, on engine: Engine) {
    self.engine = engine
    shape = Blocked(input)
    self.channels = channels
    cuts = Cuts(total: shape.voxels, size: Cuts.voxels)
    precondition(shape.blocks == (channels + 7) / 8, "batch norm: \(channels) channels, input \(input)")
  }

  /// Where the floats of a unit of work lie, and the block they belong to.
  func place(_ unit: Int) -> (range: Range<Int>, block: Int) {
    let (plane, cut) = unit.quotientAndRemainder(dividingBy: cuts.count)
    let range = cuts[cut]
    let first = (plane * shape.voxels + range.lowerBound) * 8
    return (first..<first + range.count * 8, plane % shape.blocks)
  }

  /// The unit of a cut of a plane, one block of one sample.
  func unit(_ plane: Int, _ cut: Int) -> Int { plane * cuts.count + cut }

  // MARK: - Forward

  func moments(_ input: Tensor, afterGELU: Bool) -> (active: Tensor, moments: Moments) {
    let active = afterGELU ? engine.uninitialised(input.shape) : input
    let sums = momentSums
    engine.run(units) { [self, input = input.floats, active = active.floats] unit, _ in
      if afterGELU { Kernels.gelu(input[place(unit).range], into: active[place(unit).range]) }
      addMoments(unit, of: active, to: sums)
    }
    return (active, combined(sums, firstVoxels: active.floats))
  }

  /// Room for the sums of all units.
  var momentSums: Floats { engine.scratch(units * 16) }

  /// Sums of a unit about its first voxel, and of the squares.
  func addMoments(_ unit: Int, of active: Floats, to sums: Floats) {
    let x = active[place(unit).range]
    let own = sums.piece(unit, of: 16)
    Kernels.moments(x, shift: x[0..<8], sum: own[0..<8], square: own[8..<16])
  }

  /// Mean and biased variance of each channel from the sums of the cuts, each about its first voxel.
  func combined(_ sums: Floats, firstVoxels: Floats) -> Moments {
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
    // Whatever is larger than the caches is written past them: it would be gone before its next use.
    let streams = out.count * 4 > BatchNorm.cached
    engine.run(units) { [self, input = input.floats, out = out.floats] unit, _ in
      let (range, block) = place(unit)
      let target = out[range]
      if afterGELU { Kernels.gelu(input[range], into: target) }
      Kernels.affine(
        afterGELU ? target : input[range], scale: scale.piece(block, of: 8), shift: shift.piece(block, of: 8),
        residual: residual?[range], into: target, streams: streams)
    }
  }

  func vector(_ values: [Double]) -> Tensor { Tensor(values.map { Float($0) }, shape: [channels]) }

  /// Room for a number a channel, zero where channels only fill up.
  var padded: Floats { engine.zeros(shape.blocks * 8) }
}
