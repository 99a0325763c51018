import Foundation
import Imaging
import Pipeline
import SystemPackage

extension NeuroglancerPoints {
  /// Reads the annotations of a folder from all of its spatial indices, in the order of their identifiers.
  static func read(_ folder: FilePath) throws -> PointFile {
    let layout = try Layout(folder)
    var found: [(id: UInt64, record: Record)] = []
    for index in layout.spatial {
      let path = folder.appending(index)
      let names = try contents(of: path).sorted()
      for name in names where !name.hasPrefix(".") {
        found += try layout.records(of: Array(bytes(of: path.appending(name))), path.appending(name))
      }
    }
    // A point stands in one chunk of one index; the place in the file is its identifier.
    found.sort { $0.id < $1.id }
    let records = found.map(\.record)
    return PointFile(
      regions: [
        .init(detections: Detections(points: records.map(\.point), scores: records.map { $0.score ?? 1 }))
      ], voxelSize: layout.voxelSize, hasScores: layout.scoreOffset != nil)
  }

  private struct Record {
    let point: Point
    let score: Float?
  }

  private static func bytes(of path: FilePath) throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path.string))
    } catch {
      throw failure("cannot read '\(path)': \(error.localizedDescription)")
    }
  }

  private static func contents(of path: FilePath) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path.string)
    } catch {
      throw failure("cannot read '\(path)': \(error.localizedDescription)")
    }
  }

  private static func failure(_ message: String) -> TaskFailure {
    TaskFailure(code: .badData, message: message, phase: "read")
  }

  // MARK: - Layout

  /// The parts of `info` that are read.
  private struct Info: Decodable {
    struct Property: Decodable {
      let id: String
      let type: String
    }
    struct Index: Decodable { let key: String }

    let type: String
    let annotation: String
    let properties: [Property]?
    let spatial: [Index]?
    let dimensions: [String: Dimension]

    enum CodingKeys: String, CodingKey {
      case type = "@type"
      case annotation = "annotation_type"
      case properties, spatial, dimensions
    }
  }

  /// `[6e-06, "m"]`.
  private struct Dimension: Decodable {
    let scale: Double
    let unit: String

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      scale = try list.decode(Double.self)
      unit = try list.decode(String.self)
    }
  }

  /// Where things lie in a record.
  private struct Layout {
    let spatial: [String]
    let voxelSize: VoxelSize?
    /// The places of z, y, x among the dimensions.
    let axes: [Int]
    let scoreOffset: Int?
    let length: Int

    init(_ folder: FilePath) throws {
      let path = folder.appending("info")
      let data = try NeuroglancerPoints.bytes(of: path)
      let info: Info
      do {
        info = try JSONDecoder().decode(Info.self, from: data)
      } catch {
        throw failure("'\(path)' is no description of annotations: \(error)")
      }
      guard info.type == "neuroglancer_annotations_v1", info.annotation.lowercased() == "point" else {
        throw failure(
          "'\(path)' describes '\(info.annotation)' of '\(info.type)', expected points of neuroglancer_annotations_v1")
      }
      // The order of the dimensions is that of the text.
      let names = try Self.names(of: data, info, path)
      axes = try ["z", "y", "x"].map { name in
        guard let place = names.firstIndex(of: name), names.count == 3 else {
          throw failure("'\(path)' has the dimensions \(names.joined(separator: ", ")), expected z, y and x")
        }
        return place
      }
      let sizes = ["z", "y", "x"].compactMap { info.dimensions[$0] }
      voxelSize =
        sizes.allSatisfy { $0.unit == "m" && $0.scale > 0 }
        ? VoxelSize(sizes[0].scale * 1e6, sizes[1].scale * 1e6, sizes[2].scale * 1e6) : nil
      spatial = (info.spatial ?? []).map(\.key)
      guard !spatial.isEmpty else {
        throw failure(
          "'\(path)' names no 'spatial' index, in which points are looked up; write the annotations with one")
      }
      (scoreOffset, length) = try Self.offsets(info.properties ?? [], path)
    }

    private static func names(of data: Data, _ info: Info, _ path: FilePath) throws -> [String] {
      let text = String(decoding: data, as: UTF8.self)
      guard let start = text.firstRange(of: "\"dimensions\"") else { throw failure("'\(path)' has no dimensions") }
      let rest = text[start.upperBound...]
      return info.dimensions.keys.sorted { one, other in
        let places = [one, other].map { rest.firstRange(of: "\"\($0)\"")?.lowerBound ?? rest.endIndex }
        return places[0] < places[1]
      }
    }

    /// Properties stand by falling size of their parts, as the format says.
    private static func offsets(_ properties: [Info.Property], _ path: FilePath) throws -> (score: Int?, length: Int) {
      let sizes = [
        "float32": (4, 4), "uint32": (4, 4), "int32": (4, 4), "uint16": (2, 2), "int16": (2, 2), "uint8": (1, 1),
        "int8": (1, 1), "rgb": (1, 3), "rgba": (1, 4),
      ]
      var offset = 12
      var score: Int?
      for part in [4, 2, 1] {
        for property in properties {
          guard let (unit, size) = sizes[property.type] else {
            throw failure("'\(path)' has a property '\(property.id)' of the unknown type '\(property.type)'")
          }
          guard unit == part else { continue }
          if property.id == "score", property.type == "float32" { score = offset }
          offset += size
        }
      }
      return (score, (offset + 3) / 4 * 4)
    }

    func records(of bytes: [UInt8], _ path: FilePath) throws -> [(id: UInt64, record: Record)] {
      func number<Number: FixedWidthInteger>(_ type: Number.Type, _ offset: Int) -> Number {
        (0..<Number.bitWidth / 8).reduce(0) { $0 | Number(bytes[offset + $1]) << ($1 * 8) }
      }
      let count = bytes.count >= 8 ? number(UInt64.self, 0) : .max
      // Divided, because a product could overflow.
      guard bytes.count >= 8, count <= UInt64(bytes.count / (length + 8)),
        bytes.count == 8 + Int(count) * (length + 8)
      else { throw failure("'\(path)' has \(bytes.count) bytes, which is no whole list of annotations") }
      return try (0..<Int(count)).map { place in
        let start = 8 + place * length
        let values = (0..<3).map { Float(bitPattern: number(UInt32.self, start + 4 * $0)) }
        let score = scoreOffset.map { Float(bitPattern: number(UInt32.self, start + $0)) }
        guard (values + [score ?? 0]).allSatisfy(\.isFinite) else {
          throw failure("annotation \(place) of '\(path)' holds a value that is not finite")
        }
        let record = Record(point: Point(values[axes[0]], values[axes[1]], values[axes[2]]), score: score)
        return (number(UInt64.self, 8 + Int(count) * length + 8 * place), record)
      }
    }
  }
}
