/// The gradients of all parameters of a model, one after another, written in place by every backward pass.
package final class GradientBuffer {
  /// The gradients of the last pass; the next one writes over them, so whoever keeps them has to copy them.
  package let tensor: Tensor

  /// Room for `count` gradients, zero at first.
  package init(count: Int) { tensor = Tensor(zeros: [count]) }

  /// Makes the gradients of parameters that a pass did not come by zero.
  package func clear(_ range: Range<Int>) { tensor.floats[range].fill(0) }

  /// The gradients as they are now, in memory of their own.
  package func copy() -> Tensor { Tensor(tensor.values, shape: tensor.shape) }
}
