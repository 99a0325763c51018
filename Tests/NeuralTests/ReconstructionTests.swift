import Tensors
import Testing

@testable import Neural

@Suite struct ReconstructionLossesTests {
  private let engine = Engine(threads: 2)
  private let odd = MaskedAutoencoderTests.odd
  private let crops = MaskedAutoencoderTests.crops(2)

  private func masks() -> PatchMasks {
    PatchMasks(
      batch: MaskedAutoencoderTests.batch, visible: odd.visibleTokens(ratio: 0.35), of: odd.tokens, seed: 9, step: 1)
  }

  @Test(arguments: PatchLoss.Target.allCases)
  func `the loss of a model is that of a training step on the same crops and masks`(target: PatchLoss.Target) {
    let loss = PatchLoss(meanVariance: 0.05, target: target)
    let model = MaskedAutoencoder3D(odd, seed: 4)
    let training = MaskedAutoencoderTraining(from: model, steps: 8, ratio: 0.35, loss: loss, seed: 3, engine: engine)
    let losses = model.losses(crops, masks(), loss: loss, trainingMean: 0.5, on: engine)
    #expect(Float(losses.loss) == training.inspect(crops: crops, masks: masks()).loss)
  }

  @Test func `the predictors without a model lose what they should`() {
    let loss = PatchLoss(alpha: 0.5, gamma: 4, meanVariance: 0.07)
    let losses = MaskedAutoencoder3D(odd, seed: 4).losses(crops, masks(), loss: loss, trainingMean: 0.4, on: engine)
    var (weights, own, training) = (0.0, 0.0, 0.0)
    for (sample, hidden) in masks().masked.enumerated() {
      for token in hidden {
        let voxels = patch(token, of: sample)
        let mean = voxels.reduce(0, +) / Double(voxels.count)
        let variance = voxels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(voxels.count)
        let weight = 0.5 + 4 * min(1, variance / Double(Float(0.07)))
        weights += weight
        own += weight * variance
        training += weight * voxels.reduce(0) { $0 + ($1 - 0.4) * ($1 - 0.4) } / Double(voxels.count)
      }
    }
    #expect(abs(losses.weight - weights) < 1e-5 * weights)
    #expect(abs(losses.ownMean - own / weights) < 1e-6)
    #expect(abs(losses.trainingMean - training / weights) < 1e-6)
  }

  @Test func `parts add up to the whole`() {
    let loss = PatchLoss(meanVariance: 0.05)
    let model = MaskedAutoencoder3D(odd, seed: 4)
    let voxels = odd.crop.reduce(1, *)
    func part(_ range: Range<Int>) -> ReconstructionLosses {
      let values = Array(crops.values[range.lowerBound * voxels..<range.upperBound * voxels])
      return model.losses(
        Tensor(values, shape: [range.count] + odd.crop),
        PatchMasks(visible: Array(masks().visible[range]), of: odd.tokens), loss: loss, trainingMean: 0.5, on: engine)
    }
    let whole = part(0..<9)
    let sum = part(0..<4) + part(4..<9)
    #expect(abs(sum.loss - whole.loss) < 1e-6 * whole.loss)
    #expect(abs(sum.ownMean - whole.ownMean) < 1e-9)
    #expect(abs(sum.weight - whole.weight) < 1e-6)
    #expect(ReconstructionLosses() + whole == whole)
  }

  @Test func `normalised targets have mean 0 and variance 1, whoever predicts`() {
    let loss = PatchLoss(meanVariance: 0.05, target: .normalised)
    let losses = MaskedAutoencoder3D(odd, seed: 4).losses(crops, masks(), loss: loss, trainingMean: 0.5, on: engine)
    #expect(abs(losses.ownMean - 1) < 1e-3)
    #expect(abs(losses.trainingMean - losses.ownMean) < 1e-6)
  }

  @Test func `statistics of patches are those of all crops that were added`() {
    var (whole, parts) = (PatchStatistics(), PatchStatistics())
    whole.add(crops, patch: odd.patch, on: engine)
    let voxels = odd.crop.reduce(1, *)
    for sample in 0..<9 {
      let values = Array(crops.values[sample * voxels..<(sample + 1) * voxels])
      parts.add(Tensor(values, shape: [1] + odd.crop), patch: odd.patch, on: engine)
    }
    let mean = crops.values.reduce(0.0) { $0 + Double($1) } / Double(crops.count)
    #expect(abs(whole.mean - mean) < 1e-7)
    #expect(abs(parts.mean - whole.mean) < 1e-12)
    #expect(abs(parts.meanVariance - whole.meanVariance) < 1e-12)
    #expect(whole.meanVariance > 0)
    let squares = crops.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    #expect(abs(whole.deviation - (squares / Double(crops.count)).squareRoot()) < 1e-6)
  }

  /// The voxels of one patch, taken from the crop index by index.
  private func patch(_ token: Int, of sample: Int) -> [Double] {
    let (grid, patch, crop) = (odd.grid, odd.patch, odd.crop)
    let place = [token / (grid[1] * grid[2]), token / grid[2] % grid[1], token % grid[2]]
    let values = crops.values
    var voxels: [Double] = []
    for z in 0..<patch[0] {
      for y in 0..<patch[1] {
        for x in 0..<patch[2] {
          let at = [place[0] * patch[0] + z, place[1] * patch[1] + y, place[2] * patch[2] + x]
          voxels.append(Double(values[((sample * crop[0] + at[0]) * crop[1] + at[1]) * crop[2] + at[2]]))
        }
      }
    }
    return voxels
  }
}

@Suite struct DivergenceTests {
  /// The first step at which a watch says so.
  private func step(_ watch: inout DivergenceWatch, _ losses: [Float]) -> Int? {
    losses.indices.first { watch.sees(losses[$0]) }
  }

  @Test func `a loss that falls and scatters is no divergence`() {
    var watch = DivergenceWatch()
    let losses = (0..<400).map { step -> Float in
      let level = 1 / Float(step + 1) + 0.01
      return step % 3 == 0 ? 3 * level : level
    }
    let first = step(&watch, losses)
    #expect(first == nil)
  }

  @Test func `a mean that grew tenfold is`() {
    var watch = DivergenceWatch()
    let first = step(&watch, [Float](repeating: 0.01, count: 60) + [Float](repeating: 0.2, count: 60))
    // The mean of 25 is beyond 0.1 once 12 of them are 0.2.
    #expect(first == 60 + 11)
  }

  @Test func `what a checkpoint holds goes on alike`() throws {
    var watch = DivergenceWatch()
    let early = step(&watch, [Float](repeating: 0.01, count: 60) + [Float](repeating: 0.2, count: 10))
    #expect(early == nil)
    var state = NamedTensors()
    watch.write(to: &state)
    var resumed = try DivergenceWatch(resuming: state)
    let late = step(&resumed, [0.2, 0.2])
    #expect(late == 1)
    #expect(throws: ModelStateError.self) { try DivergenceWatch(resuming: NamedTensors()) }
  }

  @Test func `a step without a finite loss changes nothing`() {
    let training = MaskedAutoencoderTests.training(threads: 1)
    _ = MaskedAutoencoderTests.advance(training, by: 2)
    let before = training.checkpoint().entries.map(\.tensor.bits)
    let crops = MaskedAutoencoderTests.crops(2)
    var values = crops.values
    values[0] = .infinity
    #expect(training.advance(crops: Tensor(values, shape: crops.shape)).isNaN)
    #expect(training.step == 2)
    #expect(training.checkpoint().entries.map(\.tensor.bits) == before)
  }
}
