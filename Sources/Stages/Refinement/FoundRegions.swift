import Artifacts
import Imaging
import Neural
import Pipeline

/// Detections with their features and, where somebody set them, the annotations of their regions.
struct FoundRegions {
  let detections: RegionDetections
  let features: RegionFeatures

  /// - Throws: `TaskFailure` where the features are of other detections.
  init(_ detections: RegionDetections, _ features: RegionFeatures) throws {
    let (found, described) = (
      zip(detections.regions, detections.detections).map { ($0, $1.count) },
      features.regions.map { ($0.name, $0.tokens.count) }
    )
    guard found.elementsEqual(described, by: ==) else {
      throw TaskFailure(
        code: .badData,
        message: "the features are of \(Self.words(described)), the detections are \(Self.words(found)); take the "
          + "features of these detections")
    }
    self.detections = detections
    self.features = features
  }

  private static func words(_ counts: [(String, Int)]) -> String {
    counts.isEmpty ? "none" : counts.map { "\($1) in '\($0)'" }.joined(separator: ", ")
  }

  /// The numbers of each detection, region by region.
  func rows(of inputs: [RefinerModel.Input]) -> [[[Double]]] {
    zip(detections.detections, features.regions).map { found, described in
      found.scores.indices.map { place in
        inputs.flatMap { input -> [Double] in
          switch input {
          case .score: [Double(found.scores[place])]
          case .intensity: described.intensities[place].map(Double.init)
          case .encoder: described.tokens[place].map(Double.init)
          }
        }
      }
    }
  }

  /// Whether each detection matches an annotation, greedily within the marker's tolerance; nil for one in an ignore box.
  ///
  /// - Parameter known: Holds every region that there are detections in.
  func labels(by known: AnnotatedRegions) throws -> [[Bool?]] {
    try zip(detections.regions, detections.detections).map { name, found in
      let region = try Self.region(name, of: known, in: "regions")
      let area = region.area()
      let matching = try Matching(
        found.points, with: region.centres, tolerance: .pixels(known.marker.tolerance), area: area)
      let matched = Set(matching.pairs.map(\.detection))
      return found.points.indices.map { area.contains(found.points[$0]) ? matched.contains($0) : nil }
    }
  }

  /// The detections with other scores.
  func scored(by model: RefinerModel) -> RegionDetections {
    let scored = zip(detections.detections, rows(of: model.inputs)).map { found, rows in
      Detections(points: found.points, scores: rows.map { Float(model.classifier.probability(of: $0)) })
    }
    return RegionDetections(regions: detections.regions, detections: scored, tau: model.tau)
  }

  // MARK: - Regions by name

  static func region(_ name: String, of known: AnnotatedRegions, in port: String) throws -> AnnotatedRegion {
    guard let region = known.regions.first(where: { $0.id == name }) else {
      throw missing(name, among: known.regions.map(\.id), of: port)
    }
    return region
  }

  static func missing(_ name: String, among known: [String], of port: String) -> TaskFailure {
    let names = known.map { "'\($0)'" }.joined(separator: ", ")
    return TaskFailure(
      code: .badData,
      message: "there are detections in region '\(name)', input '\(port)' holds \(known.isEmpty ? "none" : names)")
  }
}

extension RefinerModel {
  /// - Throws: `TaskFailure` where features are of another encoder, or of other intensities, than it looks at.
  func check(_ features: RegionFeatures) throws {
    if let encoder, encoder != features.encoder {
      throw TaskFailure(
        code: .badData,
        message: "the refiner was trained with \(encoder), the features are of \(features.encoder); take the same "
          + "model, and of a random one the same seed")
    }
    if inputs.contains(.intensity), intensityNames != features.intensityNames {
      throw TaskFailure(
        code: .badData,
        message: "the refiner looks at the intensities \(intensityNames), the features hold \(features.intensityNames)")
    }
  }
}
