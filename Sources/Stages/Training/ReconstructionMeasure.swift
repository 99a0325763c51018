import Artifacts
import Neural
import Pipeline
import Tensors

/// What reconstructions are measured by: the training set's mean and mean variance, and fixed crops with fixed masks.
struct ReconstructionMeasure {
  /// Crops of the training set that mean and mean variance are taken from, the same for every task of that crop.
  private static let sample = 256

  /// How the training set's voxels are spread.
  let voxels: VoxelSpread
  /// The loss with the training set's mean variance.
  let loss: PatchLoss
  private let parameters: TrainMaskedAutoencoder.Parameters
  private let trainingMean: Double
  private let validation: ValidationCrops
  private let engine: Engine

  /// - Throws: `TaskFailure` where the training regions are of one value everywhere.
  init(
    _ parameters: TrainMaskedAutoencoder.Parameters, train: CropStream, validation: ValidationCrops, engine: Engine
  ) throws {
    self.parameters = parameters
    self.validation = validation
    self.engine = engine
    var statistics = PatchStatistics()
    let sample = train.fixed(purpose: "statistics")
    for numbers in Self.batches(of: Self.sample) {
      statistics.add(try sample.batch(numbers), patch: parameters.patch.axes, on: engine)
    }
    guard Float(statistics.meanVariance) > 0, Float(statistics.meanVariance).isFinite,
      Float(statistics.deviation).isFinite
    else {
      throw TaskFailure(
        code: .badData,
        message:
          "the training regions have the mean variance \(statistics.meanVariance) in a patch, so there is nothing to learn; leave out what is of one value"
      )
    }
    loss = parameters.loss(meanVariance: statistics.meanVariance)
    trainingMean = statistics.mean
    voxels = VoxelSpread(mean: Float(statistics.mean), deviation: Float(statistics.deviation))
  }

  /// What a model and both predictors without one lose on the validation crops.
  func losses(of model: MaskedAutoencoder3D) throws -> ReconstructionLosses {
    let (tokens, visible) = (
      model.configuration.tokens, model.configuration.visibleTokens(ratio: parameters.maskRatio)
    )
    return try Self.batches(of: parameters.validationCrops).reduce(ReconstructionLosses()) { sum, numbers in
      let masks = ValidationCrops.masks(numbers, visible: visible, of: tokens)
      return sum
        + model.losses(
          try validation.batch(numbers), masks, loss: loss, trainingMean: trainingMean, on: engine)
    }
  }

  /// The model's loss.
  func value(of model: MaskedAutoencoder3D) throws -> Float { Float(try losses(of: model).loss) }

  /// Crops that are held together; no parameter changes it, so that sums have their order.
  static let batch = 32

  private static func batches(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: batch).map { $0..<min(count, $0 + batch) }
  }
}
