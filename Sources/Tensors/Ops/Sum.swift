extension Tape {
  /// The sum of all numbers, of shape `[]`.
  package func sum(_ x: Variable) -> Variable { weighted(x, by: 1) }

  /// The mean of all numbers, of shape `[]`; not a number for an empty tensor.
  package func mean(_ x: Variable) -> Variable { weighted(x, by: 1 / Double(x.value.count)) }

  private func weighted(_ x: Variable, by weight: Double) -> Variable {
    let cuts = Cuts(total: x.value.count, size: Cuts.numbers)
    let sums = PartialSums(cuts.count)
    engine.run(cuts.count) { [x = x.value.floats] unit, _ in sums.set(unit, Kernels.sum(x[cuts[unit]])) }
    let out = Tensor([Float(sums.total * weight)], shape: [])
    return result(out, tracked: tracks(x)) { [engine] gradient in
      let change = engine.uninitialised(x.value.shape)
      change.floats.fill(Float(Double(gradient.floats[0]) * weight))
      x.accumulate(change, on: engine)
    }
  }
}
