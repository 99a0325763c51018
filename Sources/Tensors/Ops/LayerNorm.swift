extension Tape {
  /// Normalises what lies along the last axis, then scales and shifts it.
  ///
  /// - Parameters:
  ///   - input: `[..., width]`.
  ///   - weight: `[width]`.
  ///   - bias: `[width]`.
  /// - Returns: The shape of `input`.
  ///
  /// Ba, Kiros and Hinton 2016, arXiv:1607.06450, equation 4; the variance is the biased one.
  package func layerNorm(_ input: Variable, weight: Variable, bias: Variable, epsilon: Float = 1e-6) -> Variable {
    let width = weight.value.count
    precondition(input.value.shape.last == width, "layer norm: input \(input.value.shape), width \(width)")
    precondition(bias.value.count == width, "layer norm: bias \(bias.value.shape) for width \(width)")
    let form = LayerNorm(rows: width == 0 ? 0 : input.value.count / width, width: width)
    let (out, statistics) = form.forward(input.value, weight.value, bias.value, epsilon: epsilon, on: engine)
    return result(out, tracked: tracks(input, weight, bias)) { [engine] gradient in
      // What other branches already contributed is added while each row is still in the cache.
      let earlier = input.takeGradient()
      let change = input.isTracked ? engine.uninitialised(input.value.shape) : nil
      let partial = form.gradient(
        gradient, input.value, weight.value, statistics, adding: earlier, into: change, on: engine)
      if let change { input.accumulate(change, on: engine) }
      let sums = engine.sumRows(partial, width: 2 * width)
      weight.contribute(on: engine) { $0.copy(from: sums[0..<width]) }
      bias.contribute(on: engine) { $0.copy(from: sums[width..<2 * width]) }
    }
  }
}

private struct LayerNorm: Sendable {
  let rows: Int
  let width: Int
  let cuts: Cuts

  init(rows: Int, width: Int) {
    self.rows = rows
    self.width = width
    cuts = Cuts(total: rows, size: Cuts.rows)
  }

  /// The outcome, and each row's mean and factor, `[2, rows]`.
  func forward(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor, epsilon: Float, on engine: Engine
  ) -> (output: Tensor, statistics: Floats) {
    let out = engine.uninitialised(input.shape)
    let statistics = engine.scratch(2 * rows)
    let (weight, bias) = (weight.floats, bias.floats)
    engine.run(cuts.count) { [self, x = input.floats, y = out.floats] unit, _ in
      let range = cuts[unit]
      Kernels.layerNorm(
        x[numbers(range)], weight: weight, bias: bias, epsilon: epsilon, into: y[numbers(range)],
        mean: statistics[range], factor: statistics[range.lowerBound + rows..<range.upperBound + rows])
    }
    return (out, statistics)
  }

  /// Writes the input's gradient; returns the sums of weight and bias by cut, `[cuts, 2 * width]`.
  func gradient(
    _ gradient: Tensor, _ input: Tensor, _ weight: Tensor, _ statistics: Floats, adding earlier: Tensor?,
    into change: Tensor?, on engine: Engine
  ) -> Floats {
    let partial = engine.scratch(cuts.count * 2 * width)
    let (earlier, change, weight) = (earlier?.floats, change?.floats, weight.floats)
    engine.run(cuts.count) { [self, g = gradient.floats, x = input.floats] unit, _ in
      let range = cuts[unit]
      let own = partial.piece(unit, of: 2 * width)
      Kernels.layerNormGradient(
        g[numbers(range)], x[numbers(range)], weight: weight, mean: statistics[range],
        factor: statistics[range.lowerBound + rows..<range.upperBound + rows], adding: earlier?[numbers(range)],
        into: change?[numbers(range)], weightGradient: own[0..<width], biasGradient: own[width..<2 * width])
    }
    return partial
  }

  private func numbers(_ range: Range<Int>) -> Range<Int> { range.lowerBound * width..<range.upperBound * width }
}

extension Cuts {
  /// Rows of a matrix in a cut: few enough that both threads get their half, many enough to hide what a cut costs.
  static let rows = 32
}

extension Engine {
  /// The sum over the rows of a matrix of `width` columns: in Float within cuts of rows, then in Double over the cuts.
  func sumRows(_ matrix: Floats, width: Int) -> Floats {
    let out = scratch(width)
    let cuts = Cuts(total: width == 0 ? 0 : matrix.count / width, size: Cuts.rows)
    let partial = scratch(cuts.count * width)
    run(cuts.count) { unit, _ in
      let rows = cuts[unit]
      Kernels.addRows(
        matrix[rows.lowerBound * width..<rows.upperBound * width], into: partial.piece(unit, of: width))
    }
    Kernels.sumRows(partial, into: out)
    return out
  }
}
