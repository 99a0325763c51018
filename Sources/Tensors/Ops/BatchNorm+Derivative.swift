extension BatchNorm {
  /// Partial sums of the gradient, by unit, about means that were rounded to Float.
  struct PartialGradientSums: Sendable {
    let means: Floats
    let sums: Floats
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

  // MARK: -

  func partialGradientSums(mean: [Double]) -> PartialGradientSums {
    let means = padded
    for channel in 0..<channels { means[channel] = Float(mean[channel]) }
    return PartialGradientSums(means: means, sums: engine.scratch(units * 16))
  }

  func add(_ unit: Int, of gradient: Floats, _ active: Floats, to partial: PartialGradientSums) {
    let (range, block) = place(unit)
    let own = partial.sums.piece(unit, of: 16)
    Kernels.gradientMoments(
      gradient[range], active[range], mean: partial.means.piece(block, of: 8), sum: own[0..<8], product: own[8..<16])
  }

  func add(_ gradient: Tensor, _ active: Tensor, to partial: PartialGradientSums) {
    engine.run(units) { [self, gradient = gradient.floats, active = active.floats] unit, _ in
      add(unit, of: gradient, active, to: partial)
    }
  }

  /// All of them, added in order of the units.
  func combined(_ partial: PartialGradientSums, mean: [Double]) -> GradientSums {
    let zeros = [Double](repeating: 0, count: channels)
    var sums = GradientSums(sum: zeros, product: zeros)
    for unit in 0..<units {
      let block = place(unit).block
      for channel in block * 8..<min(channels, block * 8 + 8) {
        sums.sum[channel] += Double(partial.sums[unit * 16 + channel % 8])
        sums.product[channel] += Double(partial.sums[unit * 16 + 8 + channel % 8])
      }
    }
    // The kernel saw the mean rounded to Float; what that cost is put right here.
    for channel in 0..<channels {
      sums.product[channel] += sums.sum[channel] * (Double(partial.means[channel]) - mean[channel])
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
    let (gradient, active, before) = (gradient.floats, active.floats, before?.floats)
    engine.run(units) { [self, out = out.floats] unit, _ in
      apply(terms, unit, to: gradient, active, before: before, into: out[place(unit).range])
    }
    return out
  }

  /// The gradient of a unit's input, before GELU if `before` is what that was applied to.
  func apply(
    _ terms: Terms, _ unit: Int, to gradient: Floats, _ active: Floats, before: Floats?, into target: Floats
  ) {
    let (range, block) = place(unit)
    Kernels.affine(
      gradient[range], active[range], a: terms.a.piece(block, of: 8), b: terms.b.piece(block, of: 8),
      d: terms.d.piece(block, of: 8), geluOf: before?[range], into: target)
  }
}
