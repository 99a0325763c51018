public import Fingerprints

/// A box in a source: what a region was cut from, and where.
public struct RegionPlace: Sendable, Hashable, Codable {
  /// What the region is called, for messages.
  public let name: String
  /// The volume: the digest of its content, or what a phantom is drawn from.
  public let source: Digest
  /// The first voxel along each axis.
  public let lower: [Int]
  /// One past the last voxel along each axis.
  public let upper: [Int]

  /// A place from its parts.
  public init(name: String, source: Digest, lower: [Int], upper: [Int]) {
    precondition(lower.count == upper.count, "place '\(name)': corners \(lower) and \(upper)")
    self.name = name
    self.source = source
    self.lower = lower
    self.upper = upper
  }

  /// Whether the two share a voxel.
  public func overlaps(_ other: RegionPlace) -> Bool {
    guard source == other.source, lower.count == other.lower.count else { return false }
    return lower.indices.allSatisfy { max(lower[$0], other.lower[$0]) < min(upper[$0], other.upper[$0]) }
  }
}

/// What is known of a region before it is made.
public struct RegionShape: Sendable, Hashable {
  /// What it is called.
  public let name: String
  /// What it is for, where the artifact holds regions of several roles.
  public let role: String
  /// Voxels along each axis; nil where only running tells.
  public let size: [Int]?
  /// Micrometres along each axis; nil where unknown.
  public let voxelSize: [Double]?
  /// Where it comes from.
  public let place: RegionPlace

  /// A shape from its parts.
  public init(name: String, role: String, size: [Int]?, voxelSize: [Double]?, place: RegionPlace) {
    self.name = name
    self.role = role
    self.size = size
    self.voxelSize = voxelSize
    self.place = place
  }

  /// The size in words: `32 x 160 x 160`.
  public var sizeText: String { size.map { $0.map(String.init).joined(separator: " x ") } ?? "unknown size" }
}

/// What is known of an artifact before it is made.
public struct ArtifactShape: Sendable, Hashable {
  /// Its regions, in order; none in a model.
  public let regions: [RegionShape]
  /// Voxels along each axis that a model sees at once; nil for what is no model.
  public let window: [Int]?

  /// A shape of regions.
  public init(regions: [RegionShape]) { (self.regions, window) = (regions, nil) }

  /// The shape of a model that sees windows of so many voxels.
  public init(window: [Int]) { (regions, self.window) = ([], window) }

  /// Where its regions are; nil for what holds none by its nature.
  var places: [RegionPlace]? { window == nil ? regions.map(\.place) : nil }
}

/// What a stage may know before anything runs.
public struct InputShapes: Sendable {
  /// Every connected port with the shapes of its artifacts, in order; nil for what only running tells.
  public let ports: [String: [ArtifactShape?]]
  /// The seed of the task.
  public let seed: UInt64
  /// Data outside the store, where it may be looked at.
  public let outside: OutsideData?

  /// Shapes by port.
  public init(_ ports: [String: [ArtifactShape?]] = [:], seed: UInt64 = 0, outside: OutsideData? = nil) {
    self.ports = ports
    self.seed = seed
    self.outside = outside
  }

  /// The regions of all artifacts of a port; nil where nothing is connected, or one is not known.
  public func regions(_ port: String) -> [RegionShape]? {
    guard let shapes = ports[port], !shapes.isEmpty else { return nil }
    var regions: [RegionShape] = []
    for shape in shapes {
      guard let shape else { return nil }
      regions += shape.regions
    }
    return regions
  }
}

/// Parameters and inputs that do not fit, found before anything runs.
public struct ShapeProblem: Error, Sendable, Hashable {
  /// The parameter to blame, with dots into records; empty for none.
  public let field: String
  /// What is wrong, in lower case.
  public let message: String
  /// What to do.
  public let hint: String?

  /// A problem from its parts.
  public init(_ field: String, _ message: String, hint: String? = nil) {
    self.field = field
    self.message = message
    self.hint = hint
  }
}
