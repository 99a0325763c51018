import Neural
import Tensors
import Testing

/// The ConvMixer and its training against PyTorch, from the same weights and batches.
@Suite struct ConvMixerFixtureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let configuration: ConvMixerConfiguration
    let crop: [Int]
    var optimiser = Optimiser.Settings.adamW()
    var steps = 50
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "even", configuration: ConvMixerConfiguration(dim: 16, depth: 2, kernel: [5, 5, 5], patch: [1, 2, 2]),
      crop: [4, 16, 16]),
    Case(
      name: "odd", configuration: ConvMixerConfiguration(dim: 11, depth: 2, kernel: [3, 5, 3], patch: [2, 1, 3]),
      crop: [6, 7, 12]),
    Case(
      name: "descent", configuration: ConvMixerConfiguration(dim: 11, depth: 1, kernel: [3, 5, 3], patch: [1, 2, 2]),
      crop: [4, 6, 8], optimiser: descent, steps: 20),
  ]

  /// Every choice that the recipes' defaults leave aside: momentum, clipped gradients, averaged weights.
  static let descent = {
    var settings = Optimiser.Settings.sgd(rate: 0.5, decay: 1e-3, momentum: 0.9)
    settings.largestNorm = 0.05
    settings.averageDecay = 0.8
    return settings
  }()

  let fixtures: Fixtures
  let engine = Engine(threads: 2)

  init() throws { fixtures = try Fixtures() }

  static func batch(_ step: Int, _ crop: [Int]) -> (input: Tensor, target: Tensor) {
    let target = Tensor.noise([2] + crop, 500 + step).map { $0 > 0.9 ? 1 : 0 }
    let (noise, values) = (Tensor.noise([2] + crop, 100 + step).values, target.values)
    return (Tensor(zip(noise, values).map { $0 + $1 }, shape: target.shape), target)
  }

  func training(_ item: Case) throws -> DetectorTraining {
    let start = try ConvMixer3D(item.configuration, state: fixtures.tensors.under("\(item.name).start."))
    return DetectorTraining(
      from: DetectorStart(start), optimiser: item.optimiser, schedule: .wsd, steps: item.steps, loss: FocalLoss(),
      engine: engine)
  }

  @Test(arguments: cases)
  func `all steps follow PyTorch's loss, weights and statistics`(item: Case) throws {
    let training = try training(item)
    let losses = try fixtures["\(item.name).losses"].values
    for step in 0..<item.steps {
      let (input, target) = ConvMixerFixtureTests.batch(step, item.crop)
      let loss = training.advance(input: input, target: target)
      #expect(abs(loss - losses[step]) <= 1e-4 * losses[step], "step \(step): \(loss), PyTorch \(losses[step])")
    }
    for (name, tensor) in training.model.state.entries {
      // A bias before a batch norm has no gradient but rounding, which Adam blows up to whole steps.
      try fixtures.expect(tensor, equals: "\(item.name).end.\(name)", within: 5e-3)
    }
  }

  @Test(arguments: cases)
  func `first logits and gradients are PyTorch's`(item: Case) throws {
    let training = try training(item)
    let (input, target) = ConvMixerFixtureTests.batch(0, item.crop)
    let (logits, gradients) = training.inspect(input: input, target: target)
    try fixtures.expect(logits, equals: "\(item.name).logits", within: 5e-5)
    let prefix = "\(item.name).gradient."
    let largest = gradients.entries.flatMap(\.tensor.values).map { abs($0) }.max() ?? 0
    for (name, tensor) in gradients.entries {
      let expected = try fixtures[prefix + name].values
      let error = zip(tensor.values, expected).map { abs($0 - $1) }.max() ?? 0
      let scale = expected.map { abs($0) }.max() ?? 0
      #expect(error <= 2e-4 * scale + 1e-6 * largest, "\(name): differs by \(error), largest \(scale)")
    }
  }

  @Test(arguments: cases)
  func `a model of PyTorch's state evaluates as there`(item: Case) throws {
    let model = try ConvMixer3D(item.configuration, state: fixtures.tensors.under("\(item.name).end."))
    let logits = model.logits(.noise([1] + item.crop, 900), on: engine)
    try fixtures.expect(logits, equals: "\(item.name).evaluated", within: 5e-5)
    #expect(model.state.names == fixtures.tensors.under("\(item.name).end.").names)
  }
}
