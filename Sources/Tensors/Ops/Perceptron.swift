/// The parameters of a linear layer.
package struct LinearParameters {
  /// `[outputs, inputs]`.
  package let weight: Variable
  /// `[outputs]`.
  package let bias: Variable

  /// A weight and a bias.
  package init(weight: Variable, bias: Variable) { (self.weight, self.bias) = (weight, bias) }
}

extension Tape {
  /// `residual + scale * second(gelu(first(x)))` along the last axis: the multilayer perceptron of a transformer's block,
  /// Vaswani et al. 2017, arXiv:1706.03762, section 3.3, with GELU and LayerScale.
  ///
  /// - Parameters:
  ///   - input: `[..., inputs]`.
  ///   - scale: `[outputs]` of the second layer.
  ///   - residual: `[..., outputs]`.
  package func perceptron(
    _ input: Variable, first: LinearParameters, second: LinearParameters, scale: Variable, onto residual: Variable
  ) -> Variable {
    let widening = LinearLayer(weight: first.weight, bias: first.bias, on: engine)
    let narrowing = LinearLayer(weight: second.weight, bias: second.bias, scale: scale, on: engine)
    let x = widening.rows(of: input.value)
    let activated = engine.uninitialised([x.rows, widening.outputs])
    let hidden = engine.product(
      x, widening.matrix.transposed, ends: ProductEnds(bias: widening.shift, activated: activated.floats))
    let y = Matrix(activated)
    let out = engine.product(
      y, narrowing.matrix.transposed, ends: ProductEnds(bias: narrowing.shift, addend: residual.value.floats))
    let tracked = tracks(input, first.weight, first.bias, second.weight, second.bias, scale, residual)
    return result(out.reshaped(narrowing.shape(of: input.value)), tracked: tracked) { [engine] gradient in
      let g = Matrix(gradient.floats, rows: y.rows, columns: narrowing.outputs)
      narrowing.contribute(input: y, gradient: g, on: engine)
      let inner = Matrix(engine.product(g, narrowing.matrix, ends: ProductEnds(geluOf: hidden.floats)))
      widening.contribute(input: x, gradient: inner, on: engine)
      input.contribute(on: engine) { engine.product(inner, widening.matrix, into: $0) }
      residual.accumulate(gradient, on: engine)
    }
  }
}
