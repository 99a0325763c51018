import Artifacts
import Imaging
import Neural
import Tensors

/// The loss of a detector on fixed crops of its validation regions: for the log, nothing is chosen by it.
struct DetectorValidation {
  /// Batches that are measured; few, so that a training takes hardly longer.
  private static let batches = 2

  private let crops: [(input: Tensor, target: Tensor)]
  private let loss: FocalLoss
  private let engine: Engine

  /// - Throws: `TaskFailure` for a region that is no volume.
  init(_ groups: [AnnotatedRegions], size: Extent, batch: Int, loss: FocalLoss, engine: Engine) throws {
    // Of no task's seed, and as they are: trainings on the same regions compare.
    let sampler = CropSampler(
      groups: try groups.map { try $0.cropRegions() },
      settings: CropSettings(size: size, turns: false, gain: 0, offset: 0), seed: 0, purpose: "validation crops")
    let shape = [batch] + size.axes
    crops = (0..<Self.batches).map { step in
      let drawn = (0..<batch).map { sampler.crop(step: step, index: $0) }
      return (Tensor(drawn.flatMap(\.input), shape: shape), Tensor(drawn.flatMap(\.target), shape: shape))
    }
    (self.loss, self.engine) = (loss, engine)
  }

  /// The mean over all crops.
  func value(of model: any DetectorNetwork) -> Float {
    let sum = crops.reduce(0.0) { $0 + Double(model.loss($1.input, target: $1.target, loss, on: engine)) }
    return Float(sum / Double(crops.count))
  }
}

extension AnnotatedRegions {
  /// The regions as crops are taken from them.
  func cropRegions() throws -> [CropRegion] {
    try regions.map {
      CropRegion(volume: try $0.volume(), centres: $0.centres, ignore: $0.ignore, tolerance: marker.tolerance)
    }
  }
}
