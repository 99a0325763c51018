extension Tape {
  /// Each patch of volumes `[batch, z, y, x]` as a row of its voxels, `[batch, tokens, voxels]`; both in z, y, x order.
  ///
  /// - Precondition: the patch divides the volumes.
  package func tokens(_ volumes: Variable, of patch: Lengths) -> Variable {
    let size = PatchTokens.size(volumes.value)
    return result(PatchTokens.tokens(volumes.value, of: patch, on: engine), tracked: tracks(volumes)) {
      [engine] gradient in
      volumes.accumulate(PatchTokens.volumes(gradient, from: patch, size: size, on: engine), on: engine)
    }
  }

  /// The inverse of `tokens(_:of:)`: volumes `[batch, z, y, x]` of length `size`.
  package func volumes(_ tokens: Variable, from patch: Lengths, size: Lengths) -> Variable {
    let volumes = PatchTokens.volumes(tokens.value, from: patch, size: size, on: engine)
    return result(volumes, tracked: tracks(tokens)) { [engine] gradient in
      tokens.accumulate(PatchTokens.tokens(gradient, of: patch, on: engine), on: engine)
    }
  }
}

enum PatchTokens {
  static func size(_ volumes: Tensor) -> Lengths {
    precondition(volumes.shape.count == 4, "tokens: \(volumes.shape) is not batch, z, y, x")
    return Lengths(volumes.shape[1...])
  }

  static func tokens(_ volumes: Tensor, of patch: Lengths, on engine: Engine) -> Tensor {
    let size = size(volumes)
    let out = engine.uninitialised([volumes.shape[0], size.count / max(patch.count, 1), patch.count])
    engine.run(volumes.shape[0]) { [x = volumes.floats, out = out.floats] sample, _ in
      Kernels.patchesToTokens(
        size, patch, x.piece(sample, of: size.count), into: out.piece(sample, of: size.count))
    }
    return out
  }

  static func volumes(_ tokens: Tensor, from patch: Lengths, size: Lengths, on engine: Engine) -> Tensor {
    let out = engine.uninitialised([tokens.shape[0]] + size.lengths)
    engine.run(tokens.shape[0]) { [x = tokens.floats, out = out.floats] sample, _ in
      Kernels.tokensToPatches(
        size, patch, x.piece(sample, of: size.count), into: out.piece(sample, of: size.count))
    }
    return out
  }
}

extension Engine {
  /// Mean and biased variance along the last axis.
  package func rowMoments(_ x: Tensor) -> (mean: [Double], variance: [Double]) {
    let rows = Rows(x)
    let (means, variances) = (PartialSums(rows.count), PartialSums(rows.count))
    run(rows.count) { [x = x.floats] row, _ in
      let own = rows.slice(x, row)
      let mean = Kernels.sum(own) / Double(rows.length)
      means.set(row, mean)
      let rest = mean - Double(Float(mean))
      variances.set(row, max(0, Kernels.squares(own, around: Float(mean)) / Double(rows.length) - rest * rest))
    }
    return (means.values, variances.values)
  }

  /// `(x - mean) / sqrt(variance + epsilon)` along the last axis, without a derivative.
  package func normalisedRows(_ x: Tensor, epsilon: Float) -> Tensor {
    let width = x.shape.last ?? 1
    let ones = Tensor([Float](repeating: 1, count: width), shape: [width])
    let tape = Tape(on: self, isRecording: false)
    return tape.layerNorm(
      tape.constant(x), weight: tape.constant(ones), bias: tape.constant(Tensor(zeros: [width])), epsilon: epsilon
    ).value
  }
}
