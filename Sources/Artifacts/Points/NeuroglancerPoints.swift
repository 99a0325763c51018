import Foundation
import Imaging
import Pipeline
import SystemPackage

/// Points as Neuroglancer's precomputed annotations: `info`, one spatial chunk, and one file an annotation.
///
/// The layout is that of `neuroglancer_annotations_v1` as neuroglancer-python writes it: little-endian, three Float32
/// a point in the order of the dimensions, then its properties, padded to four bytes; identifiers are places.
struct NeuroglancerPoints {
  /// What a point turned out to be, where it was compared with annotations.
  enum Kind: UInt8 { case truePositive, falsePositive, falseNegative }

  let detections: Detections
  let voxelSize: VoxelSize?
  /// As many as there are points, or none.
  let kinds: [Kind]?

  init(_ detections: Detections, voxelSize: VoxelSize?, kinds: [Kind]? = nil) {
    precondition(kinds.map { $0.count == detections.count } ?? true, "neuroglancer: \(detections.count) points")
    self.detections = detections
    self.voxelSize = voxelSize
    self.kinds = kinds
  }

  // MARK: - Writing

  /// Writes the folder.
  ///
  /// - Throws: `TaskFailure` where something stands there.
  func write(to folder: FilePath) throws {
    try Self.checkFree(folder)
    let byID = folder.appending("by_id")
    let spatial = folder.appending("spatial0")
    for path in [byID, spatial] {
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }
    try Data(info.utf8).write(to: URL(fileURLWithPath: folder.appending("info").string))
    let records = detections.points.indices.map(record)
    for (place, record) in records.enumerated() {
      try Data(record).write(to: URL(fileURLWithPath: byID.appending("\(place)").string))
    }
    let chunk =
      Self.bytes(UInt64(records.count)) + records.joined() + records.indices.flatMap { Self.bytes(UInt64($0)) }
    try Data(chunk).write(to: URL(fileURLWithPath: spatial.appending("0_0_0").string))
  }

  /// - Throws: `TaskFailure` where something stands there.
  static func checkFree(_ folder: FilePath) throws {
    guard !FileManager.default.fileExists(atPath: folder.string) else {
      throw TaskFailure(
        code: .badData, message: "'\(folder)' is there already; remove it or choose another name", phase: "write")
    }
  }

  private func record(_ place: Int) -> [UInt8] {
    let point = detections.points[place]
    let numbers = [point.z, point.y, point.x, detections.scores[place]].flatMap { Self.bytes($0.bitPattern) }
    return numbers + (kinds.map { [$0[place].rawValue, 0, 0, 0] } ?? [])
  }

  private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  /// Written by hand, because the order of its keys and its spaces are those of Python's `json`.
  private var info: String {
    let (lower, upper) = bounds
    let sizes =
      voxelSize.map { [$0.z, $0.y, $0.x].map { "[\($0 * 1000 * 1e-9), \"m\"]" } } ?? [
        "[1, \"\"]", "[1, \"\"]", "[1, \"\"]",
      ]
    let list = { (numbers: [Double]) in "[" + numbers.map { "\($0)" }.joined(separator: ", ") + "]" }
    let kind =
      kinds == nil
      ? "" : #", {"id": "kind", "type": "uint8", "enum_values": [0, 1, 2], "enum_labels": ["tp", "fp", "fn"]}"#
    let chunk = zip(lower, upper).map { $1 > $0 ? $1 - $0 : 1 }
    return #"{"@type": "neuroglancer_annotations_v1", "dimensions": {"z": \#(sizes[0]), "y": \#(sizes[1]), "#
      + #""x": \#(sizes[2])}, "lower_bound": \#(list(lower)), "upper_bound": \#(list(upper)), "#
      + #""annotation_type": "point", "properties": [{"id": "score", "type": "float32"}\#(kind)], "#
      + #""relationships": [], "by_id": {"key": "by_id"}, "spatial": [{"key": "spatial0", "#
      + #""grid_shape": [1, 1, 1], "chunk_size": \#(list(chunk)), "limit": \#(max(1, detections.count))}]}"#
  }

  /// In the shortest decimals of the coordinates.
  private var bounds: (lower: [Double], upper: [Double]) {
    let axes: [(Point) -> Float] = [{ $0.z }, { $0.y }, { $0.x }]
    let values = axes.map { axis in detections.points.map { Double("\(axis($0))") ?? Double(axis($0)) } }
    return (values.map { $0.min() ?? 0 }, values.map { $0.max() ?? 0 })
  }
}
