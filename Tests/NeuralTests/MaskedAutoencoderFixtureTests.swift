import Neural
import Tensors
import Testing

/// The masked autoencoder and its training against PyTorch, from the same weights, masks and batches.
@Suite struct MaskedAutoencoderFixtureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let configuration: MaskedAutoencoderConfiguration
    let visible: Int
    let batch: Int
    var testDescription: String { name }

    /// The model that `make_mae_fixtures.py` begins with.
    func start() throws -> MaskedAutoencoder3D {
      let state = NamedTensors.noise(like: MaskedAutoencoder3D(configuration, seed: 1).state)
      return try MaskedAutoencoder3D(configuration, state: state)
    }

    func crops(_ step: Int) -> Tensor {
      Tensor.noise([batch] + configuration.crop, 100 + step).map { ($0 + 1) / 2 }
    }

    func inputs(_ step: Int) -> (crops: Tensor, masks: PatchMasks, weights: [Float]) {
      let (masks, weights) = chosen(step)
      return (crops(step), masks, weights)
    }

    /// The visible patches of a step, and the weights of all.
    func chosen(_ step: Int) -> (masks: PatchMasks, weights: [Float]) {
      let tokens = configuration.tokens
      let keys = Tensor.noise([batch, tokens], 300 + step).values
      let chosen = (0..<batch).map { sample -> [Int] in
        let own = keys[sample * tokens..<(sample + 1) * tokens]
        let order = own.indices.sorted { own[$0] < own[$1] }
        return order[..<visible].map { $0 - own.startIndex }
      }
      let weights = Tensor.noise([batch, tokens], 500 + step).values.map { $0 + 1.25 }
      return (PatchMasks(visible: chosen, of: tokens), weights)
    }
  }

  static let cases = [
    Case(
      name: "odd",
      configuration: MaskedAutoencoderConfiguration(
        grid: [2, 3, 2], patch: [2, 3, 3], encoder: .init(width: 30, depth: 2, heads: 3),
        decoder: .init(width: 21, depth: 1, heads: 3)), visible: 7, batch: 3),
    Case(
      name: "even",
      configuration: MaskedAutoencoderConfiguration(
        grid: [2, 2, 3], patch: [2, 4, 4], encoder: .init(width: 48, depth: 1, heads: 3),
        decoder: .init(width: 24, depth: 1, heads: 3), positions: .short), visible: 5, batch: 2),
  ]

  /// The geometries and mask ratios of `recipes/mae-sweep.yaml`, in a narrow model.
  static let sweep = [[4, 8, 8], [6, 12, 12], [8, 16, 16]].flatMap { patch in
    [0.15, 0.35, 0.55, 0.75].map { ratio in
      let configuration = MaskedAutoencoderConfiguration(
        patch: patch, encoder: .init(width: 24, depth: 2, heads: 3), decoder: .init(width: 12, depth: 1, heads: 3),
        positions: .short)
      return Case(
        name: "\(patch.map(String.init).joined(separator: "x")) \(ratio)", configuration: configuration,
        visible: configuration.visibleTokens(ratio: ratio), batch: 2)
    }
  }

  let fixtures: Fixtures
  let engine = Engine(threads: 2)

  init() throws { fixtures = try Fixtures("mae") }

  func training(_ item: Case, loss: PatchLoss = PatchLoss(meanVariance: nil)) throws -> MaskedAutoencoderTraining {
    MaskedAutoencoderTraining(
      from: try item.start(), optimiser: .adamW(rate: 2e-3, decay: 0.05, beta1: 0.9, beta2: 0.95), steps: 50,
      ratio: 0.5, loss: loss, seed: 1, engine: engine)
  }

  @Test(arguments: cases)
  func `fifty steps follow PyTorch's loss`(item: Case) throws {
    let training = try training(item)
    let losses = try fixtures["\(item.name).losses"].values
    for step in 0..<50 {
      let (crops, masks, weights) = item.inputs(step)
      let loss = training.advance(crops: crops, masks: masks, weights: weights)
      #expect(abs(loss - losses[step]) <= 1e-3 * losses[step], "step \(step): \(loss), PyTorch \(losses[step])")
    }
    let (crops, masks, _) = item.inputs(0)
    let end = training.model.reconstruct(crops, masks, on: engine)
    let tokens = Tape(on: engine, isRecording: false)
    let rows = tokens.tokens(tokens.constant(end), of: Lengths(item.configuration.patch)).value
    try fixtures.expect(rows, equals: "\(item.name).end", within: 5e-3)
    try fixtures.expect(training.model.state["blocks.0.fc1.weight"], equals: "\(item.name).weight", within: 5e-3)
  }

  @Test(arguments: sweep)
  func `fifty steps at a geometry and ratio of the sweep follow PyTorch's loss`(item: Case) throws {
    let training = try training(item)
    let losses = try Fixtures("sweep")["\(item.name).losses"].values
    try #require(losses.count == 50)
    // The same four batches of crops again and again, each time under other masks.
    let crops = (0..<4).map(item.crops)
    for (step, expected) in losses.enumerated() {
      let (masks, weights) = item.chosen(step)
      let loss = training.advance(crops: crops[step % 4], masks: masks, weights: weights)
      #expect(abs(loss - expected) <= 1e-3 * expected, "step \(step): \(loss), PyTorch \(expected)")
    }
  }

  @Test(arguments: cases)
  func `the first gradients are PyTorch's`(item: Case) throws {
    let (crops, masks, weights) = item.inputs(0)
    let (loss, gradients) = try training(item).inspect(crops: crops, masks: masks, weights: weights)
    let expected = try fixtures["\(item.name).losses"].values[0]
    #expect(abs(loss - expected) <= 1e-5 * expected)
    let largest = gradients.entries.flatMap(\.tensor.values).map { abs($0) }.max() ?? 0
    for (name, tensor) in gradients.entries {
      let expected = try fixtures["\(item.name).gradient.\(name)"].values
      let error = zip(tensor.values, expected).map { abs($0 - $1) }.max() ?? 0
      let scale = expected.map { abs($0) }.max() ?? 0
      #expect(error <= 1e-4 * scale + 1e-6 * largest, "\(name): differs by \(error), largest \(scale)")
    }
  }

  @Test(arguments: cases)
  func `positions, features and reconstructions are PyTorch's`(item: Case) throws {
    let model = try item.start()
    let (crops, masks, _) = item.inputs(0)
    try fixtures.expect(model.features(crops, on: engine), equals: "\(item.name).features", within: 2e-5)
    let reconstruction = model.reconstruct(crops, masks, on: engine)
    try fixtures.expect(reconstruction, equals: "\(item.name).reconstruction", within: 2e-5)
  }

  @Test(arguments: cases)
  func `normalised targets and content weights give PyTorch's loss`(item: Case) throws {
    let (crops, masks, weights) = item.inputs(0)
    let normalised = try training(item, loss: PatchLoss(meanVariance: nil, target: .normalised))
    let loss = normalised.inspect(crops: crops, masks: masks, weights: weights).loss
    try fixtures.expect(Tensor([loss], shape: []), equals: "\(item.name).normalised")
    let content = try training(item, loss: PatchLoss(meanVariance: 0.08))
    let weighed = content.inspect(crops: crops, masks: masks).loss
    try fixtures.expect(Tensor([weighed], shape: []), equals: "\(item.name).content")
  }
}
