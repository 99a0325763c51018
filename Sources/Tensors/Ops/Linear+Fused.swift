/// What follows a linear layer in the same operation.
package enum Activation: Sendable {
  /// Nothing.
  case none
  /// The Gaussian error linear unit.
  case gelu
}

extension Tape {
  /// A linear layer and its activation.
  package func linear(_ input: Variable, weight: Variable, bias: Variable, activation: Activation) -> Variable {
    let out = linear(input, weight: weight, bias: bias)
    return activation == .gelu ? gelu(out) : out
  }

  /// `residual + scale * (x wᵀ + bias)`, the scale by output.
  package func linear(
    _ input: Variable, weight: Variable, bias: Variable, scale: Variable, onto residual: Variable
  ) -> Variable {
    add(residual, layerScale(linear(input, weight: weight, bias: bias), by: scale))
  }
}
