import ArrayStores
import Artifacts
import Fingerprints
public import Imaging
public import Pipeline

/// Reads what was found and what is there from the artifacts behind an evaluation, so that it can be looked at again.
public final class StudyReader {
  private let plan: Plan
  private let store: Store
  /// The regions of each artifact without their images, by digest.
  private var regions: [Digest: (marker: Marker, regions: [KnownRegion])] = [:]

  /// What scoring needs of a region.
  private struct KnownRegion {
    let id: String
    let size: Extent
    let voxelSize: VoxelSize?
    let centres: [Point]
    let ignore: [Imaging.Box]
  }

  /// - Parameter plan: A plan in which what is read must be cached.
  public init(_ plan: Plan, store: Store) {
    self.plan = plan
    self.store = store
  }

  /// Whether a task is an evaluation that can be read.
  public static func isEvaluation(_ entry: Plan.Entry) -> Bool { entry.task.prepared.kind == "evaluate.detections" }

  /// The study behind an evaluation: at its own threshold, by its own rule.
  ///
  /// - Throws: `StoreError` or `TaskFailure` for what is not in the store.
  public func study(of entry: Plan.Entry) throws -> DetectionStudy {
    let (marker, known) = try knownRegions(digest("regions", of: entry))
    let found = try RegionDetections(store.read(digest("detections", of: entry), as: .detections))
    var border = 0
    if case .integer(let margin)? = entry.parameters["border"] { border = Int(margin) }
    return DetectionStudy(
      regions: zip(known, found.detections).map { region, detections in
        ScoredRegion(
          id: region.id, detections: detections, annotations: region.centres,
          area: EvaluationArea(size: region.size, ignore: region.ignore, border: border),
          voxelSize: region.voxelSize, tolerance: marker.tolerance)
      }, settings: settings(of: entry), areProbabilities: hasModel(entry))
  }

  /// The regions that an evaluation scored on, their images left in the store.
  ///
  /// - Throws: `StoreError` or `TaskFailure` for what is not in the store.
  func images(of entry: Plan.Entry) throws -> StreamedRegions {
    try StreamedRegions(
      store.open(digest("regions", of: entry), as: .annotatedRegions), cache: ChunkCache(limit: 64 << 20))
  }

  /// The content of the regions that an evaluation scored on.
  ///
  /// - Throws: `StoreError` for what is not in the store.
  func regionsDigest(of entry: Plan.Entry) throws -> Digest { try digest("regions", of: entry) }

  // MARK: - Private

  private func settings(of entry: Plan.Entry) -> ScoringSettings {
    var settings = ScoringSettings()
    if case .text(let name)? = entry.parameters["rule"], let rule = MatchRule(rawValue: name) { settings.rule = rule }
    if case .text(let name)? = entry.parameters["unit"], let unit = DistanceUnit(rawValue: name) {
      settings.unit = unit
    }
    settings.tau = entry.manifest?.metrics.first { $0.name == "tau" }?.value
    return settings
  }

  /// Whether a model found or scored the detections of an evaluation, so that their scores are probabilities.
  private func hasModel(_ entry: Plan.Entry) -> Bool {
    guard let input = entry.task.inputs.first(where: { $0.port == "detections" }) else { return false }
    return plan.entries[input.producer].task.inputs.contains { ["model", "refiner"].contains($0.port) }
  }

  private func digest(_ port: String, of entry: Plan.Entry) throws -> Digest {
    guard let input = entry.task.inputs.first(where: { $0.port == port }),
      let output = plan.entries[input.producer].manifest?.outputs[input.producerPort]
    else { throw StoreError("'\(entry.task.address)' has no \(port) in the store; run the experiment first") }
    return output.digest
  }

  private func knownRegions(_ digest: Digest) throws -> (Marker, [KnownRegion]) {
    if let known = regions[digest] { return known }
    let read = try AnnotatedRegions(store.read(digest, as: .annotatedRegions))
    let known = read.regions.map { region in
      let shape = region.image.shape
      return KnownRegion(
        id: region.id, size: Extent(shape[0], shape[1], shape[2]), voxelSize: region.voxelSize,
        centres: region.centres, ignore: region.ignore)
    }
    regions[digest] = (read.marker, known)
    return (read.marker, known)
  }
}
