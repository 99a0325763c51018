extension Tape {
  /// `1 / (1 + exp(-x))`.
  package func sigmoid(_ x: Variable) -> Variable {
    let out = engine.elementwise(x.value) { Kernels.sigmoid($0, into: $1) }
    return result(out, tracked: tracks(x)) { [engine] gradient in
      let change = engine.uninitialised(x.value.shape)
      let cuts = Cuts(total: change.count, size: Cuts.numbers)
      engine.run(cuts.count) { [y = out.floats, g = gradient.floats, change = change.floats] unit, _ in
        for index in cuts[unit] { change[index] = g[index] * y[index] * (1 - y[index]) }
      }
      x.accumulate(change, on: engine)
    }
  }
}
