import Artifacts
public import Fingerprints
import Foundation
public import Imaging
import Pipeline
import Recipes
public import SystemPackage

/// What somebody hands in: `submission.yaml` with a name and a method, and a file of points a marker and region.
///
/// `MARKER/REGION.csv`, `.napari.csv`, `.xml` (cellfinder) or `.precomputed` (Neuroglancer). Regions may be left out:
/// there, nothing was found.
public struct Submission: Sendable {
  public let name: String
  public let method: String
  /// The points by marker and region; only what was handed in.
  public let found: [String: [String: Detections]]

  private static let endings = [".napari.csv", ".csv", ".xml", ".precomputed"]

  /// A submission from its parts.
  public init(name: String, method: String, found: [String: [String: Detections]]) {
    self.name = name
    self.method = method
    self.found = found
  }

  /// Reads and checks a folder.
  ///
  /// - Throws: `TaskFailure` for what is missing, unknown, twice there or outside of its region.
  public init(reading folder: FilePath, for truth: LeaderboardTruth) throws {
    let card = try Self.card(of: folder)
    var found: [String: [String: Detections]] = [:]
    for marker in try Self.entries(of: folder) where marker != "submission.yaml" {
      guard let group = truth.groups.first(where: { $0.marker.label == marker }) else {
        let known = Self.quoted(truth.groups.map(\.marker.label))
        throw Self.failure("'\(folder.appending(marker))' is of no marker here; there are \(known)")
      }
      found[marker] = try Self.regions(of: folder.appending(marker), for: group)
    }
    guard found.values.contains(where: { !$0.isEmpty }) else {
      let example = truth.groups.first.map { "\($0.marker.label)/\($0.regions.first?.id ?? "").csv" } ?? ""
      throw Self.failure("'\(folder)' holds no points; expected a file a marker and region, such as '\(example)'")
    }
    self.init(name: card.name, method: card.method, found: found)
  }

  /// The name of the content: equal for equal points, whatever the name, the order and the format.
  ///
  /// - Throws: Where a number cannot be digested.
  public func digest() throws -> Digest {
    Digest.of(
      try CanonicalValue.map(
        found.mapValues { regions in
          .map(
            regions.mapValues { detections in
              let rows = detections.points.map { [$0.z, $0.y, $0.x].map(Double.init) }
              let sorted = rows.sorted { $0.lexicographicallyPrecedes($1) }
              return .list(sorted.map { .list($0.map { .number($0) }) })
            })
        }
      ).encoded())
  }

  // MARK: - Reading

  private static func card(of folder: FilePath) throws -> (name: String, method: String) {
    let path = folder.appending("submission.yaml")
    guard let data = FileManager.default.contents(atPath: path.string) else {
      throw failure("there is no '\(path)'; it says 'name: ...' and 'method: ...'")
    }
    let node = try Node.parse(String(decoding: data, as: UTF8.self), file: path.string)
    if let stray = node.mapping?.first(where: { !["name", "method"].contains($0.name) }) {
      throw failure("'\(path)' has the unknown key '\(stray.name)'; it takes 'name' and 'method'")
    }
    func text(_ key: String) throws -> String {
      guard let text = node[key]?.scalar, !text.isEmpty else {
        throw failure("'\(path)' does not say '\(key): ...'")
      }
      return text
    }
    return (try text("name"), try text("method"))
  }

  private static func regions(
    of folder: FilePath, for group: LeaderboardTruth.Group
  ) throws -> [String: Detections] {
    var found: [String: Detections] = [:]
    var paths: [String: String] = [:]
    for name in try entries(of: folder) {
      guard let ending = endings.first(where: { name.hasSuffix($0) }) else {
        throw failure("'\(folder.appending(name))' is no file of points; they end in \(quoted(endings))")
      }
      let id = String(name.dropLast(ending.count))
      guard let region = group.regions.first(where: { $0.id == id }) else {
        throw failure(
          "'\(folder.appending(name))' is of no test region of \(group.marker.label); there are "
            + quoted(group.regions.map(\.id)))
      }
      if let other = paths[id] {
        throw failure("region '\(id)' of \(group.marker.label) is there twice: '\(other)' and '\(name)'; remove one")
      }
      paths[id] = name
      let file = try PointFile(reading: folder.appending(name))
      if let other = file.regions.first(where: { !$0.name.isEmpty && $0.name != id }) {
        throw failure(
          "'\(folder.appending(name))' names the region '\(other.name)' in its column 'region', expected only '\(id)'; "
            + "hand in a file a region")
      }
      let points = file.all
      try check(points, in: region, folder.appending(name))
      found[id] = points
    }
    return found
  }

  private static func check(_ found: Detections, in region: LeaderboardTruth.Region, _ path: FilePath) throws {
    let size = region.size
    let outside = found.points.count { point in
      !(-0.5...Float(size.z) - 0.5).contains(point.z) || !(-0.5...Float(size.y) - 0.5).contains(point.y)
        || !(-0.5...Float(size.x) - 0.5).contains(point.x)
    }
    guard outside == 0 else {
      throw failure(
        "\(outside) of the \(found.count) points of '\(path)' lie outside of region '\(region.id)' of \(size) voxels; "
          + "positions are voxels from 0 in the order z, y, x")
    }
  }

  private static func entries(of folder: FilePath) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.string).filter { !$0.hasPrefix(".") }.sorted()
    } catch {
      throw failure("'\(folder)' is no folder; a submission is one, with a folder a marker in it")
    }
  }

  private static func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }

  private static func failure(_ message: String) -> TaskFailure {
    TaskFailure(code: .badData, message: message, phase: "read")
  }
}
