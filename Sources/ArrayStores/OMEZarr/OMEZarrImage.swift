public import Fingerprints
public import SystemPackage

/// A multiscale image in OME-Zarr 0.4 or 0.5.
///
/// Coordinates are of voxel centres: physical = index · scale + translation, the level's own
/// transformations followed by those of the image.
public struct OMEZarrImage: Sendable {
  /// An axis of the image.
  public struct Axis: Hashable, Sendable {
    /// As in `z`; unique in the image.
    public let name: String
    /// `space`, `time`, `channel` or another word; nil when the file says none.
    public let type: String?
    /// A unit in the words of UDUNITS, as in `micrometer`.
    public let unit: String?
  }

  /// One resolution of the image, largest first.
  public struct Level: Hashable, Sendable {
    /// The path of the array in the image's folder.
    public let path: String
    /// Units of the axis from one index to the next, one an axis.
    public let scale: [Double]
    /// The position of index 0, one an axis.
    public let translation: [Double]
  }

  /// `0.4` or `0.5`.
  public let version: String
  /// What the image is called; nil when the file says nothing.
  public let name: String?
  /// One an axis of the arrays, slowest first.
  public let axes: [Axis]
  /// At least one.
  public let levels: [Level]
  private let root: FilePath

  /// Opens an image; its values stay on disk.
  ///
  /// - Throws: `metadata_invalid` for what the format does not allow, `unsupported_version`,
  ///   `path_escape`, and what `ZarrGroup` throws.
  public init(opening root: FilePath) throws {
    self.root = root
    let group = try ZarrGroup(opening: root)
    let parsed = try ArrayStoreError.located(store: root.string) {
      try OMEZarrMetadata(group.attributes, zarrVersion: group.version)
    }
    (version, name, axes, levels) = (parsed.version, parsed.name, parsed.axes, parsed.levels)
    for level in levels { _ = try ZarrStore(FolderSource(root), name: level.path) }
  }

  // MARK: -

  /// The array of a level.
  ///
  /// - Throws: `metadata_invalid` when the array has not one dimension an axis.
  public func array(level: Int = 0) throws -> ZarrArray {
    let array = try ZarrArray(opening: root, array: levels[level].path)
    guard array.shape.count == axes.count else {
      throw ArrayStoreError(
        .metadataInvalid, "the array has \(array.shape.count) dimensions, the image \(axes.count) axes",
        store: root.string, array: levels[level].path)
    }
    return array
  }

  /// µm along each axis of space at a level, slowest first; nil when an axis of space has no known unit of length.
  public func voxelSize(level: Int = 0) -> [Double]? {
    var size: [Double] = []
    for (axis, scale) in zip(axes, levels[level].scale) where axis.type == "space" {
      guard let unit = axis.unit, let micrometres = Self.micrometres[unit] else { return nil }
      size.append(scale * micrometres)
    }
    return size
  }

  private static let micrometres: [String: Double] = [
    "angstrom": 1e-4, "nanometer": 1e-3, "micrometer": 1, "millimeter": 1e3, "centimeter": 1e4, "meter": 1e6,
  ]
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
    let isSound = voxelSize.map { $0.count == 3 && $0.allSatisfy { $0 > 0 && $0.isFinite } } ?? true
    guard volume.shape.count == 3, isSound else {
      throw ArrayStoreError(
        .invalidArgument, "a volume has three axes and a positive voxel size along each", store: root.string)
    }
    let names = ["z", "y", "x"]
    try ZarrArray.write(
      volume, to: root.appending("0"), chunkShape: chunkShape, shardShape: shardShape, dimensionNames: names)
    let axes = names.map { axis in
      var entries: [String: CanonicalValue] = ["name": .text(axis), "type": "space"]
      if voxelSize != nil { entries["unit"] = "micrometer" }
      return CanonicalValue.map(entries)
    }
    let scale = (voxelSize ?? [1, 1, 1]).map { CanonicalValue.number($0) }
    let level: CanonicalValue = [
      "path": "0", "coordinateTransformations": [["type": "scale", "scale": .list(scale)]],
    ]
    var all = attributes
    all["ome"] = [
      "version": "0.5", "multiscales": [["name": .text(name), "axes": .list(axes), "datasets": [level]]],
    ]
    try ZarrGroup.write(to: root, attributes: .map(all))
  }
}
