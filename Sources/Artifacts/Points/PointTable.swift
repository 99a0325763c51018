import Imaging
import Pipeline
import SystemPackage

/// Points as comma-separated values: ours and napari's.
enum PointTable {
  // MARK: - Writing

  static func csv(_ file: PointFile) -> String {
    let lines = file.regions.flatMap { region in
      zip(region.detections.points, region.detections.scores).map { point, score in
        "\(quoted(region.name)),\(point.z),\(point.y),\(point.x),\(score)"
      }
    }
    return (["region,z,y,x,score"] + lines).joined(separator: "\n") + "\n"
  }

  /// As napari's own writer of points has it, the score as a property.
  static func napari(_ detections: Detections) -> String {
    let lines = zip(detections.points, detections.scores).enumerated().map { index, entry in
      let (point, score) = entry
      return "\(index),\(point.z),\(point.y),\(point.x),\(score)"
    }
    return (["index,axis-0,axis-1,axis-2,score"] + lines).joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  // MARK: - Reading

  /// Reads a table with a header: `z`, `y`, `x` or napari's axes, and `score` and `region` where they are there.
  static func read(_ bytes: [UInt8], _ path: FilePath) throws -> PointFile {
    var rows: ArraySlice<CSVRow>
    do throws(CSVRow.Malformed) {
      rows = try CSVRow.rows(of: bytes)[...]
    } catch {
      throw failure("row \(error.row) of '\(path)' \(error.message)")
    }
    guard let header = rows.popFirst() else {
      throw failure("'\(path)' is empty, expected a header with z, y and x, or axis-0, axis-1 and axis-2")
    }
    let columns = try Columns(header, path)
    var file = PointFile(regions: [], hasScores: columns.score != nil)
    var places: [String: Int] = [:]
    for row in rows {
      guard row.fields.count == header.fields.count else {
        throw failure(
          "row \(row.number) of '\(path)' has \(row.fields.count) fields, the header has \(header.fields.count)")
      }
      let numbers = try columns.axes.map { try number(row, $0, header, path) }
      let score = try columns.score.map { try number(row, $0, header, path) } ?? 1
      let name = columns.region.map { row.fields[$0] } ?? ""
      if places[name] == nil {
        places[name] = file.regions.count
        file.regions.append(.init(name: name, detections: Detections()))
      }
      let place = places[name] ?? 0
      file.regions[place].detections.points.append(Point(numbers[0], numbers[1], numbers[2]))
      file.regions[place].detections.scores.append(score)
    }
    return file
  }

  /// Where a header has what.
  private struct Columns {
    let axes: [Int]
    let score: Int?
    let region: Int?

    init(_ header: CSVRow, _ path: FilePath) throws {
      let names = header.fields.map { $0.lowercased() }
      let own = ["z", "y", "x"].compactMap { names.firstIndex(of: $0) }
      let napari = ["axis-0", "axis-1", "axis-2"].compactMap { names.firstIndex(of: $0) }
      guard own.count == 3 || napari.count == 3 else {
        let listing = header.fields.map { "'\($0)'" }.joined(separator: ", ")
        throw failure("'\(path)' has the columns \(listing), expected z, y and x, or axis-0, axis-1 and axis-2")
      }
      axes = own.count == 3 ? own : napari
      score = names.firstIndex(of: "score") ?? names.firstIndex(of: "confidence")
      region = names.firstIndex(of: "region")
    }
  }

  private static func number(_ row: CSVRow, _ place: Int, _ header: CSVRow, _ path: FilePath) throws -> Float {
    guard let number = Float(row.fields[place]), number.isFinite else {
      throw failure(
        "row \(row.number) of '\(path)' has '\(row.fields[place])' in column '\(header.fields[place])', which is no number"
      )
    }
    return number
  }

  private static func failure(_ message: String) -> TaskFailure {
    TaskFailure(code: .badData, message: message, phase: "read")
  }
}
