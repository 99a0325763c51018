public import ArrayStores
public import Imaging
public import Pipeline

/// Regions of one marker whose images stay in the store: what `AnnotatedRegions` is to stages that read boxes of them.
public struct StreamedRegions: Sendable {
  /// One region.
  public struct Region: Sendable {
    /// The name, unique in its artifact.
    public let id: String
    /// Voxels along z, y, x.
    public let size: Extent
    /// The size of a voxel, or nil where nobody knows it.
    public let voxelSize: VoxelSize?
    /// Where it was cut from.
    public let place: SeenRegion
    private let image: any StoredArray

    fileprivate init(_ facts: Facts, _ image: any StoredArray) throws {
      id = try facts.text("id")
      guard image.shape.count == 3 else {
        throw TaskFailure(
          code: .badData, message: "region '\(id)' has the shape \(image.shape), not z, y, x", phase: "read")
      }
      size = Extent(image.shape[0], image.shape[1], image.shape[2])
      voxelSize = try facts.optionalNumbers("voxel").map(VoxelSize.init(axes:))
      place = try SeenRegion(facts)
      self.image = image
    }

    /// The values of a box in order z, y, x.
    ///
    /// - Throws: `TaskFailure` of code `store` where they cannot be read.
    public func voxels(in box: Box) throws -> [Float] {
      do {
        return try image.read(start: box.lower.axes, shape: box.size.axes).floats()
      } catch let error as ArrayStoreError {
        throw TaskFailure(code: .store, message: "region '\(id)' cannot be read: \(error)", phase: "read")
      }
    }
  }

  /// The marker's record.
  public let marker: Marker
  /// How the intensities were normalised, if they were.
  public let normalisation: Normalisation?
  /// In order.
  public let regions: [Region]

  /// - Parameter cache: Where chunks that were read are kept.
  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: OpenBundle, cache: ChunkCache) throws {
    let facts = Facts(bundle.facts, owner: "the artifact of type '\(bundle.type)'")
    marker = try Marker(facts.record("marker"))
    normalisation = try facts.optionalRecord("normalisation").map(Normalisation.init)
    regions = try facts.records("regions").enumerated().map { place, region in
      try Region(region, cache.caching(bundle.volume("regions/\(place)")))
    }
  }
}
