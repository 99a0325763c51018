import Neural
import Tensors
import Testing

@Suite struct ConvMixer3DTests {
  let engine = Engine(threads: 2)

  /// A model whose running statistics are not those of the start.
  static func trained(_ configuration: ConvMixerConfiguration) throws -> ConvMixer3D {
    let training = DetectorTraining(configuration: configuration, steps: 3, seed: 5, engine: Engine(threads: 1))
    for step in 0..<3 {
      let input = Tensor.noise([2, 4, 12, 12], step)
      _ = training.advance(input: input, target: input.map { $0 > 0.8 ? 1 : 0 })
    }
    return try ConvMixer3D(configuration, state: training.model.state)
  }

  @Test(arguments: [[1, 2, 2], [2, 3, 1]], [[4, 6, 12], [2, 24, 6], [10, 6, 18]])
  func `a block read with its halo has the bits of the whole volume`(patch: [Int], core: [Int]) throws {
    let model = try ConvMixer3DTests.trained(
      ConvMixerConfiguration(dim: 12, depth: 2, kernel: [3, 5, 5], patch: patch))
    let size = [20, 36, 42]
    let volume = Tensor.noise([1] + size, 9)
    let whole = model.logits(volume, on: engine)
    let radius = model.receptiveRadius
    for origin in [[0, 0, 0], [4, 12, 18], [8, 12, 24]] {
      let low = (0..<3).map { max(0, origin[$0] - radius[$0]) }
      let high = (0..<3).map { min(size[$0], origin[$0] + core[$0] + radius[$0]) }
      let read = model.logits(volume.box(low, high), on: engine)
      let end = (0..<3).map { min(size[$0], origin[$0] + core[$0]) }
      let part = read.box((0..<3).map { origin[$0] - low[$0] }, (0..<3).map { end[$0] - low[$0] })
      #expect(part.bits == whole.box(origin, end).bits, "block at \(origin)")
    }
  }

  @Test func `logits are the same from any number of threads`() throws {
    let model = try ConvMixer3DTests.trained(ConvMixerConfiguration(dim: 20, depth: 1, kernel: [3, 3, 3]))
    let volume = Tensor.noise([1, 9, 34, 38], 3)
    let expected = model.logits(volume, on: Engine(threads: 1)).bits
    for threads in 2...4 { #expect(model.logits(volume, on: Engine(threads: threads)).bits == expected) }
  }

  @Test func `a volume that the patch does not divide is filled up with zeros`() throws {
    let model = try ConvMixer3DTests.trained(ConvMixerConfiguration(dim: 8, depth: 1, kernel: [3, 3, 3]))
    let odd = Tensor.noise([1, 3, 7, 9], 3)
    let values = odd.values
    let filled = Tensor(
      (0..<3 * 8 * 10).map { $0 % 10 < 9 && $0 / 10 % 8 < 7 ? values[($0 / 80 * 7 + $0 / 10 % 8) * 9 + $0 % 10] : 0 },
      shape: [1, 3, 8, 10])
    let expected = model.logits(filled, on: engine).box([0, 0, 0], [3, 7, 9])
    #expect(model.logits(odd, on: engine).shape == [1, 3, 7, 9])
    #expect(model.logits(odd, on: engine).bits == expected.bits)
  }

  @Test func `an empty batch gives no logits`() {
    let model = ConvMixer3D(ConvMixerConfiguration(dim: 8, depth: 1, kernel: [3, 3, 3]), seed: 1)
    #expect(model.logits(Tensor(zeros: [0, 4, 4, 4]), on: engine).shape == [0, 4, 4, 4])
  }

  @Test func `a model starts within PyTorch's bounds and predicts one voxel in a hundred`() throws {
    let model = ConvMixer3D(ConvMixerConfiguration(dim: 24, depth: 1, kernel: [3, 3, 5]), seed: 1)
    let weight = try #require(model.state["3.0.f.0.weight"])
    #expect(weight.shape == [24, 1, 3, 3, 5])
    let bound = 1 / Float(45).squareRoot()
    #expect(weight.values.allSatisfy { abs($0) <= bound })
    #expect((weight.values.map { abs($0) }.max() ?? 0) > 0.98 * bound)
    #expect(abs(weight.values.reduce(0, +) / Float(weight.count)) < 0.1 * bound)
    let bias = try #require(model.state["4.bias"]).values
    #expect(bias.allSatisfy { abs($0 + 4.59512) < 1e-5 })
    #expect(ConvMixer3D(model.configuration, seed: 2).state["0.weight"]?.bits != model.state["0.weight"]?.bits)
  }

  @Test func `a model of its own state is the same model`() throws {
    let model = try ConvMixer3DTests.trained(ConvMixerConfiguration(dim: 9, depth: 1, kernel: [3, 3, 3]))
    let again = try ConvMixer3D(model.configuration, state: model.state)
    let volume = Tensor.noise([1, 2, 6, 6], 4)
    #expect(again.logits(volume, on: engine).bits == model.logits(volume, on: engine).bits)
    #expect(again.state.names == model.state.names)
  }

  @Test func `a state of another size is refused with the name of the tensor`() throws {
    let state = ConvMixer3D(ConvMixerConfiguration(dim: 8, depth: 1, kernel: [3, 3, 3]), seed: 1).state
    let wide = #expect(throws: ModelStateError.self) {
      try ConvMixer3D(ConvMixerConfiguration(dim: 9, depth: 1, kernel: [3, 3, 3]), state: state)
    }
    #expect(wide?.description == "tensor '2.running_mean' has shape [8], expected [9]; check the configuration")
    let deep = #expect(throws: ModelStateError.self) {
      try ConvMixer3D(ConvMixerConfiguration(dim: 8, depth: 0, kernel: [3, 3, 3]), state: state)
    }
    #expect(deep?.description == "tensor '3.0.f.0.weight' is not of this model; check the configuration")
  }

  @Test func `probabilities are the sigmoid of the logits`() throws {
    let model = try ConvMixer3DTests.trained(ConvMixerConfiguration(dim: 8, depth: 1, kernel: [3, 3, 3]))
    let volume = Tensor.noise([1, 2, 6, 6], 4)
    let (logits, shares) = (model.logits(volume, on: engine).values, model.probabilities(volume, on: engine).values)
    #expect(zip(logits, shares).allSatisfy { abs(1 / (1 + (-Double($0)).exponential) - Double($1)) < 1e-6 })
  }
}

extension Double {
  fileprivate var exponential: Double { Elementary.exp(self) }
}

extension Tensor {
  /// A half-open box of the one volume of `[1, z, y, x]`.
  func box(_ low: [Int], _ high: [Int]) -> Tensor {
    let values = values
    var part: [Float] = []
    for z in low[0]..<high[0] {
      for y in low[1]..<high[1] {
        for x in low[2]..<high[2] { part.append(values[(z * shape[2] + y) * shape[3] + x]) }
      }
    }
    return Tensor(part, shape: [1] + (0..<3).map { high[$0] - low[$0] })
  }
}
