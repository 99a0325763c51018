/// Which rows of a matrix go where: the gather of tokens, and its inverse with tokens that fill the gaps.
package struct RowPlan: Sendable {
  /// For each row of the outcome the row it is taken from; negative where the filler stands.
  package let sources: [Int32]
  /// For each row of the outcome the position added to it; negative for none. Empty if no row has one.
  package let places: [Int32]
  /// Rows of the input, of which some may go nowhere.
  package let inputs: Int
  /// Positions that there have to be.
  let positions: Int
  var count: Int { sources.count }

  /// A plan; no row of the input is used twice.
  ///
  /// - Precondition: sources are below `inputs`, each used once at most; places are as many as sources or none.
  package init(sources: [Int], places: [Int] = [], inputs: Int) {
    precondition(places.isEmpty || places.count == sources.count, "rows: \(places.count) places of \(sources.count)")
    var isUsed = [Bool](repeating: false, count: inputs)
    for source in sources where source >= 0 {
      precondition(source < inputs && !isUsed[source], "rows: row \(source) of \(inputs) is used twice or not there")
      isUsed[source] = true
    }
    self.sources = sources.map { Int32(max($0, -1)) }
    self.places = places.map { Int32(max($0, -1)) }
    self.inputs = inputs
    positions = (places.max() ?? -1) + 1
  }

  /// The way back: each row of the input from where it went, none where it went nowhere.
  var inverse: RowPlan {
    var back = [Int](repeating: -1, count: inputs)
    for (row, source) in sources.enumerated() where source >= 0 { back[Int(source)] = row }
    return RowPlan(sources: back, inputs: count)
  }

  /// The rows where the filler stands.
  var filled: RowPlan { RowPlan(sources: sources.indices.filter { sources[$0] < 0 }, inputs: count) }
}

extension Tape {
  /// Puts rows, the filler and positions together.
  ///
  /// - Parameters:
  ///   - rows: `[..., width]`; leading axes are joined to rows.
  ///   - plan: Which row goes where.
  ///   - filler: `[width]`, a learnt token where the plan has no source; zero if nil.
  ///   - positions: `[positions, width]`, fixed: they have no derivative.
  ///   - shape: That of the outcome, `[..., width]`.
  package func assembled(
    _ rows: Variable, by plan: RowPlan, filler: Variable? = nil, positions: Tensor? = nil, shape: [Int]
  ) -> Variable {
    let out = plan.apply(to: rows.value, filler: filler?.value, positions: positions, shape: shape, on: engine)
    return result(out, tracked: tracks(rows, filler)) { [engine] gradient in
      if rows.isTracked {
        let change = plan.inverse.apply(to: gradient, shape: rows.value.shape, on: engine)
        rows.accumulate(change, on: engine)
      }
      guard let filler, filler.isTracked else { return }
      let width = filler.value.count
      let filled = plan.filled
      let parts = filled.apply(to: gradient, shape: [filled.count, width], on: engine)
      filler.contribute(on: engine) { $0.copy(from: engine.sumRows(parts.floats, width: width)) }
    }
  }
}

extension RowPlan {
  /// The outcome without a derivative.
  package func apply(
    to rows: Tensor, filler: Tensor? = nil, positions: Tensor? = nil, shape: [Int], on engine: Engine
  ) -> Tensor {
    let width = shape.last ?? 1
    precondition(Tensor.count(of: shape) == count * width, "rows: \(count) of width \(width) are not \(shape)")
    precondition(rows.count == inputs * width, "rows: \(rows.shape) is not \(inputs) rows of width \(width)")
    let out = engine.uninitialised(shape)
    let cuts = Cuts(total: count, size: Cuts.rows)
    let (filler, positions) = (filler?.floats, positions?.floats)
    engine.run(cuts.count) { [self, rows = rows.floats, out = out.floats] unit, _ in
      let range = cuts[unit]
      Kernels.assemble(
        self, range, width: width, rows: rows, filler: filler, positions: positions,
        into: out[range.lowerBound * width..<range.upperBound * width])
    }
    return out
  }
}
