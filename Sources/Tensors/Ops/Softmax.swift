extension Tape {
  /// The softmax along the last axis.
  package func softmax(_ x: Variable) -> Variable {
    let rows = Rows(x.value)
    let out = engine.uninitialised(x.value.shape)
    engine.run(rows.count) { [x = x.value.floats, y = out.floats] unit, _ in
      let (x, y) = (rows.slice(x, unit), rows.slice(y, unit))
      let largest = x.withSpan { span in
        var largest = -Float.infinity
        for index in 0..<span.count { largest = max(largest, span[index]) }
        return largest
      }
      y.withMutableSpan { target in for index in 0..<target.count { target[index] = x[index] - largest } }
      Kernels.exp(y, into: y)
      Kernels.scale(y, by: Float(1 / Kernels.sum(y)), into: y)
    }
    return result(out, tracked: tracks(x)) { [engine] gradient in
      let change = engine.uninitialised(x.value.shape)
      engine.run(rows.count) { [y = out.floats, g = gradient.floats, change = change.floats] unit, _ in
        let (y, g, change) = (rows.slice(y, unit), rows.slice(g, unit), rows.slice(change, unit))
        let inner = Float(Kernels.dot(g, y))
        for index in 0..<y.count { change[index] = y[index] * (g[index] - inner) }
      }
      x.accumulate(change, on: engine)
    }
  }
}

/// The rows of a tensor: what lies along its last axis.
struct Rows: Sendable {
  let count: Int
  let length: Int

  init(_ tensor: Tensor) {
    length = tensor.shape.last ?? 1
    count = length == 0 ? 0 : tensor.count / length
  }

  func slice(_ floats: Floats, _ row: Int) -> Floats { floats.piece(row, of: length) }
}
