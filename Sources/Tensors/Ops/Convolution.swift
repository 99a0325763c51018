extension Tape {
  /// Convolves volumes with dense kernels (stride 1, zero padding), for small kernels and few channels.
  ///
  /// - Parameters:
  ///   - input: `[batch, z, y, x, inputs]`.
  ///   - weight: `[outputs, inputs, kz, ky, kx]`, odd sizes.
  ///   - bias: `[outputs]`.
  /// - Returns: `[batch, z, y, x, outputs]`.
  /// - Complexity: Memory for kz · ky · kx copies of the input.
  package func convolution(_ input: Variable, weight: Variable, bias: Variable) -> Variable {
    let shape = weight.value.shape
    precondition(shape.count == 5, "convolution: weight \(shape) is not outputs, inputs, z, y, x")
    let columns = unfolded(input, kernel: Lengths(shape[2...]))
    let flat = reshaped(weight, [shape[0], shape[1...].reduce(1, *)])
    return linear(columns, weight: flat, bias: bias)
  }

  /// The neighbourhood of every voxel, `[batch, z, y, x, channels * taps]`, of volumes `[batch, z, y, x, channels]`.
  func unfolded(_ input: Variable, kernel: Lengths) -> Variable {
    let shape = input.value.shape
    precondition(shape.count == 5, "convolution: \(shape) is not batch, z, y, x, channels")
    precondition(kernel.lengths.allSatisfy { $0 % 2 == 1 }, "convolution: the kernel \(kernel.lengths) is not odd")
    let (size, channels) = (Lengths(shape[1...3]), shape[4])
    let (length, wide) = (size.count * channels, size.count * channels * kernel.count)
    let out = engine.uninitialised(Array(shape[..<4]) + [channels * kernel.count])
    engine.run(shape[0]) { [x = input.value.floats, out = out.floats] sample, _ in
      Kernels.unfold(
        size, kernel, channels: channels, 0..<size.count, of: x.piece(sample, of: length),
        into: out.piece(sample, of: wide))
    }
    return result(out, tracked: tracks(input)) { [engine] gradient in
      input.contribute(on: engine) { change in
        engine.run(shape[0]) { [gradient = gradient.floats] sample, _ in
          Kernels.fold(
            size, kernel, channels: channels, gradient.piece(sample, of: wide), into: change.piece(sample, of: length))
        }
      }
    }
  }

  /// The same numbers under another shape.
  package func reshaped(_ x: Variable, _ shape: [Int]) -> Variable {
    result(x.value.reshaped(shape), tracked: tracks(x)) { [engine] gradient in
      x.accumulate(gradient.reshaped(x.value.shape), on: engine)
    }
  }
}
