public import ArrayStores
public import Fingerprints
public import Imaging
public import Pipeline

extension ArtifactType {
  /// Regions of one marker with their cell centres.
  public static let annotatedRegions = ArtifactType("annotated-regions")
}

/// One region of a volume and the cells that a person, or the phantom's physics, set in it.
public struct AnnotatedRegion: Sendable {
  /// The name, unique in its artifact: `test-2`, `cfos_753`.
  public var id: String
  /// What the region is for.
  public var role: Role
  /// Shape `[z, y, x]`, in the type of its source.
  public var image: NDArray
  /// The size of a voxel, or nil where nobody knows it.
  public var voxelSize: VoxelSize?
  /// The digest of the volume that the region was cut from; equal for regions of one source.
  public var source: Digest
  /// Where in the source it lies.
  public var box: Box
  /// The centres of the cells, 0-based, in voxels of the region.
  public var centres: [Point]
  /// Where nothing counts: neither annotations nor detections.
  public var ignore: [Box]
  /// What the intensities were measured to be, once the region is normalised.
  public var intensities: NormalisationValues?

  /// A region of these parts; `box` is its place in the volume that `source` names.
  public init(
    id: String, role: Role, image: NDArray, voxelSize: VoxelSize?, source: Digest, box: Box, centres: [Point],
    ignore: [Box], intensities: NormalisationValues? = nil
  ) {
    self.id = id
    self.role = role
    self.image = image
    self.voxelSize = voxelSize
    self.source = source
    self.box = box
    self.centres = centres
    self.ignore = ignore
    self.intensities = intensities
  }

  /// The image as Floats.
  public func volume() throws -> Volume {
    guard image.shape.count == 3 else {
      throw TaskFailure(
        code: .badData, message: "region '\(id)' has the shape \(image.shape), not z, y, x", phase: "read")
    }
    let size = Extent(image.shape[0], image.shape[1], image.shape[2])
    return Volume(size: size, values: image.floats(), voxelSize: voxelSize)
  }
}

/// The artifact everything turns on: the regions of one marker, in order, with the marker's record.
public struct AnnotatedRegions: Sendable {
  /// Label, display name and tolerance: what no table in code knows.
  public var marker: Marker
  /// In order.
  public var regions: [AnnotatedRegion]
  /// How the intensities were normalised, if they were.
  public var normalisation: Normalisation?

  /// Regions of one marker, in this order.
  public init(marker: Marker, regions: [AnnotatedRegion], normalisation: Normalisation? = nil) {
    self.marker = marker
    self.regions = regions
    self.normalisation = normalisation
  }

  /// Where the regions come from.
  public var places: [RegionPlace] {
    regions.map { RegionPlace(name: $0.id, source: $0.source, lower: $0.box.lower.axes, upper: $0.box.upper.axes) }
  }

  // MARK: - In the store

  /// As an artifact.
  public func bundle() throws -> Bundle {
    var bundle = Bundle(
      .annotatedRegions,
      facts: [
        "marker": marker.facts,
        "normalisation": normalisation?.facts ?? .null,
        "regions": .list(regions.map(\.facts)),
      ])
    bundle.places = places
    for (place, region) in regions.enumerated() {
      let folder = "regions/\(place)"
      bundle.volumes.append(Bundle.Entry(folder, region.image, voxelSize: region.voxelSize?.axes))
      bundle.tables.append(Bundle.Entry(folder + "/centres", try NDArray(points: region.centres)))
      bundle.tables.append(Bundle.Entry(folder + "/ignore", try NDArray(boxes: region.ignore)))
    }
    return bundle
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    marker = try Marker(facts.record("marker"))
    normalisation = try facts.optionalRecord("normalisation").map(Normalisation.init)
    regions = try facts.records("regions").enumerated().map { place, region in
      let folder = "regions/\(place)"
      return AnnotatedRegion(
        id: try region.text("id"),
        role: try Role(named: region.text("role")),
        image: try bundle.volume(folder),
        voxelSize: try region.optionalNumbers("voxel").map(VoxelSize.init(axes:)),
        source: try region.digest("source"),
        box: try Box(region.integers("box")),
        centres: try bundle.table(folder + "/centres").points(),
        ignore: try bundle.table(folder + "/ignore").boxes(),
        intensities: try region.optionalNumbers("intensities").map(NormalisationValues.init(numbers:)))
    }
  }
}

extension AnnotatedRegion {
  fileprivate var facts: CanonicalValue {
    .map([
      "id": .text(id), "role": .text(role.rawValue), "voxel": .numbers(voxelSize?.axes),
      "source": .bytes(source.bytes), "box": .integers(box.lower.axes + box.upper.axes),
      "intensities": .numbers(intensities?.numbers),
    ])
  }
}

extension Marker {
  init(_ facts: Facts) throws {
    self.init(
      label: try facts.text("label"), displayName: try facts.text("display"), tolerance: try facts.number("tolerance"))
  }
}

extension Role {
  init(named name: String) throws {
    guard let role = Role(rawValue: name) else {
      throw TaskFailure(code: .store, message: "a region has the unknown role '\(name)'", phase: "read")
    }
    self = role
  }
}
