import Neural
import Tensors
import Testing

/// Values and gradients of the operations against PyTorch, on odd shapes.
@Suite struct OperationFixtureTests {
  let fixtures: Fixtures
  let tape = Tape(on: Engine(threads: 2), isRecording: true)

  init() throws { fixtures = try Fixtures() }

  func leaf(_ shape: [Int], _ salt: Int) -> Variable { tape.parameter(.noise(shape, salt)) }

  func check(_ name: String, _ output: Variable, _ leaves: [String: Variable]) throws {
    try fixtures.expect(output.value, equals: "\(name).output")
    tape.differentiate(output, gradient: .noise(output.value.shape, 4))
    for (label, leaf) in leaves { try fixtures.expect(leaf.gradient, equals: "\(name).\(label)") }
  }

  @Test(arguments: [
    (8, [5, 5, 5], [4, 6, 9]), (11, [3, 5, 3], [3, 5, 7]), (3, [1, 1, 1], [2, 3, 1]), (16, [3, 7, 7], [5, 9, 17]),
  ])
  func `a depthwise convolution is PyTorch's`(channels: Int, kernel: [Int], size: [Int]) throws {
    let (x, w, b) = (leaf([2] + size + [channels], 1), leaf([channels, 1] + kernel, 2), leaf([channels], 3))
    let y = tape.unblocked(tape.depthwise(tape.blocked(x), weight: w, bias: b), channels: channels)
    let name = "depthwise \(channels) \(kernel.map(String.init).joined())"
    try check(name, y, ["input": x, "weight": w, "bias": b])
  }

  @Test(arguments: [(8, 16), (11, 5), (3, 20)])
  func `a pointwise convolution is PyTorch's`(inputs: Int, outputs: Int) throws {
    let (x, w, b) = (leaf([2, 3, 5, 7, inputs], 1), leaf([outputs, inputs, 1, 1, 1], 2), leaf([outputs], 3))
    let y = tape.unblocked(tape.pointwise(tape.blocked(x), weight: w, bias: b), channels: outputs)
    try check("pointwise \(inputs) \(outputs)", y, ["input": x, "weight": w, "bias": b])
  }

  @Test(arguments: [8, 11], [false, true])
  func `GELU, batch norm and residual are PyTorch's, fused or not`(channels: Int, fused: Bool) throws {
    let (x, r) = (leaf([2, 3, 5, 7, channels], 1), leaf([2, 3, 5, 7, channels], 5))
    let (w, b) = (leaf([channels], 2), leaf([channels], 3))
    // 3 x + 1, by a pointwise convolution.
    let triple = tape.constant(
      Tensor((0..<channels * channels).map { $0 % (channels + 1) == 0 ? 3 : 0 }, shape: [channels, channels]))
    let one = tape.constant(Tensor([Float](repeating: 1, count: channels), shape: [channels]))
    let wide = tape.pointwise(tape.blocked(x), weight: triple, bias: one)
    let residual = tape.blocked(r)
    let (normed, statistics) = tape.batchNorm(
      fused ? wide : tape.gelu(wide), scale: w, shift: b, afterGELU: fused, residual: fused ? residual : nil)
    let y = tape.unblocked(fused ? normed : tape.add(normed, residual), channels: channels)
    try check("batch norm \(channels)", y, ["input": x, "residual": r, "scale": w, "shift": b])
    let mean = Tensor(statistics.mean.map { Float(0.1 * $0) }, shape: [channels])
    let variance = Tensor(statistics.variance.map { Float(0.9 + 0.1 * $0) }, shape: [channels])
    try fixtures.expect(mean, equals: "batch norm \(channels).mean")
    try fixtures.expect(variance, equals: "batch norm \(channels).variance")
  }

  @Test(arguments: [[1, 2, 2], [2, 3, 2]])
  func `patches and a pointwise convolution are a convolution of the patch's stride`(patch: [Int]) throws {
    let (x, w, b) = (leaf([2, 4, 6, 8], 1), leaf([5, 1] + patch, 2), leaf([5], 3))
    let y = tape.pointwise(tape.patches(x, of: Lengths(patch)), weight: w, bias: b)
    let output = tape.unblocked(y, channels: 5)
    try check("patches \(patch.map(String.init).joined())", output, ["input": x, "weight": w, "bias": b])
  }

  @Test(arguments: ["gelu", "sigmoid", "softmax"])
  func `an activation is PyTorch's`(name: String) throws {
    let x = tape.parameter(Tensor.noise([5, 37], 1).map { $0 * 6 })
    let y = name == "gelu" ? tape.gelu(x) : name == "sigmoid" ? tape.sigmoid(x) : tape.softmax(x)
    try fixtures.expect(y.value, equals: "\(name).output")
    tape.differentiate(y, gradient: .noise([5, 37], 4))
    try fixtures.expect(x.gradient?.map { $0 * 6 }, equals: "\(name).input")
  }

  @Test func `a matrix product is PyTorch's`() throws {
    let (a, b) = (leaf([13, 21], 1), leaf([21, 10], 2))
    try check("product", tape.product(a, b), ["a": a, "b": b])
  }

  @Test func `a linear layer is PyTorch's`() throws {
    let (x, w, b) = (leaf([3, 5, 21], 1), leaf([10, 21], 2), leaf([10], 3))
    try check("linear", tape.linear(x, weight: w, bias: b), ["input": x, "weight": w, "bias": b])
  }

  @Test func `the focal loss is PyTorch's`() throws {
    let x = tape.parameter(Tensor.noise([2, 3, 5, 7], 1).map { $0 * 6 })
    let targets = Tensor.noise([2, 3, 5, 7], 2).map { ($0 + 1) / 2 > 0.5 ? 1 : ($0 + 1) / 2 }
    let loss = tape.focalLoss(x, targets: targets, alpha: 0.25, gamma: 2)
    try fixtures.expect(loss.value, equals: "focal.output", within: 1e-6)
    tape.differentiate(loss)
    try fixtures.expect(x.gradient?.map { $0 * 6 }, equals: "focal.input")
  }
}
