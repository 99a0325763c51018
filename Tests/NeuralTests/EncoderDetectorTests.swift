import Neural
import Tensors
import Testing

/// Detectors on the encoder of a masked autoencoder, fine-tuned and frozen.
@Suite struct EncoderDetectorTests {
  /// Windows of 4 x 9 x 6 voxels.
  static let configuration = MaskedAutoencoderConfiguration(
    grid: [2, 3, 2], patch: [2, 3, 3], encoder: .init(width: 30, depth: 2, heads: 3),
    decoder: .init(width: 21, depth: 1, heads: 3), positions: .short)
  static let crop = [4, 18, 12]

  static var encoder: MaskedAutoencoder3D { MaskedAutoencoder3D(configuration, seed: 4) }
  static var network: EncoderDetector3D { EncoderDetector3D(on: encoder, seed: 5) }

  private func training(isFrozen: Bool, threads: Int) -> DetectorTraining {
    DetectorTraining(
      from: DetectorStart(Self.network, isFrozen: isFrozen), optimiser: Self.optimiser, steps: 8,
      engine: Engine(threads: threads))
  }

  private static let optimiser = Optimiser.Settings.adamW(rate: 1e-2, decay: 0.05)

  private func advance(_ training: DetectorTraining, by steps: Int) -> [UInt32] {
    (0..<steps).map { _ in
      let (input, target) = ConvMixerFixtureTests.batch(training.step, Self.crop)
      return training.advance(input: input, target: target).bitPattern
    }
  }

  // MARK: - Training

  @Test(arguments: [false, true], [2, 3])
  func `a training has the same bytes from any number of threads`(isFrozen: Bool, threads: Int) {
    let (one, many) = (training(isFrozen: isFrozen, threads: 1), training(isFrozen: isFrozen, threads: threads))
    #expect(advance(one, by: 4) == advance(many, by: 4))
    #expect(one.checkpoint().entries.map(\.tensor.bits) == many.checkpoint().entries.map(\.tensor.bits))
  }

  @Test(arguments: [false, true])
  func `a training resumed from a checkpoint goes on with the same bits`(isFrozen: Bool) throws {
    let (whole, first) = (training(isFrozen: isFrozen, threads: 2), training(isFrozen: isFrozen, threads: 1))
    let losses = advance(whole, by: 8)
    let before = advance(first, by: 3)
    let second = try DetectorTraining(
      from: DetectorStart(Self.network, isFrozen: isFrozen), optimiser: Self.optimiser, steps: 8,
      engine: Engine(threads: 3), resuming: first.checkpoint())
    #expect(before + advance(second, by: 5) == losses)
    #expect(second.checkpoint().entries.map(\.tensor.bits) == whole.checkpoint().entries.map(\.tensor.bits))
    #expect(second.model.state.entries.map(\.tensor.bits) == whole.model.state.entries.map(\.tensor.bits))
  }

  @Test(arguments: [false, true])
  func `all weights move, or those of the head alone`(isFrozen: Bool) {
    let training = training(isFrozen: isFrozen, threads: 2)
    _ = advance(training, by: 2)
    let before = Self.network.state
    let moved = training.model.state.entries.filter { $0.tensor.bits != before[$0.name]?.bits }.map(\.name)
    #expect(moved == (isFrozen ? ["head.weight", "head.bias"] : before.names))
    let kept = training.checkpoint().names.filter { $0.hasPrefix("model.") }
    #expect(kept == moved.map { "model." + $0 })
  }

  @Test func `a checkpoint of a frozen encoder is none of a fine-tuned one`() throws {
    let checkpoint = training(isFrozen: true, threads: 1).checkpoint()
    let error = try #require(throws: ModelStateError.self) {
      try DetectorTraining(
        from: DetectorStart(Self.network), steps: 8, engine: Engine(threads: 1), resuming: checkpoint)
    }
    #expect(
      error.description == "no tensor 'cls' of shape [30]; the state belongs to another model or was cut short")
  }

  // MARK: - Inference

  @Test func `a detector begins with the encoder's weights and finds hardly anything`() throws {
    let (network, encoder) = (Self.network, Self.encoder)
    for (name, tensor) in network.state.entries where !name.hasPrefix("head.") {
      #expect(tensor.bits == encoder.state[name]?.bits, "\(name)")
    }
    let bias = try #require(network.state["head.bias"]).values
    #expect(bias.allSatisfy { abs($0 + 4.59512) < 1e-5 })
    #expect(network.configuration.decoder.depth == 0)
    #expect(try EncoderDetector3D(network.configuration, state: network.state).state.names == network.state.names)
  }

  @Test func `the last window is moved inside and answers for what the others leave`() {
    let (network, engine) = (Self.network, Engine(threads: 2))
    let volume = Tensor.noise([1, 7, 20, 13], 9)
    let whole = network.logits(volume, on: engine)
    func window(_ corner: [Int]) -> Tensor {
      network.logits(volume.box(corner, zip(corner, [4, 9, 6]).map { $0 + $1 }), on: engine)
    }
    #expect(window([0, 0, 0]).bits == whole.box([0, 0, 0], [4, 9, 6]).bits)
    #expect(window([0, 9, 6]).bits == whole.box([0, 9, 6], [4, 18, 12]).bits)
    let last = window([3, 11, 7]).box([1, 7, 5], [4, 9, 6])
    #expect(last.bits == whole.box([4, 18, 12], [7, 20, 13]).bits)
  }

  @Test func `a volume smaller than a window is filled up with zeros`() {
    let (network, engine) = (Self.network, Engine(threads: 1))
    let small = Tensor.noise([1, 3, 9, 5], 9)
    var values = [Float](repeating: 0, count: 4 * 9 * 6)
    for (place, value) in small.values.enumerated() {
      let (z, y, x) = (place / 45, place / 5 % 9, place % 5)
      values[z * 54 + y * 6 + x] = value
    }
    let filled = network.logits(Tensor(values, shape: [1, 4, 9, 6]), on: engine)
    #expect(network.logits(small, on: engine).bits == filled.box([0, 0, 0], [3, 9, 5]).bits)
    #expect(network.logits(Tensor(zeros: [0, 4, 9, 6]), on: engine).count == 0)
  }

  @Test(arguments: [[4, 9, 6], [8, 18, 18]])
  func `a block read with its halo has the bits of the whole volume`(core: [Int]) {
    let (network, engine) = (Self.network, Engine(threads: 2))
    let size = [13, 31, 29]
    let volume = Tensor.noise([1] + size, 9)
    let whole = network.logits(volume, on: engine)
    let (radius, grid) = (network.receptiveRadius, network.architecture.alignment)
    for origin in [[0, 0, 0], [4, 9, 12], [8, 27, 24], [12, 18, 6]] {
      let end: [Int] = (0..<3).map { axis in min(size[axis], origin[axis] + core[axis]) }
      let low: [Int] = zip(origin, radius).map { max(0, $0 - $1) }
      var high: [Int] = []
      for axis in 0..<3 {
        let needed = end[axis] + radius[axis] + grid[axis] - 1
        high.append(min(size[axis], needed / grid[axis] * grid[axis]))
      }
      let read = network.logits(volume.box(low, high), on: engine)
      let part = read.box(zip(origin, low).map { $0 - $1 }, zip(end, low).map { $0 - $1 })
      #expect(part.bits == whole.box(origin, end).bits, "block at \(origin)")
    }
  }

  @Test func `logits are the same from any number of threads and for any batch`() {
    let network = Self.network
    let volumes = Tensor.noise([2, 8, 36, 30], 3)
    let expected = network.logits(volumes, on: Engine(threads: 1)).bits
    for threads in 2...3 { #expect(network.logits(volumes, on: Engine(threads: threads)).bits == expected) }
    let count = 8 * 36 * 30
    let first = Tensor(Array(volumes.values[..<count]), shape: [1, 8, 36, 30])
    #expect(network.logits(first, on: Engine(threads: 2)).bits == Array(expected[..<count]))
  }

  @Test func `crops in training are seen as volumes are`() {
    let (input, target) = ConvMixerFixtureTests.batch(0, Self.crop)
    let logits = training(isFrozen: false, threads: 1).inspect(input: input, target: target).logits
    #expect(logits.bits == Self.network.logits(input, on: Engine(threads: 2)).bits)
  }

  // MARK: - PyTorch

  /// The training that `make_mae_fixtures.py detector` does.
  private func reference(_ name: String) throws -> DetectorTraining {
    let state = NamedTensors.noise(like: Self.network.state)
    let start = DetectorStart(
      try EncoderDetector3D(Self.configuration, state: state), isFrozen: name == "frozen")
    return DetectorTraining(from: start, optimiser: Self.optimiser, steps: 20, engine: Engine(threads: 2))
  }

  @Test(arguments: ["fine-tuned", "frozen"])
  func `twenty steps follow PyTorch's loss and weights`(name: String) throws {
    let (training, fixtures) = (try reference(name), try Fixtures("detector"))
    for (step, expected) in try fixtures["\(name).losses"].values.enumerated() {
      let (input, target) = ConvMixerFixtureTests.batch(step, Self.crop)
      let loss = training.advance(input: input, target: target)
      #expect(abs(loss - expected) <= 1e-4 * expected, "step \(step): \(loss), PyTorch \(expected)")
    }
    let end = training.model.logits(.noise([1] + Self.crop, 900), on: Engine(threads: 1))
    try fixtures.expect(end, equals: "\(name).end", within: 1e-3)
    try fixtures.expect(training.model.state["head.weight"], equals: "\(name).head", within: 1e-3)
  }

  @Test(arguments: ["fine-tuned", "frozen"])
  func `first logits and gradients are PyTorch's`(name: String) throws {
    let fixtures = try Fixtures("detector")
    let (input, target) = ConvMixerFixtureTests.batch(0, Self.crop)
    let (logits, gradients) = try reference(name).inspect(input: input, target: target)
    try fixtures.expect(logits, equals: "\(name).logits", within: 2e-5)
    let expected = fixtures.tensors.under("\(name).gradient.")
    #expect(gradients.names == expected.names)
    let largest = gradients.entries.flatMap(\.tensor.values).map { abs($0) }.max() ?? 0
    for (name, tensor) in gradients.entries {
      let expected = try #require(expected[name]).values
      let error = zip(tensor.values, expected).map { abs($0 - $1) }.max() ?? 0
      let scale = expected.map { abs($0) }.max() ?? 0
      #expect(error <= 1e-4 * scale + 1e-6 * largest, "\(name): differs by \(error), largest \(scale)")
    }
  }
}
