extension Tape {
  /// Makes a share of the numbers zero and scales the others by `1 / (1 - rate)`: Srivastava et al. 2014, JMLR 15.
  ///
  /// - Parameters:
  ///   - rate: The share, in [0, 1).
  ///   - seed, purpose, position: The stream of random numbers, one of each 2^16 positions for each cut of the input.
  package func dropout(
    _ input: Variable, rate: Double, seed: UInt64, purpose: String, position: Int
  ) -> Variable {
    precondition((0..<1).contains(rate), "dropout: rate \(rate) is outside of [0, 1)")
    guard rate > 0 else { return input }
    let factors = engine.uninitialised(input.value.shape)
    let cuts = Cuts(total: factors.count, size: Cuts.numbers)
    let kept = Float(1 / (1 - rate))
    engine.run(cuts.count) { [factors = factors.floats] unit, _ in
      var random = Philox(seed: seed, purpose: "dropout \(purpose) \(unit)", position: UInt64(position))
      let own = factors[cuts[unit]]
      own.withMutableSpan { span in
        for index in 0..<span.count { span[index] = random.uniform() < rate ? 0 : kept }
      }
    }
    let out = engine.product(input.value, by: factors)
    return result(out, tracked: tracks(input)) { [engine] gradient in
      input.accumulate(engine.product(gradient, by: factors), on: engine)
    }
  }
}

extension Engine {
  /// Number by number.
  fileprivate func product(_ a: Tensor, by b: Tensor) -> Tensor {
    let out = uninitialised(a.shape)
    let cuts = Cuts(total: a.count, size: Cuts.numbers)
    run(cuts.count) { [a = a.floats, b = b.floats, out = out.floats] unit, _ in
      Kernels.multiply(a[cuts[unit]], b[cuts[unit]], into: out[cuts[unit]])
    }
    return out
  }
}
