import ArrayStores
import Fingerprints
public import Imaging
public import Pipeline

extension ArtifactType {
  /// Cells that were found, with scores, region by region.
  public static let detections = ArtifactType("detections")
}

/// The cells found in each region of an artifact, all of them, whatever their score.
public struct RegionDetections: Sendable {
  /// The names of the regions, in the order of the regions artifact.
  public var regions: [String]
  /// The detections of each region.
  public var detections: [Detections]
  /// The threshold chosen with them, for detectors without a model.
  public var tau: Double?

  /// Detections of each region, in the order of `regions`; `tau` is theirs where no model has one.
  public init(regions: [String], detections: [Detections], tau: Double? = nil) {
    self.regions = regions
    self.detections = detections
    self.tau = tau
  }

  // MARK: - In the store

  /// As an artifact.
  public func bundle() throws -> Bundle {
    Bundle(
      .detections,
      facts: ["regions": .list(regions.map { .text($0) }), "tau": tau.map { .number($0) } ?? .null],
      tables: try detections.enumerated().flatMap { place, found in
        [
          Bundle.Entry("regions/\(place)/points", try NDArray(points: found.points)),
          Bundle.Entry("regions/\(place)/scores", try NDArray(found.scores, shape: [found.scores.count])),
        ]
      })
  }

  /// - Throws: `TaskFailure` naming what the artifact lacks.
  public init(_ bundle: Bundle) throws {
    let facts = Facts(bundle)
    regions = try facts.texts("regions")
    tau = try facts.optionalNumber("tau")
    detections = try regions.enumerated().map { place, region in
      let points = try bundle.table("regions/\(place)/points").points()
      let scores = try bundle.table("regions/\(place)/scores").values(as: Float.self)
      guard points.count == scores.count else {
        throw TaskFailure(
          code: .store, message: "region '\(region)' has \(points.count) points and \(scores.count) scores",
          phase: "read")
      }
      return Detections(points: points, scores: scores)
    }
  }
}
