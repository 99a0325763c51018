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
    let out = engine.uninitialised(input.value.shape)
    let packed = form.packed(weight.value, isFlipped: false, on: engine)
    form.convolve(
      input.value, packed, bias: form.packed(bias: bias.value, on: engine), adding: nil, into: out, on: engine)
    return result(out, tracked: tracks(input, weight, bias)) { [engine] gradient in
      if weight.isTracked || bias.isTracked {
        let partial = form.partialGradients(input.value, gradient, on: engine)
        weight.contribute(on: engine) { form.sum(partial, of: 0..<form.kernel.count, into: $0) }
        bias.contribute(on: engine) { form.sum(partial, of: form.kernel.count..<form.kernel.count + 1, into: $0) }
      }
      guard input.isTracked else { return }
      // The gradient of the input is the convolution of the gradient with the kernel turned round. What other
      // branches already contributed is added while each block is still in the cache.
      let earlier = input.takeGradient()
      let change = engine.uninitialised(input.value.shape)
      let flipped = form.packed(weight.value, isFlipped: true, on: engine)
      form.convolve(gradient, flipped, bias: nil, adding: earlier, into: change, on: engine)
      input.accumulate(change, on: engine)
    }
  }
}

private struct Depthwise: Sendable {
  let shape: Blocked
  let kernel: Lengths
  let channels: Int

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
  func packed(_ weight: Tensor, isFlipped: Bool, on engine: Engine) -> Floats {
    let taps = kernel.count
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

  func packed(bias: Tensor, on engine: Engine) -> Floats { engine.padded(bias, to: shape.blocks * 8) }

  func convolve(
    _ input: Tensor, _ weight: Floats, bias: Floats?, adding earlier: Tensor?, into out: Tensor, on engine: Engine
  ) {
    guard shape.voxels > 0 else { return }
    let length = shape.voxels * 8
    let scratchLength = Kernels.depthwiseScratch(shape.size, kernel)
    let scratch = engine.scratch(scratchLength * engine.threads)
    let earlier = earlier?.floats
    engine.run(shape.batch * shape.blocks) { [self, input = input.floats, out = out.floats] unit, thread in
      let block = unit % shape.blocks
      let target = out.piece(unit, of: length)
      Kernels.depthwise(
        shape.size, kernel, input.piece(unit, of: length), weight: weight.piece(block, of: kernel.count * 8),
        bias: bias?.piece(block, of: 8), into: target, scratch: scratch.piece(thread, of: scratchLength))
      if let earlier { Kernels.add(earlier.piece(unit, of: length), target, into: target) }
    }
  }

  /// Units of the gradients of weights and bias: one a sample and block.
  private var units: Int { shape.voxels == 0 ? 0 : shape.batch * shape.blocks }

  /// Gradients by unit: those of the taps, then that of the bias.
  func partialGradients(_ input: Tensor, _ gradient: Tensor, on engine: Engine) -> Floats {
    let (taps, length) = (kernel.count, shape.voxels * 8)
    let partial = engine.scratch(units * (taps + 1) * 8)
    let scratchLength = Kernels.depthwiseScratch(shape.size, kernel)
    let scratch = engine.scratch(scratchLength * engine.threads)
    engine.run(units) { [self, input = input.floats, gradient = gradient.floats] unit, thread in
      let own = partial.piece(unit, of: (taps + 1) * 8)
      Kernels.depthwiseWeightGradient(
        shape.size, kernel, input.piece(unit, of: length), gradient: gradient.piece(unit, of: length),
        weight: own[0..<taps * 8], bias: own[taps * 8..<(taps + 1) * 8],
        scratch: scratch.piece(thread, of: scratchLength))
    }
    return partial
  }

  /// Adds up partial gradients in the order of the samples, for a range of the taps and the bias after them.
  func sum(_ partial: Floats, of range: Range<Int>, into sums: Floats) {
    partial.withSpan { partial in
      sums.withMutableSpan { sums in
        for channel in 0..<channels {
          for tap in range {
            var sum = 0.0
            for unit in stride(from: channel / 8, to: units, by: shape.blocks) {
              sum += Double(partial[(unit * (kernel.count + 1) + tap) * 8 + channel % 8])
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
