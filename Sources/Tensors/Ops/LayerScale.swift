extension Tape {
  /// Multiplies what lies along the last axis by a learnt vector: Touvron et al. 2021, arXiv:2103.17239, section 3.
  ///
  /// - Parameters:
  ///   - input: `[..., width]`.
  ///   - scale: `[width]`.
  package func layerScale(_ input: Variable, by scale: Variable) -> Variable {
    let width = scale.value.count
    precondition(input.value.shape.last == width, "layer scale: input \(input.value.shape), width \(width)")
    let out = LayerScale.scaled(input.value, by: scale.value, on: engine)
    return result(out, tracked: tracks(input, scale)) { [engine] gradient in
      if scale.isTracked {
        let sums = LayerScale.dotRows(gradient, input.value, width: width, on: engine)
        scale.contribute(on: engine) { $0.copy(from: sums) }
      }
      if input.isTracked { input.accumulate(LayerScale.scaled(gradient, by: scale.value, on: engine), on: engine) }
    }
  }
}

enum LayerScale {
  static func scaled(_ x: Tensor, by scale: Tensor, on engine: Engine) -> Tensor {
    let out = engine.uninitialised(x.shape)
    let rows = Rows(x)
    let cuts = Cuts(total: rows.count, size: Cuts.rows)
    engine.run(cuts.count) { [x = x.floats, scale = scale.floats, out = out.floats] unit, _ in
      let range = cuts[unit].lowerBound * rows.length..<cuts[unit].upperBound * rows.length
      Kernels.scaleColumns(x[range], by: scale, into: out[range])
    }
    return out
  }

  /// The sum of `a b` over rows, `[width]`.
  static func dotRows(_ a: Tensor, _ b: Tensor, width: Int, on engine: Engine) -> Floats {
    let rows = Rows(a)
    let cuts = Cuts(total: rows.count, size: Cuts.rows)
    let partial = engine.scratch(cuts.count * width)
    engine.run(cuts.count) { [a = a.floats, b = b.floats] unit, _ in
      let range = cuts[unit].lowerBound * width..<cuts[unit].upperBound * width
      Kernels.dotRows(a[range], b[range], into: partial.piece(unit, of: width))
    }
    return engine.sumRows(partial, width: width)
  }
}
