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
    return convolved(form, input, weight: weight, bias: bias)
  }
}

/// The sizes of a pointwise convolution. A unit of its work is a cut of the voxels of one sample.
struct Pointwise: BlockedConvolution {
  let shape: Blocked
  let inputs: Int
  let outputs: Int
  let cuts: Cuts
  var channels: Int { outputs }
  private var outputBlocks: Int { (outputs + 7) / 8 }
  var outputShape: [Int] { [shape.batch, outputBlocks] + shape.size.lengths + [8] }
  private var units: Int { shape.batch * cuts.count }

  init(input: Tensor, weight: Tensor, bias: Tensor) {
    shape = Blocked(input)
    outputs = weight.shape[0]
    inputs = weight.shape.dropFirst().reduce(1, *)
    cuts = Cuts(total: shape.voxels, size: Cuts.voxels)
    precondition(bias.count == outputs, "pointwise: bias \(bias.shape) for \(outputs) outputs")
    precondition(shape.blocks == (inputs + 7) / 8, "pointwise: \(inputs) inputs, input \(input.shape)")
  }

  /// Weights as the kernel wants them, `[to block][from block * 8][8]`, from and to swapped for the derivative.
  private func packed(_ weight: Tensor, isTransposed: Bool, on engine: Engine) -> Floats {
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

  // MARK: - Forward

  func forward(
    _ input: Tensor, _ weight: Tensor, bias: Tensor, into out: Tensor, on engine: Engine, finished: FinishedCut?
  ) {
    let weight = packed(weight, isTransposed: false, on: engine)
    let bias = engine.padded(bias, to: outputBlocks * 8)
    engine.run(units) { [self, input = input.floats, out = out.floats] unit, _ in
      let (sample, cut) = unit.quotientAndRemainder(dividingBy: cuts.count)
      Kernels.pointwise(
        voxels(cut, sample, of: input, shape.blocks), weight: weight, bias: bias,
        into: voxels(cut, sample, of: out, outputBlocks))
      guard let finished else { return }
      for block in 0..<outputBlocks { finished(sample * outputBlocks + block, cut) }
    }
  }

  private func voxels(_ cut: Int, _ sample: Int, of floats: Floats, _ blocks: Int) -> VoxelRange {
    VoxelRange(cuts[cut], of: shape.voxels, in: floats.piece(sample, of: shape.voxels * blocks * 8))
  }

  // MARK: - Derivative

  func differentiate(
    _ input: Variable, _ weight: Variable, bias: Variable, _ gradient: OutputGradient, on engine: Engine
  ) {
    let change = input.isTracked ? engine.uninitialised(input.value.shape) : nil
    let sums = gradients(input.value, weight.value, gradient, into: change, looking: input.watch?.look, on: engine)
    if let change {
      input.watch?.finish(change)
      input.accumulate(change, on: engine)
    }
    weight.contribute(on: engine) { unpack(sums, into: $0) }
    bias.contribute(on: engine) { unpackBias(sums, into: $0) }
  }

  /// The gradient of the input; those of weights and bias are returned.
  private func gradients(
    _ input: Tensor, _ weight: Tensor, _ gradient: OutputGradient, into change: Tensor?,
    looking look: GradientWatch.Look?, on engine: Engine
  ) -> [Double] {
    let transposed = packed(weight, isTransposed: true, on: engine)
    let weights = shape.blocks * outputBlocks * 64
    let each = weights + outputBlocks * 8
    let partial = engine.scratch(units * each)
    let scratch = engine.scratch(gradient.cutScratch * engine.threads)
    engine.run(units) { [self, input = input.floats, change = change?.floats] unit, thread in
      let (sample, cut) = unit.quotientAndRemainder(dividingBy: cuts.count)
      let g = gradient.cut(cut, sample: sample, scratch: scratch.piece(thread, of: gradient.cutScratch))
      let own = partial.piece(unit, of: each)
      Kernels.pointwiseWeightGradient(
        voxels(cut, sample, of: input, shape.blocks), gradient: g, weight: own[0..<weights], bias: own[weights..<each])
      guard let change else { return }
      Kernels.pointwise(g, weight: transposed, bias: nil, into: voxels(cut, sample, of: change, shape.blocks))
      guard let look else { return }
      for block in 0..<shape.blocks { look(sample * shape.blocks + block, cut, change) }
    }
    return sum(partial, each: each)
  }

  /// The partial gradients added in order: those of the weights as they are packed, then those of the bias.
  private func sum(_ partial: Floats, each: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: each)
    partial.withSpan { partial in
      for unit in 0..<units { for index in 0..<each { sums[index] += Double(partial[unit * each + index]) } }
    }
    return sums
  }

  private func unpack(_ sums: [Double], into weight: Floats) {
    let rows = shape.blocks * 8
    weight.withMutableSpan { weight in
      for output in 0..<outputs {
        for input in 0..<inputs {
          weight[output * inputs + input] = Float(sums[((output / 8) * rows + input) * 8 + output % 8])
        }
      }
    }
  }

  private func unpackBias(_ sums: [Double], into bias: Floats) {
    let start = shape.blocks * outputBlocks * 64
    bias.withMutableSpan { bias in
      for output in 0..<outputs { bias[output] = Float(sums[start + output]) }
    }
  }
}
