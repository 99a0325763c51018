public import Tensors

/// What a masked autoencoder loses on masked patches, beside two predictors that are no model; all with the weights and
/// the targets of one loss.
public struct ReconstructionLosses: Sendable, Equatable {
  /// The sum of the patches' weights.
  public private(set) var weight = 0.0
  private var model = 0.0
  private var own = 0.0
  private var training = 0.0

  /// Nothing measured yet.
  public init() {}

  init(weight: Double, model: Double, own: Double, training: Double) {
    (self.weight, self.model, self.own, self.training) = (weight, weight * model, weight * own, weight * training)
  }

  // MARK: -

  /// The loss of the model; NaN before anything is measured.
  public var loss: Double { model / weight }
  /// The loss of who knows each patch's own mean: bigger patches raise the loss by themselves.
  public var ownMean: Double { own / weight }
  /// The loss of who says the mean of the training set everywhere.
  public var trainingMean: Double { training / weight }

  /// Both together.
  public static func + (left: Self, right: Self) -> Self {
    var sum = left
    sum.weight += right.weight
    sum.model += right.model
    sum.own += right.own
    sum.training += right.training
    return sum
  }
}

extension MaskedAutoencoder3D {
  /// Measures the model on crops with given masks.
  ///
  /// - Parameters:
  ///   - crops: `[batch, z, y, x]` of the configuration's crop, in [0, 1]; not empty.
  ///   - masks: One of each crop.
  ///   - trainingMean: The mean of the training set's voxels.
  public func losses(
    _ crops: Tensor, _ masks: PatchMasks, loss: PatchLoss, trainingMean: Double, on engine: Engine
  ) -> ReconstructionLosses {
    let tape = Tape(on: engine, isRecording: false)
    let pass = MaskedAutoencoderPass(configuration, layers: layers, flat: parameters, tape: tape)
    let patches = pass.patches(crops)
    let prediction = pass.voxels(
      pass.encoded(patches, masks), masks, of: masks.maskedRows(after: 1), count: masks.maskedCount)
    let hidden = masks.maskedRows(after: 0).apply(
      to: patches.value, shape: [masks.batch, masks.maskedCount, configuration.patchVoxels], on: engine)
    let targets = loss.targets(hidden, on: engine)
    let weights = loss.weights(hidden, on: engine)
    let value = tape.weightedMeanSquares(prediction, targets: targets, weights: weights).value.values[0]
    // Who knows a mean of voxels knows that normalised ones have the mean 0.
    let constant = loss.target == .raw ? trainingMean : 0
    let moments = engine.rowMoments(targets)
    var (total, own, training) = (0.0, 0.0, 0.0)
    for (row, weight) in weights.enumerated() {
      let apart = moments.mean[row] - constant
      total += Double(weight)
      own += Double(weight) * moments.variance[row]
      training += Double(weight) * (moments.variance[row] + apart * apart)
    }
    return ReconstructionLosses(
      weight: total, model: Double(value), own: own / total, training: training / total)
  }
}

/// Mean and variance of the voxels in patches, over many crops: what content weights and baselines are fixed by.
public struct PatchStatistics: Sendable, Equatable {
  private var patches = 0
  private var means = 0.0
  private var variances = 0.0
  private var squares = 0.0

  /// Nothing measured yet.
  public init() {}

  /// The mean of all voxels.
  public var mean: Double { means / Double(max(1, patches)) }
  /// The mean over patches of the variance of their voxels.
  public var meanVariance: Double { variances / Double(max(1, patches)) }

  /// The standard deviation of all voxels.
  public var deviation: Double { max(0, squares / Double(max(1, patches)) - mean * mean).squareRoot() }

  /// Takes crops in, `[batch, z, y, x]`.
  ///
  /// - Precondition: the patch, along z, y, x, divides the crops.
  public mutating func add(_ crops: Tensor, patch: [Int], on engine: Engine) {
    let tape = Tape(on: engine, isRecording: false)
    let moments = engine.rowMoments(tape.tokens(tape.constant(crops), of: Lengths(patch)).value)
    patches += moments.mean.count
    means += moments.mean.reduce(0, +)
    variances += moments.variance.reduce(0, +)
    squares += zip(moments.mean, moments.variance).reduce(0) { $0 + $1.0 * $1.0 + $1.1 }
  }
}
