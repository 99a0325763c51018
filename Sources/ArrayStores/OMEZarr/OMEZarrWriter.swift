public import Fingerprints
public import SystemPackage

/// A volume on its way into an OME-Zarr image of several levels, in boxes, bounded in memory.
///
/// Version 0.5, or 0.4 where the layout is of Zarr version 2.
public struct OMEZarrWriter: Sendable {
  private let root: FilePath
  private let finest: ZarrWriter
  private let layout: ZarrLayout
  private let options: Options
  private let isNew: Bool

  /// What an image is besides its values.
  public struct Options: Sendable {
    /// What viewers call the image.
    public var name = "volume"
    /// How many levels there are at most; levels end where every axis fits a chunk.
    public var maximumLevels = 1
    /// How coarser levels are made.
    public var downsampling = Downsampling.mean
    /// Further attributes of the group, beside `ome`.
    public var attributes: [String: CanonicalValue] = [:]
    /// µm along z, y, x; nil when unknown, then the axes have no unit and scale 1.
    public var voxelSize: [Double]?

    /// One level, no voxel size.
    public init() {}
  }

  /// Begins an image with the axes z, y and x.
  ///
  /// - Parameters:
  ///   - root: The folder of the image; made with those above it.
  ///   - shape: `[z, y, x]`.
  /// - Throws: `invalid_argument`, `already_exists`, `io_error`.
  public init(
    creating root: FilePath, type: ElementType, shape: [Int], layout: ZarrLayout = ZarrLayout(),
    options: Options = Options()
  ) throws {
    try self.init(creating: root, type: type, shape: shape, layout: layout, options: options, mustBeEmpty: true)
  }

  /// - Parameters:
  ///   - mustBeEmpty: False to go on with an image that was begun before.
  ///   - flush: Waits for the disk after each file of the finest level; nil where a power cut may take them.
  init(
    creating root: FilePath, type: ElementType, shape: [Int], layout: ZarrLayout, options: Options, mustBeEmpty: Bool,
    flush: FolderWriter.Flush? = nil
  ) throws {
    let isSound = options.voxelSize.map { $0.count == 3 && $0.allSatisfy { $0 > 0 && $0.isFinite } } ?? true
    guard shape.count == 3, isSound, options.maximumLevels >= 1 else {
      throw ArrayStoreError(
        .invalidArgument, "a volume has three axes and a positive voxel size along each", store: root.string)
    }
    (self.root, self.layout, self.options) = (root, layout, options)
    isNew = mustBeEmpty
    finest = try Self.level(0, root, type, shape, layout, mustBeEmpty: mustBeEmpty, flush: flush)
  }

  // MARK: -

  /// What one file of the finest level holds; writing boxes that end where files do reads nothing.
  public var fileShape: [Int] { finest.fileShape }

  /// Writes a box of the finest level.
  public func write(_ box: NDArray, at start: [Int]) throws { try finest.write(box, at: start) }

  /// Makes the coarser levels and writes the metadata, after which the image can be opened.
  ///
  /// Each file of a coarser level is made from the box of the finer one that lies under it.
  public func finish() throws {
    try finest.finish()
    var levels = [Level(shape: finest.shape, scale: options.voxelSize ?? [1, 1, 1], translation: [0, 0, 0])]
    while levels.count < options.maximumLevels, let next = levels[levels.count - 1].coarser(than: chunk) {
      try make(next.level, number: levels.count, by: next.factors)
      levels.append(next.level)
    }
    var attributes = options.attributes
    let isFirst = layout.version == 2
    let image = multiscale(levels)
    if isFirst {
      attributes["multiscales"] = [image]
    } else {
      attributes["ome"] = ["version": "0.5", "multiscales": [image]]
    }
    if !isNew {
      // Left by an import that was interrupted at its very end.
      for name in ["zarr.json", ".zattrs", ".zgroup"] { try FolderWriter(creating: root).remove(name) }
    }
    try ZarrGroup.write(to: root, attributes: .map(attributes), version: layout.version)
  }

  // MARK: -

  private struct Level {
    let shape: [Int]
    let scale: [Double]
    let translation: [Double]

    /// Half of this along the axes whose voxels are small, until all axes fit a chunk.
    func coarser(than chunk: [Int]) -> (level: Level, factors: [Int])? {
      guard zip(shape, chunk).contains(where: { $0 > $1 }) else { return nil }
      let smallest = scale.indices.filter { shape[$0] > 1 }.map { scale[$0] }.min() ?? 1
      // An axis that is coarse already waits until the others have caught up.
      let factors = scale.indices.map { shape[$0] > 1 && scale[$0] < 2 * smallest ? 2 : 1 }
      guard factors.contains(2) else { return nil }
      return (
        Level(
          shape: zip(shape, factors).map { ($0 + $1 - 1) / $1 }, scale: zip(scale, factors).map { $0 * Double($1) },
          // The centre of the first voxel moves by half of what it grew.
          translation: scale.indices.map { translation[$0] + scale[$0] * Double(factors[$0] - 1) / 2 }),
        factors
      )
    }
  }

  private var chunk: [Int] { layout.chunkShape ?? [64, 64, 64] }

  private static func level(
    _ number: Int, _ root: FilePath, _ type: ElementType, _ shape: [Int], _ layout: ZarrLayout, mustBeEmpty: Bool,
    flush: FolderWriter.Flush? = nil
  ) throws -> ZarrWriter {
    try ZarrWriter(
      creating: root.appending("\(number)"), type: type, shape: shape, layout: layout,
      attributes: .map([:]), dimensionNames: layout.version == 2 ? nil : ["z", "y", "x"], mustBeEmpty: mustBeEmpty,
      flush: flush)
  }

  private func make(_ level: Level, number: Int, by factors: [Int]) throws {
    let finer = try ZarrArray(opening: root.appending("\(number - 1)"))
    let writer = try Self.level(number, root, finest.type, level.shape, layout, mustBeEmpty: isNew)
    let file = writer.fileShape
    let (low, high) = Shape.chunks(meeting: Region(all: level.shape), of: file)
    try Shape.forEachIndex(from: low, upTo: high) { index in
      let start = zip(index, file).map { $0 * $1 }
      let end = start.indices.map { min(start[$0] + file[$0], level.shape[$0]) }
      let from = zip(start, factors).map { $0 * $1 }
      let extent = from.indices.map { min(end[$0] * factors[$0], finer.shape[$0]) - from[$0] }
      let box = try finer.read(start: from, shape: extent)
      try writer.write(try options.downsampling.apply(to: box, by: factors), at: start)
    }
    try writer.finish()
  }

  private func multiscale(_ levels: [Level]) -> CanonicalValue {
    let axes = ["z", "y", "x"].map { axis in
      var entries: [String: CanonicalValue] = ["name": .text(axis), "type": "space"]
      if options.voxelSize != nil { entries["unit"] = "micrometer" }
      return CanonicalValue.map(entries)
    }
    let datasets = levels.enumerated().map { number, level in
      var steps: [CanonicalValue] = [["type": "scale", "scale": .list(level.scale.map { .number($0) })]]
      if number > 0 {
        steps.append(["type": "translation", "translation": .list(level.translation.map { .number($0) })])
      }
      return CanonicalValue.map(["path": .text("\(number)"), "coordinateTransformations": .list(steps)])
    }
    var image: [String: CanonicalValue] = [
      "name": .text(options.name), "axes": .list(axes), "datasets": .list(datasets),
    ]
    if layout.version == 2 { image["version"] = "0.4" }
    if levels.count > 1 { image["type"] = .text(options.downsampling.rawValue) }
    return .map(image)
  }
}

extension OMEZarrImage {
  /// Writes a volume as an image of one level, OME-Zarr 0.5, with the axes z, y and x.
  ///
  /// - Parameters:
  ///   - volume: Shape `[z, y, x]`.
  ///   - voxelSize: µm along z, y, x; nil when unknown, then the axes have no unit and scale 1.
  ///   - name: What viewers call the image.
  ///   - root: The folder of the image; made with those above it.
  ///   - chunkShape: As in `ZarrArray.write`; so is `shardShape`.
  ///   - attributes: Further attributes of the group, beside `ome`.
  public static func write(
    _ volume: NDArray, voxelSize: [Double]?, name: String = "volume", to root: FilePath, chunkShape: [Int]? = nil,
    shardShape: [Int]? = nil, attributes: [String: CanonicalValue] = [:]
  ) throws {
    var options = OMEZarrWriter.Options()
    (options.name, options.voxelSize, options.attributes) = (name, voxelSize, attributes)
    let layout = ZarrLayout(chunkShape: chunkShape, shardShape: shardShape)
    let writer = try OMEZarrWriter(
      creating: root, type: volume.type, shape: volume.shape, layout: layout, options: options)
    try writer.write(volume, at: [0, 0, 0])
    try writer.finish()
  }
}
