extension Tape {
  /// The sum of two values of one shape.
  package func add(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.value.shape == b.value.shape, "add: shapes differ, \(a.value.shape) and \(b.value.shape)")
    return result(Add.sum(a.value, b.value, on: engine), tracked: tracks(a, b)) { [engine] gradient in
      a.accumulate(gradient, on: engine)
      b.accumulate(gradient, on: engine)
    }
  }
}

enum Add {
  static func sum(_ a: Tensor, _ b: Tensor, on engine: Engine) -> Tensor {
    let out = engine.uninitialised(a.shape)
    let cuts = Cuts(total: a.count, size: Cuts.numbers)
    engine.run(cuts.count) { [a = a.floats, b = b.floats, out = out.floats] unit, _ in
      let range = cuts[unit]
      Kernels.add(a[range], b[range], into: out[range])
    }
    return out
  }
}
