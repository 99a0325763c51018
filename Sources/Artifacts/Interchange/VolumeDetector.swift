public import Imaging
import Neural
import Pipeline
import Tensors

/// Finds cells in anyone's volume with a model, block by block.
///
/// The result is that of one pass over the whole, for any block and any number of threads.
public struct VolumeDetector {
  /// How the volume fits the model.
  public enum Fit: Sendable, Equatable {
    /// The voxel sizes agree, or one of them is unknown to everybody.
    case asIs
    /// The volume is looked at on the grid of the model's voxel size.
    case resampled(from: VoxelSize, to: VoxelSize)
  }

  /// What to say of a volume whose voxel size is taken for the model's though it is not quite the same; nil where they
  /// are equal or one is unknown.
  public func remark(on voxelSize: VoxelSize?, _ fit: Fit) -> String? {
    guard fit == .asIs, let voxelSize, let trained = model.voxelSize, voxelSize != trained else { return nil }
    return "the volume has voxels of \(Self.text(voxelSize)) um (z, y, x), the model was trained on "
      + "\(Self.text(trained)); up to \(Int(100 * Self.allowance))% apart they are taken for equal"
  }

  /// Maxima below this probability are not kept, whatever tau.
  public static let floor: Float = 0.02
  /// The share by which voxel sizes may differ along an axis: as much as rounding does, and no cell shows.
  static let allowance = 0.1

  private let model: DetectorModel
  private let network: any DetectorNetwork
  private let engine: Engine
  private let block: Extent

  /// A detector on an engine of `threads` threads.
  ///
  /// - Throws: `ModelStateError` where weights do not fit the configuration.
  public init(of model: DetectorModel, threads: Int) throws {
    try self.init(of: model, threads: threads, block: Heatmap.largestBlock)
  }

  init(of model: DetectorModel, threads: Int, block: Extent) throws {
    self.model = model
    network = try model.network()
    engine = Engine(threads: threads)
    self.block = block
  }

  // MARK: - Voxel sizes

  /// Whether a volume can be looked at as it is.
  ///
  /// - Parameters:
  ///   - voxelSize: The voxel size of the volume; nil where nobody knows it.
  ///   - resamples: Whether a volume of another voxel size is brought to the model's.
  /// - Throws: `TaskFailure` where the voxel size differs and nobody asked for resampling, or is missing.
  public func fit(_ voxelSize: VoxelSize?, resamples: Bool) throws -> Fit {
    guard let trained = model.voxelSize else {
      guard !resamples else {
        throw TaskFailure(
          code: .badData,
          message: "the model does not say the voxel size it was trained on, so nothing can be resampled; "
            + "leave --resample out")
      }
      return .asIs
    }
    guard let voxelSize else {
      throw TaskFailure(
        code: .badData,
        message: "the voxel size of the volume is unknown, the model was trained on \(Self.text(trained)) um; "
          + "say it with --voxel z,y,x")
    }
    let isEqual = zip(voxelSize.axes, trained.axes).allSatisfy { abs($0 / $1 - 1) <= Self.allowance }
    if isEqual { return .asIs }
    guard resamples else {
      throw TaskFailure(
        code: .badData,
        message: "the volume has voxels of \(Self.text(voxelSize)) um (z, y, x), the model was trained on "
          + "\(Self.text(trained)); --resample looks at the volume on the model's grid")
    }
    return .resampled(from: voxelSize, to: trained)
  }

  private static func text(_ size: VoxelSize) -> String { "\(size.z) x \(size.y) x \(size.x)" }

  // MARK: - Detection

  /// Every maximum at or above a threshold, the highest first, in voxels of the volume.
  ///
  /// - Parameters:
  ///   - file: The volume, normalised as the model says, on itself.
  ///   - voxelSize: Its voxel size, which decides how far maxima must lie apart; nil when unknown.
  ///   - tau: The least probability of a cell; nil for the model's own.
  ///   - progress: Called after each block.
  /// - Throws: `TaskFailure` for what cannot be read.
  public func detections(
    in file: VolumeFile, voxelSize: VoxelSize?, fit: Fit, tau: Double? = nil,
    progress: (_ done: Int, _ blocks: Int) -> Void = { _, _ in }
  ) throws -> Detections {
    switch fit {
    case .asIs:
      return try detections(in: file, voxelSize: voxelSize, tau, progress)
    case .resampled(let from, let to):
      let volume = ResampledVolume(file, from: from, to: to)
      var found = try detections(in: volume, voxelSize: to, tau, progress)
      found.points = found.points.map(volume.place)
      return found
    }
  }

  private func detections(
    in source: some VoxelSource, voxelSize: VoxelSize?, _ tau: Double?, _ progress: (Int, Int) -> Void
  ) throws -> Detections {
    let maxima = FindMaxima(minimumDistance: model.minimumDistance, voxelSize: voxelSize)
    let intensities = try model.normalisation?.measured(on: source)
    let blockwise = Blockwise(
      block: block, patch: Extent(axes: model.architecture.alignment), halo: Extent(axes: network.receptiveRadius))
    let blocks = blockwise.blocks(of: source.size, reach: maxima.footprint.reach)
    var candidates: [FindMaxima.Candidate] = []
    for (index, block) in blocks.enumerated() {
      let heatmap = try heatmap(of: source, in: block.read, intensities)
      candidates += maxima.candidates(
        in: heatmap, above: Self.floor, core: block.core.relative(to: block.read.lower), origin: block.read.lower)
      progress(index + 1, blocks.count)
    }
    return maxima.accepted(from: candidates).atLeast(Float(tau ?? model.tau))
  }

  private func heatmap(
    of source: some VoxelSource, in box: Box, _ intensities: Normalisation.Values?
  ) throws -> Volume {
    var volume: Volume
    if let normalisation = model.normalisation, let intensities {
      volume = try normalisation.applied(to: source, in: box, intensities)
    } else {
      volume = try source.read(box)
    }
    volume.values = network.probabilities(Tensor(volume.values, shape: [1] + volume.size.axes), on: engine).values
    return volume
  }

  // MARK: - Memory

  /// About how much memory a block takes beside the program, what was found and, for a TIFF, the volume itself, in
  /// bytes; with the voxels around it that a log-ratio or a coarser grid needs.
  public func memory(_ fit: Fit) -> Int {
    let radius = network.receptiveRadius
    let reach = FindMaxima(minimumDistance: model.minimumDistance, voxelSize: model.voxelSize).footprint.reach
    let sides = (0..<3).map { block.axes[$0] + 2 * (radius[$0] + reach.axes[$0]) }
    let voxels = sides.reduce(1, *)
    var margin = Extent(0, 0, 0)
    if case .logRatio(let window, _, _)? = model.normalisation {
      margin = Extent(window.z / 2, window.y / 2, window.x / 2)
    }
    let wide = zip(sides, margin.axes).map { Double($0 + 2 * $1) }
    // What is read and its ratio to the local mean: raised, filtered along an axis, and the result.
    var around = margin == Extent(0, 0, 0) ? 0 : 4 * wide.reduce(1, *)
    if case .resampled(let from, let to) = fit {
      // The voxels of the file, and the same once an axis was brought to the other grid.
      var source = 2.0
      for axis in 0..<3 { source *= wide[axis] * to.axes[axis] / from.axes[axis] + 1 }
      around += source
    }
    // Values and heatmap, and what the network makes on the way.
    return 4 * (3 * voxels + Int(min(1e15, around)) + model.architecture.activations(voxels: voxels))
  }
}
