extension Tape {
  /// Mixes the channels of every voxel: a convolution with a kernel of one voxel.
  ///
  /// - Parameters:
  ///   - input: Blocked, `[batch, blocks, z, y, x, 8]`.
  ///   - weight: `[outputs, inputs, ...]`, further axes joined to the inputs.
  ///   - bias: `[outputs]`.
  /// - Returns: Blocked, as many blocks as hold the outputs.
  package func pointwise(_ input: Variable, weight: Variable, bias: Variable) -> Variable {
    let form = Pointwise(input: input.value, weight: weight.value, bias: bias.value)
    let out = engine.uninitialised(form.outputShape)
    form.forward(input.value, weight.value, bias: bias.value, into: out, on: engine)
    return result(out, tracked: tracks(input, weight, bias)) { [engine] gradient in
      let change = form.gradients(input.value, weight.value, gradient, wantsInput: input.isTracked, on: engine)
      if let change = change.input { input.accumulate(change, on: engine) }
      weight.contribute(on: engine) { form.unpack(change.sums, into: $0) }
      bias.contribute(on: engine) { form.unpackBias(change.sums, into: $0) }
    }
  }
}

private struct Pointwise: Sendable {
  let shape: Blocked
  let inputs: Int
  let outputs: Int
  let cuts: Cuts
  var outputBlocks: Int { (outputs + 7) / 8 }
  var outputShape: [Int] { [shape.batch, outputBlocks] + shape.size.lengths + [8] }
  var units: Int { shape.batch * cuts.count }

  init(input: Tensor, weight: Tensor, bias: Tensor) {
    shape = Blocked(input)
    outputs = weight.shape[0]
    inputs = weight.shape.dropFirst().reduce(1, *)
    cuts = Cuts(total: shape.voxels, size: Cuts.voxels)
    precondition(bias.count == outputs, "pointwise: bias \(bias.shape) for \(outputs) outputs")
    precondition(shape.blocks == (inputs + 7) / 8, "pointwise: \(inputs) inputs, input \(input.shape)")
  }

  /// Weights as the kernel wants them, `[to block][from block * 8][8]`, from and to swapped for the derivative.
  func packed(_ weight: Tensor, isTransposed: Bool, on engine: Engine) -> Floats {
    let from = isTransposed ? outputBlocks : shape.blocks
    let packed = engine.zeros(shape.blocks * outputBlocks * 64)
    weight.withSpan { source in
      packed.withMutableSpan { target in
        for output in 0..<outputs {
          for input in 0..<inputs {
            let (a, b) = isTransposed ? (input, output) : (output, input)
            target[((a / 8) * from * 8 + b) * 8 + a % 8] = source[output * inputs + input]
          }
        }
      }
    }
    return packed
  }

  func forward(_ input: Tensor, _ weight: Tensor, bias: Tensor, into out: Tensor, on engine: Engine) {
    let weight = packed(weight, isTransposed: false, on: engine)
    let bias = engine.padded(bias, to: outputBlocks * 8)
    let (from, to) = (shape.voxels * shape.blocks * 8, shape.voxels * outputBlocks * 8)
    engine.run(units) { [self, input = input.floats, out = out.floats] unit, _ in
      let (sample, cut) = unit.quotientAndRemainder(dividingBy: cuts.count)
      Kernels.pointwise(
        cuts[cut], of: shape.voxels, input.piece(sample, of: from), weight: weight, bias: bias,
        into: out.piece(sample, of: to))
    }
  }

  func gradients(
    _ input: Tensor, _ weight: Tensor, _ gradient: Tensor, wantsInput: Bool, on engine: Engine
  ) -> (input: Tensor?, sums: [Double]) {
    let change = wantsInput ? engine.uninitialised(input.shape) : nil
    let transposed = packed(weight, isTransposed: true, on: engine)
    let weights = shape.blocks * outputBlocks * 64
    let each = weights + outputBlocks * 8
    let partial = engine.scratch(units * each)
    let (from, to) = (shape.voxels * shape.blocks * 8, shape.voxels * outputBlocks * 8)
    engine.run(units) { [self, input = input.floats, gradient = gradient.floats, change = change?.floats] unit, _ in
      let (sample, cut) = unit.quotientAndRemainder(dividingBy: cuts.count)
      let g = gradient.piece(sample, of: to)
      let own = partial.piece(unit, of: each)
      Kernels.pointwiseWeightGradient(
        cuts[cut], of: shape.voxels, input.piece(sample, of: from), gradient: g, weight: own[0..<weights],
        bias: own[weights..<each])
      guard let change else { return }
      Kernels.pointwise(
        cuts[cut], of: shape.voxels, g, weight: transposed, bias: nil, into: change.piece(sample, of: from))
    }
    return (change, sum(partial, each: each))
  }

  /// The partial gradients added in order: those of the weights as they are packed, then those of the bias.
  private func sum(_ partial: Floats, each: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: each)
    partial.withSpan { partial in
      for unit in 0..<units { for index in 0..<each { sums[index] += Double(partial[unit * each + index]) } }
    }
    return sums
  }

  func unpack(_ sums: [Double], into weight: Floats) {
    let rows = shape.blocks * 8
    weight.withMutableSpan { weight in
      for output in 0..<outputs {
        for input in 0..<inputs {
          weight[output * inputs + input] = Float(sums[((output / 8) * rows + input) * 8 + output % 8])
        }
      }
    }
  }

  func unpackBias(_ sums: [Double], into bias: Floats) {
    let start = shape.blocks * outputBlocks * 64
    bias.withMutableSpan { bias in
      for output in 0..<outputs { bias[output] = Float(sums[start + output]) }
    }
  }
}
