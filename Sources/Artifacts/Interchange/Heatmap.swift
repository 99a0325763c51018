import ArrayStores
import Fingerprints
import Foundation
public import Imaging
import Neural
import Pipeline
public import SystemPackage
import Tensors

/// The probability that a model gives every voxel of a volume, computed block by block.
///
/// Blocks are a matter of memory alone: the heatmap is that of one pass over the whole volume, bit for bit, for
/// any number of threads. (For a log ratio this holds where the values around a voxel lie within a factor of 2^22 of
/// one another, so that their sums are exact; blocks do not depend on threads.)
public struct Heatmap {
  /// The largest block in voxels without what surrounds it: what bounds the memory.
  static let largestBlock = Extent(64, 128, 128)
  /// The length of chunks, before it is rounded up to patches.
  private static let chunk = 64

  private let model: DetectorModel
  private let network: any DetectorNetwork
  private let engine: Engine
  private let block: Extent

  /// A heatmap of a model, on an engine of `threads` threads.
  ///
  /// - Throws: `ModelStateError` where weights do not fit the configuration.
  public init(of model: DetectorModel, threads: Int) throws {
    try self.init(of: model, threads: threads, block: Self.largestBlock)
  }

  init(of model: DetectorModel, threads: Int, block: Extent) throws {
    self.model = model
    network = try model.network()
    engine = Engine(threads: threads)
    self.block = block
  }

  // MARK: -

  /// Writes the heatmap of a volume as an OME-Zarr image of Float32.
  ///
  /// - Parameters:
  ///   - file: The volume, normalised as the model says, on itself.
  ///   - voxelSize: What the image says of it; nil when unknown.
  ///   - path: The folder of the image; nothing may stand there.
  ///   - progress: Called after each block.
  /// - Throws: `TaskFailure` for what cannot be read, `ArrayStoreError` for what cannot be written.
  public func write(
    for file: VolumeFile, voxelSize: VoxelSize?, to path: FilePath, progress: (_ done: Int, _ blocks: Int) -> Void
  ) throws {
    let chunk = zip(file.size.axes, model.architecture.alignment).map { length, patch in
      min(length, (Self.chunk + patch - 1) / patch * patch)
    }
    try refuseExisting(path)
    // Under another name until it is whole; what an earlier attempt left goes.
    let beside = FilePath(path.string + ".partial")
    try remove(beside)
    do {
      let writer = try OMEZarrWriter(
        creating: beside, type: .float32, shape: file.size.axes, layout: ZarrLayout(chunkShape: chunk),
        options: options(voxelSize))
      let intensities = try model.normalisation?.measured(on: file)
      let blocks = blockwise(chunk).blocks(of: file.size)
      for (index, block) in blocks.enumerated() {
        try writer.write(try heatmap(of: file, block, intensities), at: block.core.lower.axes)
        progress(index + 1, blocks.count)
      }
      try writer.finish()
      try FileManager.default.moveItem(atPath: beside.string, toPath: path.string)
    } catch {
      try remove(beside)
      throw error
    }
  }

  // MARK: - Private

  private func refuseExisting(_ path: FilePath) throws {
    guard !FileManager.default.fileExists(atPath: path.string) else {
      throw ArrayStoreError(.alreadyExists, "something stands there already; choose another name", store: path.string)
    }
  }

  private func remove(_ path: FilePath) throws {
    guard FileManager.default.fileExists(atPath: path.string) else { return }
    try FileManager.default.removeItem(atPath: path.string)
  }

  private func options(_ voxelSize: VoxelSize?) -> OMEZarrWriter.Options {
    var options = OMEZarrWriter.Options()
    options.name = "heatmap"
    options.attributes = ["lightbench": .map(facts)]
    options.voxelSize = voxelSize?.axes
    return options
  }

  /// Blocks of whole chunks, at least one; a chunk that is no whole number of patches is all of its axis.
  private func blockwise(_ chunk: [Int]) -> Blockwise {
    let lengths = zip(block.axes, chunk).map { max(1, $0 / $1) * $1 }
    return Blockwise(
      block: Extent(lengths[0], lengths[1], lengths[2]), patch: Extent(axes: model.architecture.alignment),
      halo: Extent(axes: network.receptiveRadius))
  }

  private func heatmap(of file: VolumeFile, _ block: Blockwise.Block, _ intensities: Normalisation.Values?) throws
    -> NDArray
  {
    var volume: Volume
    if let normalisation = model.normalisation, let intensities {
      volume = try normalisation.applied(to: file, in: block.read, intensities)
    } else {
      volume = try file.read(block.read)
    }
    let input = Tensor(volume.values, shape: [1] + volume.size.axes)
    volume.values = network.probabilities(input, on: engine).values
    let part = block.core.relative(to: block.read.lower)
    return try NDArray(volume.cropped(to: part).values, shape: part.size.axes)
  }

  /// What a reader of the heatmap needs, and which model it is of.
  private var facts: [String: CanonicalValue] {
    [
      "heatmap": "probability of a cell centre", "tau": .number(model.tau),
      "minimum_distance": .number(model.minimumDistance),
      "model": .text(Digest.of(model.safetensors.bytes).hex), "marker": model.marker.facts,
    ]
  }
}
