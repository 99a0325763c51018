import Tensors

/// A kernel at one size: as the engine runs it, its packing and its share of the work by threads included.
struct Kernel: Sendable {
  /// Operation and shape.
  let name: String
  /// Nominal operations of a call: two a multiply-add, those with padding included.
  let operations: Double
  /// Share of the peak that it has to reach, from the engine's specification.
  let floor: Double?
  /// Makes what calls share, and gives what makes one call: a closure to be timed.
  let prepared: @Sendable (Engine) -> () -> (() -> Void)

  static let all = [
    product(3456, 384, 1536, floor: 0.85), product(16384, 64, 64, floor: 0.6),
    depthwise(.forward, floor: 0.65), depthwise(.inputGradient, floor: 0.5), depthwise(.weightGradient, floor: 0.5),
    pointwise(.forward), pointwise(.inputGradient), pointwise(.weightGradient),
  ]

  // MARK: -

  private enum Pass: String {
    case forward
    case inputGradient = "input gradient"
    case weightGradient = "weight gradient"
  }

  /// `[m, k]` by `[k, n]`.
  private static func product(_ m: Int, _ k: Int, _ n: Int, floor: Double) -> Kernel {
    Kernel(name: "matmul \(m)x\(k)x\(n)", operations: 2 * Double(m * n * k), floor: floor) { engine in
      let (a, b) = (noise([m, k]), noise([k, n]))
      return {
        let tape = Tape(on: engine, isRecording: false)
        let (a, b) = (tape.constant(a), tape.constant(b))
        return { _ = tape.product(a, b) }
      }
    }
  }

  private static let (size, channels) = ([16, 32, 32], 64)

  private static func depthwise(_ pass: Pass, floor: Double) -> Kernel {
    volumes("depthwise 1x16x32x32x64 k5", pass, weight: [channels, 5, 5, 5], taps: 125, floor: floor) {
      $0.depthwise($1, weight: $2, bias: $3)
    }
  }

  private static func pointwise(_ pass: Pass) -> Kernel {
    volumes("pointwise 1x16x32x32x64 to 64", pass, weight: [channels, channels], taps: channels, floor: nil) {
      $0.pointwise($1, weight: $2, bias: $3)
    }
  }

  /// An operation of blocked volumes with weight and bias, or one of its derivatives.
  private static func volumes(
    _ name: String, _ pass: Pass, weight shape: [Int], taps: Int, floor: Double?,
    operation: @escaping @Sendable (Tape, Variable, Variable, Variable) -> Variable
  ) -> Kernel {
    let operations = 2 * Double(size.reduce(1, *) * channels * taps)
    return Kernel(name: "\(name) \(pass.rawValue)", operations: operations, floor: floor) { engine in
      let blocked = Tape(on: engine, isRecording: false)
      let input = blocked.blocked(blocked.constant(noise([1] + size + [channels]))).value
      let (weight, bias, gradient) = (noise(shape), noise([channels]), noise(input.shape))
      return {
        let tape = Tape(on: engine, isRecording: pass != .forward)
        func variable(_ value: Tensor, _ isTracked: Bool) -> Variable {
          isTracked ? tape.parameter(value) : tape.constant(value)
        }
        let x = variable(input, pass == .inputGradient)
        let (w, b) = (variable(weight, pass == .weightGradient), variable(bias, pass == .weightGradient))
        if pass == .forward { return { _ = operation(tape, x, w, b) } }
        let output = operation(tape, x, w, b)
        return { tape.differentiate(output, gradient: gradient) }
      }
    }
  }

  private static func noise(_ shape: [Int]) -> Tensor {
    var random = Philox(seed: 7, purpose: "bench.kernels")
    return Tensor((0..<shape.reduce(1, *)).map { _ in Float(random.uniform(in: -1...1)) }, shape: shape)
  }
}
