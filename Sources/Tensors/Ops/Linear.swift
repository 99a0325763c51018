extension Tape {
  /// `x wᵀ + bias` along the last axis.
  ///
  /// - Parameters:
  ///   - input: `[..., inputs]`.
  ///   - weight: `[outputs, inputs]`.
  ///   - bias: `[outputs]`.
  package func linear(_ input: Variable, weight: Variable, bias: Variable) -> Variable {
    let layer = LinearLayer(weight: weight, bias: bias, on: engine)
    let x = layer.rows(of: input.value)
    let out = engine.product(x, layer.matrix.transposed, ends: ProductEnds(bias: layer.shift))
    let shaped = out.reshaped(layer.shape(of: input.value))
    return result(shaped, tracked: tracks(input, weight, bias)) { [engine] gradient in
      let g = Matrix(gradient.floats, rows: x.rows, columns: layer.outputs)
      layer.contribute(input: x, gradient: g, on: engine)
      input.contribute(on: engine) { engine.product(g, layer.matrix, into: $0) }
    }
  }

  /// `residual + scale * (x wᵀ + bias)` along the last axis, the scale by output: a linear layer with the LayerScale of
  /// Touvron et al. 2021, arXiv:2103.17239, section 3.
  ///
  /// - Parameters:
  ///   - input: `[..., inputs]`.
  ///   - weight: `[outputs, inputs]`.
  ///   - bias: `[outputs]`.
  ///   - scale: `[outputs]`.
  ///   - residual: `[..., outputs]`.
  package func linear(
    _ input: Variable, weight: Variable, bias: Variable, scale: Variable, onto residual: Variable
  ) -> Variable {
    let layer = LinearLayer(weight: weight, bias: bias, scale: scale, on: engine)
    let x = layer.rows(of: input.value)
    let out = engine.product(
      x, layer.matrix.transposed, ends: ProductEnds(bias: layer.shift, addend: residual.value.floats))
    let shaped = out.reshaped(layer.shape(of: input.value))
    return result(shaped, tracked: tracks(input, weight, bias, scale, residual)) { [engine] gradient in
      let g = Matrix(gradient.floats, rows: x.rows, columns: layer.outputs)
      layer.contribute(input: x, gradient: g, on: engine)
      input.contribute(on: engine) { engine.product(g, layer.matrix, into: $0) }
      residual.accumulate(gradient, on: engine)
    }
  }
}

/// The weights of a linear layer as a product takes them, scaled where the layer has a scale: scaling the outputs is
/// scaling the rows of the weight, which is smaller.
struct LinearLayer {
  private let weight: Variable
  private let bias: Variable
  private let scale: Variable?
  /// `[outputs, inputs]`, scaled.
  let matrix: Matrix
  /// `[outputs]`, scaled.
  let shift: Floats
  var outputs: Int { matrix.rows }
  private var inputs: Int { matrix.columns }

  init(weight: Variable, bias: Variable, scale: Variable? = nil, on engine: Engine) {
    let (outputs, inputs) = (weight.value.shape[0], weight.value.shape[1])
    precondition(bias.value.count == outputs, "linear: bias \(bias.value.shape) for \(outputs) outputs")
    precondition(scale?.value.count ?? outputs == outputs, "linear: the scale is not of \(outputs) outputs")
    (self.weight, self.bias, self.scale) = (weight, bias, scale)
    guard let factors = scale?.value.floats else {
      (matrix, shift) = (Matrix(weight.value), bias.value.floats)
      return
    }
    let (scaled, shift) = (engine.scratch(outputs * inputs), engine.scratch(outputs))
    LinearLayer.scale(weight.value.floats, rows: outputs, by: factors, into: scaled, on: engine)
    Kernels.multiply(bias.value.floats, factors, into: shift)
    (matrix, self.shift) = (Matrix(scaled, rows: outputs, columns: inputs), shift)
  }

  /// All axes but the last as the rows of a matrix.
  func rows(of input: Tensor) -> Matrix {
    precondition(input.shape.last == inputs, "linear: input \(input.shape), weight \(weight.value.shape)")
    return Matrix(input.floats, rows: inputs == 0 ? 0 : input.count / inputs, columns: inputs)
  }

  func shape(of input: Tensor) -> [Int] { input.shape.dropLast() + [outputs] }

  /// Adds to the gradients of weight, bias and scale what an input's rows `x` and the gradient `g` of the outcome give.
  ///
  /// With G = gᵀ x and c the sums of g by column, before any scale: dw = s G by rows, ds = the sums of w G by rows + b c,
  /// db = s c.
  func contribute(input x: Matrix, gradient g: Matrix, on engine: Engine) {
    guard weight.isTracked || bias.isTracked || scale?.isTracked == true else { return }
    let sums = engine.sumRows(g.floats, width: outputs)
    guard let scale else {
      weight.contribute(on: engine) { engine.product(g.transposed, x, into: $0) }
      bias.contribute(on: engine) { $0.copy(from: sums) }
      return
    }
    let (products, factors) = (engine.product(g.transposed, x).floats, scale.value.floats)
    scale.contribute(on: engine) { out in
      engine.run(outputs) { [w = weight.value.floats, b = bias.value.floats, inputs] row, _ in
        out[row] = Float(
          Kernels.dot(w.piece(row, of: inputs), products.piece(row, of: inputs)) + Double(b[row]) * Double(sums[row]))
      }
    }
    weight.contribute(on: engine) {
      LinearLayer.scale(products, rows: outputs, by: factors, into: $0, on: engine)
    }
    bias.contribute(on: engine) { Kernels.multiply(sums, factors, into: $0) }
  }

  private static func scale(_ matrix: Floats, rows: Int, by factors: Floats, into out: Floats, on engine: Engine) {
    let width = rows == 0 ? 0 : matrix.count / rows
    engine.run(rows) { row, _ in
      Kernels.scale(matrix.piece(row, of: width), by: factors[row], into: out.piece(row, of: width))
    }
  }
}
