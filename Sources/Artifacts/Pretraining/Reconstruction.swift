import ArrayStores
public import Imaging
import Neural
public import Pipeline
import Tensors

/// What a masked autoencoder makes of one crop of which it sees some patches only.
public struct Reconstruction: Sendable, Equatable {
  /// What the crop is of.
  public let marker: Marker
  /// Voxels of crop and patch.
  public let size: Extent
  public let patch: Extent
  /// The crop, in order z, y, x.
  public let input: [Float]
  /// The crop with the model's voxels in the masked patches, the visible ones as they are.
  public let output: [Float]
  /// Whether each voxel lies in a masked patch.
  public let isMasked: [Bool]
  /// Whether the model gives normalised patches, which were turned back by what the input says of them.
  public let isNormalised: Bool

  /// The first of the fixed crops, with their fixed masks, by which trainings are measured.
  ///
  /// Where a model was trained to give normalised patches, what it gives is turned back by the mean and deviation that the
  /// patch has in the input, which the model cannot know.
  ///
  /// - Parameters:
  ///   - validation: The artifacts that its loss was measured on, in their order.
  ///   - count: How many crops; each artifact gives one in turn.
  /// - Throws: `TaskFailure` where crops do not fit, or weights are not of the model.
  public static func fixed(of model: AutoencoderModel, on validation: [OpenBundle], count: Int) throws -> [Self] {
    let configuration = model.configuration
    let size = Extent(configuration.crop[0], configuration.crop[1], configuration.crop[2])
    let source = try ValidationCrops(validation, size: size, cache: ChunkCache(limit: 32 << 20))
    let crops = try source.batch(0..<count)
    let masks = ValidationCrops.masks(
      0..<count, visible: configuration.visibleTokens(ratio: model.maskRatio), of: configuration.tokens)
    let network: MaskedAutoencoder3D
    do { network = try model.network() } catch let error as ModelStateError {
      throw TaskFailure(code: .store, message: "\(error)", phase: "read")
    }
    let found = network.reconstruct(crops, masks, on: Engine(threads: 1)).values
    let (inputs, voxels) = (crops.values, size.count)
    return (0..<count).map { crop in
      Self(
        configuration, size, marker: source.stream.marker(of: crop),
        input: Array(inputs[crop * voxels..<(crop + 1) * voxels]),
        found: Array(found[crop * voxels..<(crop + 1) * voxels]), masked: Set(masks.masked[crop]),
        isNormalised: model.loss.target == .normalised)
    }
  }

  /// A crop from its parts, each of as many numbers as it has voxels.
  init(
    marker: Marker, size: Extent, patch: Extent, input: [Float], output: [Float], isMasked: [Bool], isNormalised: Bool
  ) {
    (self.marker, self.size, self.patch, self.isNormalised) = (marker, size, patch, isNormalised)
    (self.input, self.output, self.isMasked) = (input, output, isMasked)
  }

  private init(
    _ configuration: MaskedAutoencoderConfiguration, _ size: Extent, marker: Marker, input: [Float],
    found: [Float], masked: Set<Int>, isNormalised: Bool
  ) {
    let (grid, patch) = (configuration.grid, configuration.patch)
    var output = input
    var isMasked = [Bool](repeating: false, count: input.count)
    for token in masked {
      let origin = [token / (grid[1] * grid[2]), token / grid[2] % grid[1], token % grid[2]]
      let places = (0..<configuration.patchVoxels).map { voxel in
        size.offset(
          origin[0] * patch[0] + voxel / (patch[1] * patch[2]), origin[1] * patch[1] + voxel / patch[2] % patch[1],
          origin[2] * patch[2] + voxel % patch[2])
      }
      let (mean, deviation) = isNormalised ? Self.moments(of: places.map { input[$0] }) : (0, 1)
      for place in places {
        output[place] = Float(mean + deviation * Double(found[place]))
        isMasked[place] = true
      }
    }
    self.init(
      marker: marker, size: size, patch: Extent(patch[0], patch[1], patch[2]), input: input, output: output,
      isMasked: isMasked, isNormalised: isNormalised)
  }

  /// Mean and deviation as the targets of a training are normalised by.
  private static func moments(of values: [Float]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
    return (mean, (variance + 1e-6).squareRoot())
  }
}
