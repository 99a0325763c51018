import ArrayStores
import Artifacts
import Imaging
import Neural
public import Pipeline
import Recipes
import Tensors

/// `train.mae`: a masked autoencoder that learns the look of volumes without annotations.
///
/// The loss is measured on fixed crops and masks of the validation regions, before the last tenth of the steps and after
/// it. The result is the model of the last step.
public struct TrainMaskedAutoencoder: Stage {
  public static let kind = "train.mae"
  public static let revision = 3
  public static let summary = "trains a masked autoencoder on crops of any number of volumes, without annotations"
  public static let details = """
    Crops come from each artifact of 'train' in turn, evenly; a crop of nothing but background (99th percentile below
    the region's background and three of its deviations) is drawn again, up to \(CropStream.attempts) times in all, and the
    log says how many are left. Regions are read a chunk at a time, and at most \(CropStream.limit >> 20) MiB of them are
    kept. 'validation.loss' is measured on fixed crops and masks, its weights are fixed by crops of 'train' that no seed
    enters, so that trainings on the same regions compare; 'validation.own_mean' is what who
    knows each patch's own mean would lose there, 'validation.training_mean' who says the mean of the training set.
    'converged' is 1 where the loss is at most 0.8 of the latter, and the last tenth of the steps lowered it by less
    than 3%. After a divergence that is recorded, 'validation.loss' is n/a.
    """

  public static func ports(_ parameters: Parameters) -> Ports {
    Ports(
      inputs: [
        Port("train", .annotatedRegions, .many, exposure: .learns),
        Port("validation", .annotatedRegions, .many, exposure: .learns),
      ],
      outputs: [Port("model", .mae)])
  }

  let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  public func outputShapes(_ inputs: InputShapes) throws -> [String: ArtifactShape] {
    let crop = parameters.crop.axes
    for port in ["train", "validation"] {
      for shape in (inputs.ports[port] ?? []).compactMap(\.self) {
        if shape.regions.isEmpty { throw ShapeProblem("", "an artifact of input '\(port)' has no regions") }
        for region in shape.regions {
          guard let size = region.size, let axis = (0..<3).first(where: { crop[$0] > size[$0] }) else { continue }
          throw ShapeProblem(
            "crop", "crop \(parameters.crop.extent) does not fit region '\(region.name)' of \(region.sizeText) voxels",
            hint: "along \("zyx".map(String.init)[axis]) at most \(size[axis])")
        }
      }
    }
    return ["model": ArtifactShape(window: crop)]
  }

  public func estimate() -> Cost {
    let configuration = parameters.configuration
    let visible = configuration.visibleTokens(ratio: parameters.maskRatio)
    let batch = Double(parameters.batchSize)
    // Numbers a token that a block keeps for its derivatives, by the width; and 16 bytes a parameter.
    let kept = { (half: MaskedAutoencoderConfiguration.Half, tokens: Int) in
      Double(16 * half.width * half.depth * tokens)
    }
    let activations =
      batch * (kept(configuration.encoder, visible + 1) + kept(configuration.decoder, configuration.tokens + 1))
    // Statistics and validation take batches of their own size; 3: voxels, crops and patches.
    let crops = max(batch, Double(ReconstructionMeasure.batch)) * Double(parameters.crop.extent.count) * 3
    let memory =
      Double(64 << 20) + Double(CropStream.limit) + 16 * Double(configuration.weights) + 4 * (activations + crops)
    // 3: forward and both gradients; 7e10: what one core of the machines this was built on does a second.
    let operations = 2 * 3 * batch * configuration.products(visible: visible)
    return Cost(memory: Int(min(memory, 1e18)), seconds: Double(parameters.totalSteps) * operations / 7e10)
  }

  public var trajectory: Trajectory? {
    Trajectory(stepParameters: ["steps", "scale"], steps: parameters.totalSteps, sharedSteps: 0)
  }

  public static let rungMetrics = [
    "validation.loss", "validation.relative_to_own_mean", "validation.relative_to_training_mean", "loss",
  ]

  public func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] {
    let (train, validation) = try streams(inputs, seed: context.seed)
    if train.normalisation == nil { context.log("the regions are not normalised; see prepare.normalize", true) }
    let engine = Engine(threads: context.threads)
    let outcome = try trained(on: train, validation, engine: engine, context: context)
    for (port, stream) in [("train", train), ("validation", validation.stream)] {
      if let remark = stream.remark { context.log("input '\(port)': \(remark)", true) }
    }
    let model = AutoencoderModel(
      configuration: outcome.model.configuration, state: outcome.model.state, voxels: outcome.measure.voxels,
      maskRatio: parameters.maskRatio,
      loss: outcome.measure.loss, markers: train.markers, normalisation: train.normalisation,
      voxelSize: train.voxelSize, step: outcome.step, hasDiverged: outcome.divergence != nil,
      seen: train.places + validation.stream.places)
    try context.write("model", model.bundle())
    return outcome.metrics
  }

  /// The crops of both inputs, whose regions share what is kept in memory.
  private func streams(_ inputs: StageInputs, seed: UInt64) throws -> (train: CropStream, validation: ValidationCrops) {
    let cache = ChunkCache(limit: CropStream.limit)
    let train = try CropStream(
      inputs.streamed("train"), port: "train", size: parameters.crop.extent, turns: parameters.augment, seed: seed,
      purpose: "crops", cache: cache)
    let validation = try ValidationCrops(
      inputs.streamed("validation"), size: parameters.crop.extent, cache: cache)
    guard train.normalisation == validation.stream.normalisation else {
      throw TaskFailure(
        code: .badData,
        message: "the regions of inputs 'train' and 'validation' were normalised differently; prepare them alike")
    }
    return (train, validation)
  }
}

extension MaskedAutoencoderConfiguration {
  /// Multiplications of one crop's way through the model.
  fileprivate func products(visible: Int) -> Double {
    func blocks(_ half: Half, _ tokens: Double) -> Double {
      let width = Double(half.width)
      return Double(half.depth) * (12 * tokens * width * width + 2 * tokens * tokens * width)
    }
    let (seen, masked) = (Double(visible), Double(tokens - visible))
    let (wide, narrow) = (Double(encoder.width), Double(decoder.width))
    return blocks(encoder, seen + 1) + blocks(decoder, Double(tokens) + 1) + seen * Double(patchVoxels) * wide
      + (seen + 1) * wide * narrow + masked * narrow * Double(patchVoxels)
  }

  /// Numbers of the model, biases and norms left out.
  fileprivate var weights: Int {
    12 * (encoder.depth * encoder.width * encoder.width + decoder.depth * decoder.width * decoder.width)
      + patchVoxels * (encoder.width + decoder.width) + encoder.width * decoder.width
  }
}
