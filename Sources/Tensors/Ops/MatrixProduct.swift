extension Tape {
  /// The product of two matrices, `[m, k]` by `[k, n]`.
  package func product(_ a: Variable, _ b: Variable) -> Variable {
    let (left, right) = (Matrix(a.value), Matrix(b.value))
    let out = engine.product(left, right)
    return result(out, tracked: tracks(a, b)) { [engine] gradient in
      let gradient = Matrix(gradient)
      if a.isTracked { a.accumulate(engine.product(gradient, right.transposed), on: engine) }
      if b.isTracked { b.accumulate(engine.product(left.transposed, gradient), on: engine) }
    }
  }
}

extension Matrix {
  /// A tensor of two axes.
  init(_ tensor: Tensor) {
    precondition(tensor.shape.count == 2, "product: \(tensor.shape) is not a matrix")
    self.init(tensor.floats, rows: tensor.shape[0], columns: tensor.shape[1])
  }
}

extension Engine {
  /// `[a.height, b.width]`; cut by rows, each number a sum over `k` in order.
  func product(_ a: Matrix, _ b: Matrix) -> Tensor {
    precondition(a.width == b.height, "product: inner sizes differ, \(a.height)x\(a.width) by \(b.height)x\(b.width)")
    let (n, k) = (b.width, a.width)
    let out = uninitialised([a.height, n])
    guard k > 0, n > 0 else {
      out.floats.fill(0)
      return out
    }
    let cuts = Cuts(total: a.height, size: 192)
    let length = Kernels.productScratch(min(a.height, cuts.size), n, k)
    let scratch = scratch(length * threads)
    run(cuts.count) { [out = out.floats] unit, thread in
      let range = cuts[unit]
      Kernels.product(
        a.slice(range), b, into: out[range.lowerBound * n..<range.upperBound * n],
        scratch: scratch.piece(thread, of: length))
    }
    return out
  }
}
