import Tensors
import Testing

@Suite struct EngineTests {
  /// Over several cuts and with a short last one.
  @Test(arguments: [0, 1, 7, 8192, 8193, 100_003])
  func `sums over many cuts are right and the same from any number of threads`(count: Int) {
    let values = Tensor.noise([count], 3)
    let sums = (1...4).map { threads -> Float in
      let tape = Tape(on: Engine(threads: threads), isRecording: false)
      return tape.sum(tape.constant(values)).value.values[0]
    }
    let expected = values.values.reduce(0.0) { $0 + Double($1) }
    #expect(Set(sums.map(\.bitPattern)).count == 1)
    #expect(abs(Double(sums[0]) - expected) < 1e-3)
  }

  @Test(arguments: [[0, 2, 3, 3, 5], [2, 0, 3, 3, 5]])
  func `operations take empty volumes`(shape: [Int]) {
    let tape = Tape(on: Engine(threads: 2), isRecording: true)
    let x = tape.parameter(Tensor(zeros: shape))
    let (w, b) = (tape.parameter(Tensor(zeros: [5, 1, 3, 3, 3])), tape.parameter(Tensor(zeros: [5])))
    let deep = tape.depthwise(tape.blocked(x), weight: w, bias: b)
    let mixed = tape.pointwise(
      tape.gelu(deep), weight: tape.parameter(Tensor(zeros: [3, 5])), bias: tape.parameter(Tensor(zeros: [3])))
    let y = tape.unblocked(mixed, channels: 3)
    #expect(y.value.shape == Array(shape.dropLast()) + [3])
    tape.differentiate(y)
    #expect(w.gradient?.values == [Float](repeating: 0, count: 135))
  }

  @Test func `matrix products take empty matrices`() {
    let tape = Tape(on: Engine(threads: 2), isRecording: false)
    func zeros(_ shape: [Int]) -> Variable { tape.constant(Tensor(zeros: shape)) }
    #expect(tape.product(zeros([0, 3]), zeros([3, 4])).value.shape == [0, 4])
    #expect(tape.product(zeros([2, 0]), zeros([0, 3])).value.values == [0, 0, 0, 0, 0, 0])
    #expect(tape.product(zeros([2, 3]), zeros([3, 0])).value.count == 0)
  }

  @Test func `a large product is the same from any number of threads`() {
    let (a, b) = (Tensor.noise([401, 33], 1), Tensor.noise([33, 29], 2))
    let products = (1...4).map { threads -> Tensor in
      let tape = Tape(on: Engine(threads: threads), isRecording: false)
      return tape.product(tape.constant(a), tape.constant(b)).value
    }
    #expect(Set(products.map(\.bits)).count == 1)
    let expected = (0..<33).reduce(0.0) { $0 + Double(a.values[399 * 33 + $1]) * Double(b.values[$1 * 29 + 7]) }
    #expect(abs(Double(products[0].values[399 * 29 + 7]) - expected) < 1e-5)
  }

  @Test func `an engine serves several callers at once`() async {
    let engine = Engine(threads: 2)
    let values = Tensor.noise([50_000], 3)
    let sums = await withTaskGroup(of: Float.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let tape = Tape(on: engine, isRecording: false)
          return tape.sum(tape.gelu(tape.constant(values))).value.values[0]
        }
      }
      return await group.reduce(into: Set<Float>()) { $0.insert($1) }
    }
    #expect(sums.count == 1)
  }
}
