extension Tape {
  /// The Gaussian error linear unit, exact by erf: Hendrycks and Gimpel 2016, arXiv:1606.08415.
  package func gelu(_ x: Variable) -> Variable {
    let out = engine.elementwise(x.value) { Kernels.gelu($0, into: $1) }
    return result(out, tracked: tracks(x)) { [engine] gradient in
      let gradient = gradient.floats
      let change = engine.uninitialised(x.value.shape)
      let cuts = Cuts(total: change.count, size: Cuts.numbers)
      engine.run(cuts.count) { [x = x.value.floats, change = change.floats] unit, _ in
        let range = cuts[unit]
        Kernels.geluGradient(x[range], gradient[range], into: change[range])
      }
      x.accumulate(change, on: engine)
    }
  }
}

extension Engine {
  /// A tensor made from another one number by number.
  func elementwise(_ x: Tensor, _ body: @escaping @Sendable (_ x: Floats, _ out: Floats) -> Void) -> Tensor {
    let out = uninitialised(x.shape)
    let cuts = Cuts(total: x.count, size: Cuts.numbers)
    run(cuts.count) { [x = x.floats, out = out.floats] unit, _ in body(x[cuts[unit]], out[cuts[unit]]) }
    return out
  }
}
