import Fingerprints
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

  /// How a channel is shown, from `omero`.
  public struct Channel: Hashable, Sendable {
    /// What it is called.
    public let label: String?
    /// Six hexadecimal digits: red, green, blue.
    public let color: String?
    /// Whether viewers show it at first.
    public let isActive: Bool
    /// The values that are shown black and in full colour.
    public let start: Double?, end: Double?
    /// The values between which those can be set.
    public let minimum: Double?, maximum: Double?
  }

  /// `0.4` or `0.5`.
  public let version: String
  /// What the image is called; nil when the file says nothing.
  public let name: String?
  /// One an axis of the arrays, slowest first.
  public let axes: [Axis]
  /// At least one.
  public let levels: [Level]
  /// As the file says how to show them; empty when it does not.
  public let channels: [Channel]
  private let source: any ByteSource
  private let path: String

  /// Opens an image of a folder; its values stay on disk.
  ///
  /// - Throws: `metadata_invalid` for what the format does not allow, `unsupported_version`,
  ///   `path_escape`, and what `ZarrGroup` throws.
  public init(opening root: FilePath) throws {
    try self.init(opening: FolderSource(root))
  }

  /// Opens an image of any store, at a path in it.
  public init(opening source: any ByteSource, image path: String = "") throws {
    (self.source, self.path) = (source, path)
    let group = try ZarrGroup(opening: source, group: path)
    let parsed = try ArrayStoreError.located(store: source.name, array: path) {
      try OMEZarrMetadata(group.attributes, zarrVersion: group.version)
    }
    (version, name, axes, levels) = (parsed.version, parsed.name, parsed.axes, parsed.levels)
    channels = parsed.channels
    for level in levels { _ = try ZarrStore(source, name: level.path) }
  }

  // MARK: -

  /// The array of a level.
  ///
  /// - Throws: `metadata_invalid` when the array has not one dimension an axis.
  public func array(level: Int = 0) throws -> ZarrArray {
    let name = inside(levels[level].path)
    let array = try ZarrArray(opening: source, array: name)
    guard array.shape.count == axes.count else {
      throw ArrayStoreError(
        .metadataInvalid, "the array has \(array.shape.count) dimensions, the image \(axes.count) axes",
        store: source.name, array: name)
    }
    return array
  }

  /// The names of the label images that belong to this one; empty when there are none.
  public func labels() throws -> [String] {
    let folder = inside("labels")
    guard try source.exists(folder) else { return [] }
    let group = try ZarrGroup(opening: source, group: folder)
    return try ArrayStoreError.located(store: source.name, array: folder) {
      try OMEZarrMetadata.labels(group.attributes, zarrVersion: group.version)
    }
  }

  /// A label image by its name.
  public func label(_ name: String) throws -> OMEZarrImage {
    _ = try ZarrStore(source, name: name)
    return try OMEZarrImage(opening: source, image: inside("labels") + "/" + name)
  }

  private func inside(_ name: String) -> String { path.isEmpty ? name : path + "/" + name }

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
