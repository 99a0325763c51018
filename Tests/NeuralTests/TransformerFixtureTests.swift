import Neural
import Tensors
import Testing

/// The operations of the masked autoencoder against PyTorch, on odd shapes.
@Suite struct TransformerFixtureTests {
  let fixtures: Fixtures
  let engine = Engine(threads: 2)
  let tape: Tape

  init() throws {
    fixtures = try Fixtures("mae")
    tape = Tape(on: engine, isRecording: true)
  }

  func leaf(_ shape: [Int], _ salt: Int) -> Variable { tape.parameter(.noise(shape, salt)) }

  func check(_ name: String, _ output: Variable, _ leaves: [String: Variable]) throws {
    try fixtures.expect(output.value, equals: "\(name).output", within: 1e-5)
    tape.differentiate(output, gradient: .noise(output.value.shape, 4))
    for (label, leaf) in leaves { try fixtures.expect(leaf.gradient, equals: "\(name).\(label)", within: 1e-5) }
  }

  @Test(arguments: [3, 8, 21, 72])
  func `a layer norm is PyTorch's`(width: Int) throws {
    let (x, w, b) = (leaf([3, 23, width], 1), leaf([width], 2), leaf([width], 3))
    try check("layer norm \(width)", tape.layerNorm(x, weight: w, bias: b), ["input": x, "weight": w, "bias": b])
  }

  @Test(arguments: [
    (1, 1, 8), (7, 3, 5), (17, 2, 32), (26, 2, 64), (41, 1, 24), (9, 4, 1), (65, 3, 16),
  ])
  func `attention is PyTorch's`(tokens: Int, heads: Int, width: Int) throws {
    let shape = [2, tokens, 3 * heads * width]
    let x = tape.parameter(Tensor.noise(shape, 1).map { $0 * 3 })
    let y = tape.attention(x, heads: heads)
    let name = "attention \(tokens) \(heads) \(width)"
    try fixtures.expect(y.value, equals: "\(name).output", within: 1e-5)
    tape.differentiate(y, gradient: .noise(y.value.shape, 4))
    try fixtures.expect(x.gradient?.map { $0 * 3 }, equals: "\(name).qkv", within: 1e-5)
  }

  @Test func `tokens put back among fillers are PyTorch's`() throws {
    let (x, filler) = (leaf([2, 3, 11], 1), leaf([11], 2))
    let plan = RowPlan(
      sources: [1, -1, 2, -1, 0, 5, 3, -1, 4, -1], places: Array(0..<5) + Array(0..<5), inputs: 6)
    let y = tape.assembled(x, by: plan, filler: filler, positions: .noise([5, 11], 3), shape: [2, 5, 11])
    try check("assembled", y, ["rows": x, "filler": filler])
  }

  @Test func `the weighted loss is PyTorch's`() throws {
    let x = leaf([2, 7, 13], 1)
    let (a, b) = (Tensor.noise([14], 3).values, Tensor.noise([14], 5).values)
    let weights = zip(a, b).map { $1 > -0.3 ? $0 + 1 : 0 }
    let loss = tape.weightedMeanSquares(x, targets: .noise([2, 7, 13], 2), weights: weights)
    try fixtures.expect(loss.value, equals: "mean squares.output", within: 1e-6)
    tape.differentiate(loss)
    try fixtures.expect(x.gradient, equals: "mean squares.input", within: 1e-5)
  }

  @Test func `LayerScale is PyTorch's product`() throws {
    let (x, s) = (leaf([3, 37, 13], 1), leaf([13], 2))
    try check("layer scale", tape.layerScale(x, by: s), ["input": x, "scale": s])
  }

  @Test(arguments: [(12, 3), (5, 1), (7, 7)])
  func `a group norm is PyTorch's`(channels: Int, groups: Int) throws {
    let (x, w, b) = (leaf([2, 3, 4, 5, channels], 1), leaf([channels], 2), leaf([channels], 3))
    let y = tape.groupNorm(x, weight: w, bias: b, groups: groups)
    try check("group norm \(channels) \(groups)", y, ["input": x, "weight": w, "bias": b])
  }

  @Test(arguments: [(3, 5, [3, 3, 3]), (2, 9, [1, 3, 5]), (1, 1, [1, 1, 1])])
  func `a dense convolution is PyTorch's`(inputs: Int, outputs: Int, kernel: [Int]) throws {
    let (x, w, b) = (leaf([2, 3, 4, 5, inputs], 1), leaf([outputs, inputs] + kernel, 2), leaf([outputs], 3))
    let y = tape.convolution(x, weight: w, bias: b)
    try check("convolution \(inputs) \(outputs)", y, ["input": x, "weight": w, "bias": b])
  }

  @Test func `a linear layer onto a residual is PyTorch's`() throws {
    let (x, w, b) = (leaf([3, 23, 21], 1), leaf([10, 21], 2), leaf([10], 3))
    let (s, r) = (leaf([10], 5), leaf([3, 23, 10], 6))
    let y = tape.linear(x, weight: w, bias: b, scale: s, onto: r)
    try check("residual linear", y, ["input": x, "weight": w, "bias": b, "scale": s, "residual": r])
  }

  @Test func `a perceptron onto a residual is PyTorch's`() throws {
    let (x, w, b) = (leaf([3, 23, 21], 1), leaf([37, 21], 2), leaf([37], 3))
    let (v, c, s, r) = (leaf([10, 37], 7), leaf([10], 8), leaf([10], 5), leaf([3, 23, 10], 6))
    let y = tape.perceptron(
      x, first: LinearParameters(weight: w, bias: b), second: LinearParameters(weight: v, bias: c), scale: s, onto: r)
    try check(
      "perceptron", y,
      ["input": x, "weight 1": w, "bias 1": b, "weight 2": v, "bias 2": c, "scale": s, "residual": r])
  }

  @Test func `descent with momentum and clipped gradients is PyTorch's`() throws {
    var (weight, moment) = (Tensor.noise([1003], 1), Tensor(zeros: [1003]))
    for step in 0..<3 {
      let gradients = GradientBuffer(count: 1003)
      let tape = Tape(on: engine, isRecording: true)
      let x = tape.parameter(Tensor(zeros: [1003]), gradient: gradients, at: 0)
      tape.differentiate(tape.gelu(x), gradient: Tensor.noise([1003], 10 + step).map { $0 * 2 })  // gelu'(0) is a half
      let norm = gradients.clip(toNorm: 10, on: engine)
      try fixtures.expect(Tensor([Float(norm)], shape: []), equals: "sgd.norm \(step)", within: 1e-6)
      engine.sgd(
        rate: 0.1, momentum: 0.9, decay: 0.01, 0..<1003, weight: &weight, gradient: gradients.tensor, moment: &moment)
    }
    try fixtures.expect(weight, equals: "sgd.weight", within: 1e-6)
  }
}
