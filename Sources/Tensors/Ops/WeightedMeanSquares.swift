extension Tape {
  /// The weighted mean over rows of each row's mean square error, sum(w mse) / sum(w), of shape `[]`.
  ///
  /// - Parameters:
  ///   - prediction: `[..., width]`.
  ///   - targets: The same shape.
  ///   - weights: One a row, not negative; 0 leaves a row out.
  ///
  /// Sums are in Double; without any weight the loss is 0. He et al. 2022, arXiv:2111.06377, section 3, with weights.
  package func weightedMeanSquares(_ prediction: Variable, targets: Tensor, weights: [Float]) -> Variable {
    let rows = Rows(prediction.value)
    precondition(targets.count == prediction.value.count, "loss: targets \(targets.shape), \(prediction.value.shape)")
    precondition(weights.count == rows.count, "loss: \(weights.count) weights for \(rows.count) rows")
    let total = weights.reduce(0.0) { $0 + Double($1) }
    let norm = total > 0 ? 1 / (total * Double(rows.length)) : 0
    let sums = PartialSums(rows.count)
    // The derivative costs little beside the value, so both come from one pass.
    let slope = engine.uninitialised(prediction.value.shape)
    engine.run(rows.count) { [x = prediction.value.floats, t = targets.floats, slope = slope.floats] row, _ in
      let weight = Double(weights[row])
      let sum = Kernels.squareError(
        rows.slice(x, row), rows.slice(t, row), scale: Float(2 * weight * norm), gradient: rows.slice(slope, row))
      sums.set(row, weight * sum)
    }
    let out = Tensor([Float(sums.total * norm)], shape: [])
    return result(out, tracked: tracks(prediction)) { [engine] gradient in
      let factor = gradient.floats[0]
      let change = factor == 1 ? slope : engine.elementwise(slope) { Kernels.scale($0, by: factor, into: $1) }
      prediction.accumulate(change, on: engine)
    }
  }
}
