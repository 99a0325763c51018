extension Tape {
  /// `x wᵀ + bias` along the last axis.
  ///
  /// - Parameters:
  ///   - input: `[..., inputs]`.
  ///   - weight: `[outputs, inputs]`.
  ///   - bias: `[outputs]`.
  package func linear(_ input: Variable, weight: Variable, bias: Variable) -> Variable {
    let (outputs, inputs) = (weight.value.shape[0], weight.value.shape[1])
    precondition(input.value.shape.last == inputs, "linear: input \(input.value.shape), weight \(weight.value.shape)")
    precondition(bias.value.count == outputs, "linear: bias \(bias.value.shape) for \(outputs) outputs")
    let rows = inputs == 0 ? 0 : input.value.count / inputs
    let x = Matrix(input.value.floats, rows: rows, columns: inputs)
    let w = Matrix(weight.value)
    let out = engine.product(x, w.transposed)
    engine.run(rows) { [bias = bias.value.floats, out = out.floats] row, _ in
      let own = out.piece(row, of: outputs)
      Kernels.add(own, bias, into: own)
    }
    let shaped = out.reshaped(input.value.shape.dropLast() + [outputs])
    return result(shaped, tracked: tracks(input, weight, bias)) { [engine] gradient in
      let g = Matrix(gradient.floats, rows: rows, columns: outputs)
      if input.isTracked { input.accumulate(engine.product(g, w), on: engine) }
      if weight.isTracked { weight.accumulate(engine.product(g.transposed, x), on: engine) }
      if bias.isTracked { bias.accumulate(columnSums(gradient.floats, rows: rows, columns: outputs), on: engine) }
    }
  }
}

/// Sums over the rows of a matrix, in order, in Double.
private func columnSums(_ matrix: Floats, rows: Int, columns: Int) -> Tensor {
  var sums = [Double](repeating: 0, count: columns)
  matrix.withSpan { matrix in
    for row in 0..<rows { for column in 0..<columns { sums[column] += Double(matrix[row * columns + column]) } }
  }
  return Tensor(sums.map { Float($0) }, shape: [columns])
}
