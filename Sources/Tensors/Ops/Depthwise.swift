extension Tape {
  /// Convolves every channel with its own kernel (stride 1, zero padding).
  ///
  /// - Parameters:
  ///   - input: Blocked, `[batch, blocks, z, y, x, 8]`.
  ///   - weight: `[channels, kz, ky, kx]` or PyTorch's `[channels, 1, kz, ky, kx]`, odd sizes.
  ///   - bias: `[channels]`.
  /// - Returns: The shape of `input`.
  /// - Complexity: kz · ky · kx multiply-adds per voxel and channel.
  package func depthwise(_ input: Variable, weight: Variable, bias: Variable) -> Variable {
    let form = Depthwise(input: input.value, weight: weight.value, bias: bias.value)
    return convolved(form, input, weight: weight, bias: bias)
  }
}

/// The sizes of a depthwise convolution. A unit of its work is a plane: one block of one sample.
struct Depthwise: BlockedConvolution {
  let shape: Blocked
  let kernel: Lengths
  let channels: Int
  var outputShape: [Int] { [shape.batch, shape.blocks] + shape.size.lengths + [8] }
  /// None where there are no voxels.
  private var units: Int { shape.voxels == 0 ? 0 : shape.batch * shape.blocks }
  private var taps: Int { kernel.count }
  private var cuts: Cuts { Cuts(total: shape.voxels, size: Cuts.voxels) }
  /// Floats of a plane.
  private var length: Int { shape.voxels * 8 }

  init(input: Tensor, weight: Tensor, bias: Tensor) {
    shape = Blocked(input)
    kernel = Lengths(weight.shape.suffix(3))
    channels = weight.shape[0]
    precondition(weight.count == channels * kernel.count, "depthwise: weight \(weight.shape)")
    precondition(bias.count == channels, "depthwise: bias \(bias.shape) for \(channels) channels")
    precondition(shape.blocks == (channels + 7) / 8, "depthwise: \(channels) channels, input \(input.shape)")
    precondition(kernel.lengths.allSatisfy { $0 % 2 == 1 }, "depthwise: the kernel \(kernel.lengths) is not odd")
  }

  /// Weights as the kernel wants them, `[block][kz][ky][kx][8]`.
  private func packed(_ weight: Tensor, isFlipped: Bool, on engine: Engine) -> Floats {
    let packed = engine.zeros(shape.blocks * taps * 8)
    weight.withSpan { source in
      packed.withMutableSpan { target in
        for channel in 0..<channels {
          for tap in 0..<taps {
            let place = isFlipped ? taps - 1 - tap : tap
            target[((channel / 8) * taps + place) * 8 + channel % 8] = source[channel * taps + tap]
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
    let weight = packed(weight, isFlipped: false, on: engine)
    let bias = engine.padded(bias, to: shape.blocks * 8)
    let space = Kernels.depthwiseScratch(shape.size, kernel)
    let scratch = engine.scratch(space * engine.threads)
    engine.run(units) { [self, input = input.floats, out = out.floats] unit, thread in
      let block = unit % shape.blocks
      convolve(
        input.piece(unit, of: length), weight.piece(block, of: taps * 8), bias: bias.piece(block, of: 8),
        into: out.piece(unit, of: length), scratch: scratch.piece(thread, of: space)
      ) { finished?(unit, $0) }
    }
  }

  /// Convolves a plane; `finished` is told of each cut once it is there.
  private func convolve(
    _ input: Floats, _ weight: Floats, bias: Floats?, into out: Floats, scratch: Floats, finished: (_ cut: Int) -> Void
  ) {
    let area = shape.size.y * shape.size.x
    var done = 0
    for cut in 0..<cuts.count {
      let needed = (cuts[cut].upperBound + area - 1) / area
      if needed > done {
        Kernels.depthwise(
          shape.size, kernel, planes: done..<needed, input, weight: weight, bias: bias, into: out, scratch: scratch)
        done = needed
      }
      finished(cut)
    }
  }

  // MARK: - Derivative

  func differentiate(
    _ input: Variable, _ weight: Variable, bias: Variable, _ gradient: OutputGradient, on engine: Engine
  ) {
    // What other branches already contributed is added while each block is still in the cache.
    let earlier = input.isTracked ? input.takeGradient() : nil
    let change = input.isTracked ? engine.uninitialised(input.value.shape) : nil
    let partial = weight.isTracked || bias.isTracked ? engine.scratch(units * (taps + 1) * 8) : nil
    gradients(
      input.value, weight.value, gradient, adding: earlier, into: change, partial, looking: input.watch?.look,
      on: engine)
    if let partial {
      weight.contribute(on: engine) { sum(partial, of: 0..<taps, into: $0) }
      bias.contribute(on: engine) { sum(partial, of: taps..<taps + 1, into: $0) }
    }
    guard let change else { return }
    input.watch?.finish(change)
    input.accumulate(change, on: engine)
  }

  /// The gradient of the input, `adding` included, and for each unit those of the taps followed by that of the bias.
  private func gradients(
    _ input: Tensor, _ weight: Tensor, _ gradient: OutputGradient, adding earlier: Tensor?, into change: Tensor?,
    _ partial: Floats?, looking look: GradientWatch.Look?, on engine: Engine
  ) {
    // The gradient of the input is the convolution of the gradient with the kernel turned round.
    let flipped = packed(weight, isFlipped: true, on: engine)
    let space = Kernels.depthwiseScratch(shape.size, kernel)
    let scratch = engine.scratch(space * engine.threads)
    let own = engine.scratch(gradient.planeScratch * engine.threads)
    let (earlier, change) = (earlier?.floats, change?.floats)
    engine.run(units) { [self, input = input.floats] unit, thread in
      let g = gradient.plane(unit, scratch: own.piece(thread, of: gradient.planeScratch))
      let scratch = scratch.piece(thread, of: space)
      if let sums = partial?.piece(unit, of: (taps + 1) * 8) {
        Kernels.depthwiseWeightGradient(
          shape.size, kernel, input.piece(unit, of: length), gradient: g, weight: sums[0..<taps * 8],
          bias: sums[taps * 8..<(taps + 1) * 8], scratch: scratch)
      }
      guard let change else { return }
      let target = change.piece(unit, of: length)
      convolve(
        g, flipped.piece(unit % shape.blocks, of: taps * 8), bias: nil, into: target, scratch: scratch
      ) { cut in
        let range = cuts[cut].lowerBound * 8..<cuts[cut].upperBound * 8
        if let earlier { Kernels.add(earlier.piece(unit, of: length)[range], target[range], into: target[range]) }
        look?(unit, cut, change)
      }
    }
  }

  /// Adds up partial gradients in the order of the samples, for a range of the taps and the bias after them.
  private func sum(_ partial: Floats, of range: Range<Int>, into sums: Floats) {
    partial.withSpan { partial in
      sums.withMutableSpan { sums in
        for channel in 0..<channels {
          for tap in range {
            var sum = 0.0
            for unit in stride(from: channel / 8, to: units, by: shape.blocks) {
              sum += Double(partial[(unit * (taps + 1) + tap) * 8 + channel % 8])
            }
            sums[channel * range.count + tap - range.lowerBound] = Float(sum)
          }
        }
      }
    }
  }
}

extension Engine {
  /// A vector followed by zeros.
  func padded(_ vector: Tensor, to count: Int) -> Floats {
    let padded = scratch(count)
    padded.fill(0)
    padded[0..<vector.count].copy(from: vector.floats)
    return padded
  }
}
