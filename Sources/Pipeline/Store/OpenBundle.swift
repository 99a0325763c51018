public import ArrayStores
public import Fingerprints

/// An artifact whose volumes stay in the store and are read piece by piece.
public struct OpenBundle: Sendable {
  /// A volume of the artifact.
  public struct Volume: Sendable {
    /// The path inside the artifact.
    public let name: String
    /// The values, with axes z, y, x.
    public let array: any StoredArray
    /// µm along z, y, x; nil when unknown.
    public let voxelSize: [Double]?
    /// The logical digest with the axes z, y and x and the voxel size; nil for what comes from memory.
    public let digest: Digest?

    /// A volume from its parts.
    public init(_ name: String, _ array: any StoredArray, voxelSize: [Double]? = nil, digest: Digest? = nil) {
      (self.name, self.array, self.voxelSize, self.digest) = (name, array, voxelSize, digest)
    }
  }

  /// The type of the artifact.
  public let type: ArtifactType
  /// Small facts.
  public let facts: [String: CanonicalValue]
  /// Images.
  public let volumes: [Volume]

  /// An artifact from its parts.
  public init(_ type: ArtifactType, facts: [String: CanonicalValue], volumes: [Volume]) {
    (self.type, self.facts, self.volumes) = (type, facts, volumes)
  }

  /// An artifact that is in memory already.
  public init(_ bundle: Bundle) {
    self.init(
      bundle.type, facts: bundle.facts,
      volumes: bundle.volumes.map { Volume($0.name, $0.array, voxelSize: $0.voxelSize) })
  }

  /// The volume of that name.
  ///
  /// - Throws: `TaskFailure` of code `store` where there is none.
  public func volume(_ name: String) throws -> any StoredArray {
    guard let volume = volumes.first(where: { $0.name == name }) else {
      throw TaskFailure(code: .store, message: "the artifact of type '\(type)' holds no '\(name)'", phase: "read")
    }
    return volume.array
  }
}
