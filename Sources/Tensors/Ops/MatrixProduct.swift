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
  /// `[a.height, b.width]`, each number a sum over `k` in order.
  func product(_ a: Matrix, _ b: Matrix, ends: ProductEnds = ProductEnds()) -> Tensor {
    let out = uninitialised([a.height, b.width])
    product(a, b, ends: ends, into: out.floats)
    return out
  }

  /// Puts the product into `out`, which lies apart from all it is made of but `ends.addend`.
  ///
  /// Threads share out the rows, or the columns where there are more of them: the bits of a number depend on its row and
  /// its column alone.
  func product(_ a: Matrix, _ b: Matrix, ends: ProductEnds = ProductEnds(), into out: Floats) {
    precondition(a.width == b.height, "product: inner sizes differ, \(a.height)x\(a.width) by \(b.height)x\(b.width)")
    let (m, n, k) = (a.height, b.width, a.width)
    let shares = min(threads, 1 + m * n * k / Engine.least)
    let packed = PackedMatrix(floats: scratch(PackedMatrix.count(height: k, width: n)), height: k, width: n)
    run(shares) { share, _ in packed.pack(packed.panels.share(share, of: shares), of: b) }
    let length = Kernels.productScratch(rows: m, k)
    let scratch = scratch(length * shares)
    let strips = (m + Engine.strip - 1) / Engine.strip
    run(shares) { share, _ in
      let byRows = m >= n
      let own = (byRows ? strips : packed.panels).share(share, of: shares)
      let rows = byRows ? own.lowerBound * Engine.strip..<min(own.upperBound * Engine.strip, m) : 0..<m
      Kernels.product(
        a, packed, rows: rows, panels: byRows ? 0..<packed.panels : own, ends: ends, into: out,
        scratch: scratch.piece(share, of: length))
    }
  }

  /// Rows that a kernel works on at once, and the multiply-adds below which a further thread does not pay.
  private static let (strip, least) = (6, 1 << 17)
}

extension Int {
  /// The `share`th of `shares` nearly equal ranges that make up `0..<self`.
  func share(_ share: Int, of shares: Int) -> Range<Int> { share * self / shares..<(share + 1) * self / shares }
}
