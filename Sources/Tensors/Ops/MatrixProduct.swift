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
  /// Units are rows, or columns where there are more of them: the bits of a number depend on its row and its column alone.
  func product(_ a: Matrix, _ b: Matrix, ends: ProductEnds = ProductEnds(), into out: Floats) {
    precondition(a.width == b.height, "product: inner sizes differ, \(a.height)x\(a.width) by \(b.height)x\(b.width)")
    let (m, n, k) = (a.height, b.width, a.width)
    let packed = PackedMatrix(floats: scratch(PackedMatrix.count(height: k, width: n)), height: k, width: n)
    let packs = Cuts(total: packed.panels, size: Engine.panels)
    run(packs.count) { unit, _ in packed.pack(packs[unit], of: b) }
    let byRows = m >= n
    let cuts = byRows ? Cuts(total: m, size: Engine.rows) : Cuts(total: packed.panels, size: Engine.panels)
    let length = Kernels.productScratch(rows: byRows ? min(m, Engine.rows) : m, k)
    let scratch = scratch(length * threads)
    run(cuts.count) { unit, thread in
      Kernels.product(
        a, packed, rows: byRows ? cuts[unit] : 0..<m, panels: byRows ? 0..<packed.panels : cuts[unit], ends: ends,
        into: out, scratch: scratch.piece(thread, of: length))
    }
  }

  /// Rows, and panels of columns, that a thread takes at once: enough to use what it packs often, few enough that the
  /// threads end together. The kernel works on six or twelve rows and one or two panels at a time.
  private static let (rows, panels) = (96, 4)
}
