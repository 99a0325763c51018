import ArrayStores
import Artifacts
public import Fingerprints
public import Imaging
public import Pipeline

/// What submissions are scored against: the test regions of an experiment, by marker.
public struct LeaderboardTruth: Sendable {
  /// The test regions of one marker.
  public struct Group: Sendable {
    public let marker: Marker
    public let regions: [Region]
  }

  /// One region, without its image.
  public struct Region: Sendable {
    public let id: String
    public let size: Extent
    public let voxelSize: VoxelSize?
    public let centres: [Point]
    public let ignore: [Imaging.Box]

    /// A region from its parts.
    public init(id: String, size: Extent, voxelSize: VoxelSize?, centres: [Point], ignore: [Imaging.Box] = []) {
      (self.id, self.size, self.voxelSize, self.centres, self.ignore) = (id, size, voxelSize, centres, ignore)
    }
  }

  /// In the order of the experiment.
  public let groups: [Group]
  /// Changes with every region, annotation and tolerance.
  public let digest: Digest

  /// Truth from its parts.
  ///
  /// - Throws: `TaskFailure` where a marker is there twice.
  public init(_ groups: [(marker: Marker, regions: [Region])]) throws {
    let labels = groups.map(\.marker.label)
    if let label = labels.first(where: { label in labels.count { $0 == label } > 1 }) {
      throw TaskFailure(
        code: .badData,
        message: "test regions of '\(label)' come from several tasks of the experiment; a leaderboard takes one source "
          + "a marker")
    }
    self.groups = groups.map { Group(marker: $0.marker, regions: $0.regions) }
    digest = Digest.of(
      try CanonicalValue.list(
        groups.map { marker, regions in
          .list([.text(marker.label), .number(marker.tolerance), .list(regions.map(\.canonical))])
        }
      ).encoded())
  }

  /// The test regions that an experiment began with.
  ///
  /// - Throws: `StoreError` where they are not computed yet, or there are none.
  public init(of plan: Plan, in store: Store) throws {
    var groups: [(marker: Marker, regions: [Region])] = []
    for entry in plan.entries where entry.task.inputs.isEmpty && entry.task.experiment == nil {
      guard entry.task.prepared.ports.outputs.contains(where: { $0.type == .annotatedRegions }) else { continue }
      guard let output = entry.manifest?.outputs["regions"] else {
        throw StoreError("'\(entry.task.address)' has no result yet; run the experiment first")
      }
      let read = try AnnotatedRegions(store.read(output.digest, as: .annotatedRegions))
      groups.append(
        (
          read.marker,
          read.regions.filter { $0.role == .test }.map { region in
            let shape = region.image.shape
            return Region(
              id: region.id, size: Extent(shape[0], shape[1], shape[2]), voxelSize: region.voxelSize,
              centres: region.centres, ignore: region.ignore)
          }
        ))
    }
    groups.removeAll { $0.regions.isEmpty }
    guard !groups.isEmpty else { throw StoreError("the experiment begins with no test regions to score against") }
    try self.init(groups)
  }
}

extension LeaderboardTruth.Region {
  fileprivate var canonical: CanonicalValue {
    .list([
      .text(id), .list(size.axes.map { .integer(Int64($0)) }),
      .list(centres.flatMap { [$0.z, $0.y, $0.x] }.map { .number(Double($0)) }),
      .list(ignore.flatMap { $0.lower.axes + $0.upper.axes }.map { .integer(Int64($0)) }),
    ])
  }
}
