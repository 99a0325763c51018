import Neural
import Tensors
import Testing

@Suite struct MaskedAutoencoderTests {
  /// Odd widths, and rows enough that sums over them span at least three cuts in encoder, decoder and loss.
  static let odd = MaskedAutoencoderConfiguration(
    grid: [3, 3, 2], patch: [2, 3, 5], encoder: .init(width: 33, depth: 2, heads: 3),
    decoder: .init(width: 21, depth: 1, heads: 3), layerScale: 0.1)
  static let batch = 9

  static func crops(_ step: Int) -> Tensor { Tensor.noise([batch] + odd.crop, step).map { ($0 + 1) / 2 } }

  static func advance(_ training: MaskedAutoencoderTraining, by steps: Int) -> [UInt32] {
    (0..<steps).map { _ in training.advance(crops: crops(training.step)).bitPattern }
  }

  static func training(threads: Int) -> MaskedAutoencoderTraining {
    MaskedAutoencoderTraining(
      configuration: odd, steps: 8, ratio: 0.35, loss: PatchLoss(meanVariance: 0.05), seed: 3,
      engine: Engine(threads: threads))
  }

  @Test(arguments: [2, 3, 4])
  func `a training has the same bytes from any number of threads`(threads: Int) {
    let (one, many) = (MaskedAutoencoderTests.training(threads: 1), MaskedAutoencoderTests.training(threads: threads))
    #expect(MaskedAutoencoderTests.advance(one, by: 4) == MaskedAutoencoderTests.advance(many, by: 4))
    #expect(one.checkpoint().entries.map(\.tensor.bits) == many.checkpoint().entries.map(\.tensor.bits))
  }

  @Test func `a training resumed from a checkpoint goes on with the same bits`() throws {
    let whole = MaskedAutoencoderTests.training(threads: 2)
    let losses = MaskedAutoencoderTests.advance(whole, by: 8)
    let first = MaskedAutoencoderTests.training(threads: 1)
    let before = MaskedAutoencoderTests.advance(first, by: 3)
    let checkpoint = first.checkpoint()
    // What the first training does from here on must not reach the checkpoint.
    _ = MaskedAutoencoderTests.advance(first, by: 1)
    let second = try MaskedAutoencoderTraining(
      configuration: MaskedAutoencoderTests.odd, steps: 8, ratio: 0.35, loss: PatchLoss(meanVariance: 0.05), seed: 3,
      engine: Engine(threads: 2), resuming: checkpoint)
    #expect(second.step == 3)
    #expect(before + MaskedAutoencoderTests.advance(second, by: 5) == losses)
    #expect(second.checkpoint().names == whole.checkpoint().names)
    #expect(second.checkpoint().entries.map(\.tensor.bits) == whole.checkpoint().entries.map(\.tensor.bits))
  }

  @Test func `after the second step buffers are used again`() {
    let engine = Engine(threads: 2)
    let configuration = MaskedAutoencoderConfiguration(.smoke, patch: [2, 4, 4])
    let training = MaskedAutoencoderTraining(
      configuration: configuration, steps: 8, ratio: 0.35, seed: 3, engine: engine)
    let crops = Tensor.noise([8] + configuration.crop, 1)
    for _ in 0..<2 { _ = training.advance(crops: crops) }
    let before = engine.allocations
    for _ in 0..<3 { _ = training.advance(crops: crops) }
    #expect(engine.allocations == before)
  }

  @Test func `training learns to fill in what is hidden`() {
    let configuration = MaskedAutoencoderConfiguration(.smoke, patch: [2, 2, 2])
    let training = MaskedAutoencoderTraining(
      configuration: configuration, optimiser: .adamW(rate: 3e-3, decay: 0.05, beta1: 0.9, beta2: 0.95),
      steps: 120, ratio: 0.55, seed: 1, engine: Engine(threads: 2))
    let losses = (0..<120).map { step in
      // Each crop has a brightness of its own, which the visible patches tell.
      let levels = Tensor.noise([16], step).values
      let crops = Tensor(
        (0..<16).flatMap { [Float](repeating: levels[$0] / 2 + 0.5, count: 512) }, shape: [16, 8, 8, 8])
      return training.advance(crops: crops)
    }
    #expect(losses[115...].reduce(0, +) < 0.1 * losses[..<5].reduce(0, +))
  }

  @Test func `a model of its own state is the same model`() throws {
    let model = MaskedAutoencoderTests.training(threads: 1).model
    let engine = Engine(threads: 2)
    let again = try MaskedAutoencoder3D(model.configuration, state: model.state)
    let crops = MaskedAutoencoderTests.crops(1)
    #expect(again.features(crops, on: engine).bits == model.features(crops, on: engine).bits)
    #expect(model.features(crops, on: engine).shape == [9, 19, 33])
  }

  @Test func `a state of another size is refused with the name of the tensor`() throws {
    let state = MaskedAutoencoder3D(MaskedAutoencoderConfiguration(.smoke), seed: 1).state
    let wide = #expect(throws: ModelStateError.self) {
      try MaskedAutoencoder3D(MaskedAutoencoderConfiguration(.sweep), state: state)
    }
    #expect(wide?.description == "tensor 'cls' has shape [48], expected [96]; check the configuration")
  }

  @Test func `an empty batch gives no features`() {
    let model = MaskedAutoencoder3D(MaskedAutoencoderConfiguration(.smoke, patch: [2, 2, 2]), seed: 1)
    #expect(model.features(Tensor(zeros: [0, 8, 8, 8]), on: Engine(threads: 2)).shape == [0, 65, 48])
  }

  @Test func `a model that knows the spread of its voxels starts alike, whatever the spread`() throws {
    // Shifted and scaled voxels have the features of standard ones, and give back what is shifted and scaled alike.
    let spread = VoxelSpread(mean: 0.25, deviation: 0.5)
    let configuration = MaskedAutoencoderConfiguration(.smoke, patch: [2, 4, 4])
    let plain = MaskedAutoencoder3D(configuration, seed: 1)
    let spreaded = MaskedAutoencoder3D(configuration, seed: 1, inputs: spread, outputs: spread)
    let crops = Tensor.noise([2] + configuration.crop, 1)
    let moved = crops.map { $0 * 0.5 + 0.25 }
    let (masks, engine) = (PatchMasks(batch: 2, visible: 41, of: 64, seed: 1, step: 0), Engine(threads: 2))
    let (features, same) = (plain.features(crops, on: engine), spreaded.features(moved, on: engine))
    #expect(zip(features.values, same.values).allSatisfy { abs($0 - $1) < 1e-4 })
    let (voxels, back) = (plain.reconstruct(crops, masks, on: engine), spreaded.reconstruct(moved, masks, on: engine))
    #expect(zip(voxels.values, back.values).allSatisfy { abs($0 * 0.5 + 0.25 - $1) < 1e-4 })
    #expect(voxels.values.contains { abs($0) > 0.1 })
  }

  @Test func `a model starts as the presets say`() throws {
    let state = MaskedAutoencoder3D(MaskedAutoencoderConfiguration(.sweep), seed: 1).state
    let weight = try #require(state["blocks.0.fc1.weight"]).values
    let bound = (6 / Float(96 + 384)).squareRoot()
    #expect(weight.allSatisfy { abs($0) <= bound })
    #expect((weight.map { abs($0) }.max() ?? 0) > 0.99 * bound)
    #expect(try #require(state["blocks.3.ls2"]).values.allSatisfy { $0 == 0.1 })
    #expect(try #require(state["cls"]).values.allSatisfy { abs($0) <= 0.04 && $0 != 0 })
    #expect(MaskedAutoencoderConfiguration(.paper).layerScale == 1e-5)
  }

  @Test(arguments: [(0.15, 54), (0.35, 41), (0.55, 28), (0.75, 16)])
  func `a ratio leaves as many tokens as the paper's`(ratio: Double, visible: Int) {
    #expect(MaskedAutoencoderConfiguration(.paper).visibleTokens(ratio: ratio) == visible)
  }
}

@Suite struct PatchMasksTests {
  @Test func `masks depend on seed, step and place alone`() {
    func masks(batch: Int, seed: UInt64 = 1, step: Int = 5) -> PatchMasks {
      PatchMasks(batch: batch, visible: 41, of: 64, seed: seed, step: step)
    }
    #expect(masks(batch: 2).visible == Array(masks(batch: 5).visible[..<2]))
    #expect(masks(batch: 2) != masks(batch: 2, seed: 2))
    #expect(masks(batch: 2) != masks(batch: 2, step: 6))
    #expect(masks(batch: 2).visible[0] != masks(batch: 2).visible[1])
  }

  @Test(arguments: [0, 1, 32])
  func `masks of a part of a batch are those of the whole`(first: Int) {
    let whole = PatchMasks(batch: 40, visible: 41, of: 64, seed: 1, step: 5)
    let part = PatchMasks(batch: 40 - first, visible: 41, of: 64, seed: 1, step: 5, first: first)
    #expect(part.visible == Array(whole.visible[first...]))
  }

  @Test func `every patch is masked about as often`() {
    var counts = [Int](repeating: 0, count: 64)
    for own in PatchMasks(batch: 4000, visible: 16, of: 64, seed: 1, step: 0).visible {
      for token in own { counts[token] += 1 }
    }
    // 1000 each, give or take five deviations of 27.
    #expect(counts.allSatisfy { abs($0 - 1000) < 137 })
  }

  @Test func `visible and masked patches are all patches`() {
    let masks = PatchMasks(visible: [[3, 1], [0, 4]], of: 5)
    #expect(masks.visible == [[1, 3], [0, 4]])
    #expect(masks.masked == [[0, 2, 4], [1, 2, 3]])
  }
}

@Suite struct WarmUpTests {
  @Test(arguments: [(0, 2e-5), (49, 1e-3), (50, 1e-3), (525, 5e-4), (999, 2.734e-9)] as [(Int, Float)])
  func `a share of the steps warms up, then the cosine falls to nothing`(step: Int, rate: Float) {
    #expect(abs(Schedule.cosineAfterWarmUp.rate(at: step, of: 1000, peak: 1e-3) - rate) < 1e-8)
  }
}
