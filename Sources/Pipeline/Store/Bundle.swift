public import ArrayStores
public import Fingerprints
public import SystemPackage

/// The content of an artifact: what it is, its small facts, its tables and its volumes.
///
/// Tables are kept in HDF5, volumes in Zarr; both are named by paths such as `weights/head.bias`.
public struct Bundle: Sendable {
  /// A named array.
  public struct Entry: Sendable {
    /// The path inside the artifact: parts of letters, digits, `.`, `_` and `-`, separated by `/`.
    public let name: String
    /// The values.
    public let array: NDArray
    /// The size of a voxel in micrometres (z, y, x), for volumes whose spacing is known.
    public let voxelSize: [Double]?
    /// Whether numbers may be missing, as NaN; else a table with one that is not finite is not published.
    public let mayLackNumbers: Bool

    /// An entry; `voxelSize` in µm along z, y, x, of volumes only.
    public init(_ name: String, _ array: NDArray, voxelSize: [Double]? = nil, mayLackNumbers: Bool = false) {
      self.name = name
      self.array = array
      self.voxelSize = voxelSize
      self.mayLackNumbers = mayLackNumbers
    }
  }

  /// A volume that its stage has streamed into a folder, because it is too large to be held.
  public struct StreamedVolume: Sendable {
    /// As of an `Entry`.
    public let name: String
    /// An OME-Zarr image on the disk of the store; publishing moves it away.
    public let image: FilePath
    /// The logical digest with the axes z, y and x and the voxel size, as it was computed on the way.
    public let digest: Digest
    /// µm along z, y, x; nil when unknown.
    public let voxelSize: [Double]?

    /// A volume that is on the disk already; `voxelSize` in µm along z, y, x.
    public init(_ name: String, image: FilePath, digest: Digest, voxelSize: [Double]?) {
      (self.name, self.image, self.digest, self.voxelSize) = (name, image, digest, voxelSize)
    }
  }

  /// The type of the artifact.
  public let type: ArtifactType
  /// Small facts; part of the digest.
  public var facts: [String: CanonicalValue]
  /// Tables, weights: kept in HDF5.
  public var tables: [Entry]
  /// Images with axes z, y, x: kept in Zarr.
  public var volumes: [Entry]
  /// Where its regions come from; not part of the artifact, but of the row of the task that gives it.
  public var places: [RegionPlace]?
  /// Volumes that are on the disk already: written only, read as `volumes`.
  public var streamed: [StreamedVolume] = []

  /// A bundle; names differ within tables and within volumes.
  public init(
    _ type: ArtifactType, facts: [String: CanonicalValue] = [:], tables: [Entry] = [], volumes: [Entry] = []
  ) {
    self.type = type
    self.facts = facts
    self.tables = tables
    self.volumes = volumes
  }

  /// The table of that name.
  public func table(_ name: String) throws -> NDArray { try Self.entry(name, in: tables, of: type) }

  /// The volume of that name.
  public func volume(_ name: String) throws -> NDArray { try Self.entry(name, in: volumes, of: type) }

  private static func entry(_ name: String, in entries: [Entry], of type: ArtifactType) throws -> NDArray {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw TaskFailure(code: .store, message: "the artifact of type '\(type)' holds no '\(name)'", phase: "read")
    }
    return entry.array
  }
}
