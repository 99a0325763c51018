import Tensors
import Testing

/// The derivative of each operation against central differences of its value.
@Suite struct GradientTests {
  typealias Operation = @Sendable (Tape, [Variable]) -> Variable

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    let apply: Operation
    var testDescription: String { name }

    init(_ name: String, _ shapes: [Int]..., apply: @escaping Operation) {
      self.name = name
      self.shapes = shapes
      self.apply = apply
    }
  }

  static let cases = [
    Case("add", [3, 5], [3, 5]) { $0.add($1[0], $1[1]) },
    Case("a value used twice", [7]) { $0.add($0.sigmoid($1[0]), $0.gelu($1[0])) },
    Case("GELU", [3, 11]) { $0.gelu($1[0]) },
    Case("sigmoid", [13]) { $0.sigmoid($1[0]) },
    Case("softmax", [3, 5]) { $0.softmax($1[0]) },
    Case("softmax of one", [3, 1]) { $0.softmax($1[0]) },
    Case("sum", [4, 5]) { $0.sum($1[0]) },
    Case("mean", [4, 5]) { $0.mean($1[0]) },
    Case("product", [4, 9], [9, 3]) { $0.product($1[0], $1[1]) },
    Case("linear", [2, 3, 9], [5, 9], [5]) { $0.linear($1[0], weight: $1[1], bias: $1[2]) },
    Case("layout", [2, 3, 2, 3, 11]) { $0.unblocked($0.blocked($1[0]), channels: 11) },
    Case("patches", [2, 2, 4, 6]) {
      $0.volumes($0.gelu($0.patches($1[0], of: Lengths(1, 2, 3))), from: Lengths(1, 2, 3))
    },
    Case("depthwise", [2, 2, 3, 4, 5], [5, 1, 3, 3, 3], [5]) {
      $0.unblocked($0.depthwise($0.blocked($1[0]), weight: $1[1], bias: $1[2]), channels: 5)
    },
    Case("depthwise with residual", [1, 2, 3, 4, 5], [5, 1, 1, 3, 5], [5]) { tape, leaves in
      let x = tape.blocked(leaves[0])
      let deep = tape.depthwise(x, weight: leaves[1], bias: leaves[2])
      return tape.unblocked(tape.add(deep, tape.gelu(x)), channels: 5)
    },
    Case("pointwise", [2, 2, 2, 3, 9], [3, 9], [3]) {
      $0.unblocked($0.pointwise($0.blocked($1[0]), weight: $1[1], bias: $1[2]), channels: 3)
    },
    Case("batch norm", [2, 2, 3, 2, 5], [5], [5]) {
      $0.unblocked($0.batchNorm($0.blocked($1[0]), scale: $1[1], shift: $1[2]).output, channels: 5)
    },
    Case("batch norm after GELU with residual", [2, 2, 3, 2, 5], [5], [5], [2, 2, 3, 2, 5]) { tape, leaves in
      let residual = tape.blocked(leaves[3])
      let x = tape.blocked(leaves[0])
      let y = tape.batchNorm(x, scale: leaves[1], shift: leaves[2], afterGELU: true, residual: residual).output
      return tape.unblocked(y, channels: 5)
    },
    Case("focal loss", [3, 7]) { tape, leaves in
      let targets = Tensor((0..<21).map { $0 % 3 == 0 ? 1 : $0 % 3 == 1 ? 0 : 0.3 }, shape: [3, 7])
      return tape.focalLoss(leaves[0], targets: targets, alpha: 0.25, gamma: 2)
    },
    Case("layer norm", [3, 35, 11], [11], [11]) { $0.layerNorm($1[0], weight: $1[1], bias: $1[2]) },
    Case("layer norm beside a residual", [3, 9], [9], [9]) {
      $0.add($1[0], $0.layerNorm($1[0], weight: $1[1], bias: $1[2]))
    },
    Case("group norm", [2, 3, 4, 6], [6], [6]) { $0.groupNorm($1[0], weight: $1[1], bias: $1[2], groups: 3) },
    Case("attention", [2, 5, 18]) { $0.attention($1[0], heads: 2) },
    Case("attention of one token", [3, 1, 24]) { $0.attention($1[0], heads: 1) },
    Case("layer scale", [5, 13], [13]) { $0.layerScale($1[0], by: $1[1]) },
    Case("rows put together", [2, 3, 5], [5]) { tape, leaves in
      let plan = RowPlan(sources: [4, -1, 0, 2, -1, 5, 1], places: [0, 1, 2, -1, 1, 0, 2], inputs: 6)
      return tape.assembled(
        leaves[0], by: plan, filler: leaves[1], positions: .noise([3, 5], 9), shape: [7, 5])
    },
    Case("tokens", [2, 4, 6, 6]) { tape, leaves in
      let tokens = tape.tokens(leaves[0], of: Lengths(2, 3, 2))
      return tape.add(tape.volumes(tape.gelu(tokens), from: Lengths(2, 3, 2), size: Lengths(4, 6, 6)), leaves[0])
    },
    Case("weighted mean squares", [5, 7]) {
      $0.weightedMeanSquares($1[0], targets: .noise([5, 7], 8), weights: [1, 0, 2.5, 0.5, 3])
    },
    Case("dense convolution", [2, 2, 3, 4, 2], [3, 2, 3, 1, 3], [3]) {
      $0.convolution($1[0], weight: $1[1], bias: $1[2])
    },
    Case("dropout", [4, 9]) { $0.dropout($1[0], rate: 0.4, seed: 1, purpose: "test", position: 3) },
    Case("linear onto a residual", [2, 3, 9], [5, 9], [5], [5], [2, 3, 5]) {
      $0.linear($1[0], weight: $1[1], bias: $1[2], scale: $1[3], onto: $1[4])
    },
    Case("perceptron", [2, 3, 9], [11, 9], [11], [5, 11], [5], [5], [2, 3, 5]) { tape, leaves in
      tape.perceptron(
        leaves[0], first: LinearParameters(weight: leaves[1], bias: leaves[2]),
        second: LinearParameters(weight: leaves[3], bias: leaves[4]), scale: leaves[5], onto: leaves[6])
    },
  ]

  @Test(arguments: cases)
  func `a derivative matches finite differences`(item: Case) throws {
    let engine = Engine(threads: 2)
    let inputs = item.shapes.enumerated().map { Tensor.noise($1, $0 + 1) }
    let tape = Tape(on: engine, isRecording: true)
    let leaves = inputs.map { tape.parameter($0) }
    let output = item.apply(tape, leaves)
    let weights = Tensor.noise(output.value.shape, 77)
    tape.differentiate(output, gradient: weights)
    for (place, leaf) in leaves.enumerated() {
      let gradient = try #require(leaf.gradient).values
      for index in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 7)) {
        let step: Float = 1e-2
        let sides = [step, -step].map { change -> Double in
          var changed = inputs
          changed[place].withMutableSpan { $0[index] += change }
          let tape = Tape(on: engine, isRecording: false)
          let value = item.apply(tape, changed.map { tape.constant($0) }).value
          return zip(value.values, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let difference = (sides[0] - sides[1]) / (2 * Double(step))
        let largest = Double(gradient.map { abs($0) }.max() ?? 0)
        #expect(abs(difference - Double(gradient[index])) < 4e-3 * (largest + 0.05), "input \(place), number \(index)")
      }
    }
  }

  @Test(arguments: cases)
  func `values and derivatives have the same bytes from any number of threads`(item: Case) {
    func bits(_ threads: Int) -> [[UInt32]] {
      let tape = Tape(on: Engine(threads: threads), isRecording: true)
      let leaves = item.shapes.enumerated().map { tape.parameter(.noise($1, $0 + 1)) }
      let output = item.apply(tape, leaves)
      tape.differentiate(output, gradient: .noise(output.value.shape, 77))
      return [output.value.bits] + leaves.map { $0.gradient?.bits ?? [] }
    }
    let one = bits(1)
    for threads in 2...4 { #expect(bits(threads) == one) }
  }
}
