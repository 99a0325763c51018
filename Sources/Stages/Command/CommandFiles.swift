import ArrayStores
import Artifacts
import Foundation
import Imaging
import Pipeline
import SystemPackage

/// Artifacts as files in the work folder of a command.
struct CommandFiles {
  let folder: FilePath
  /// The regions of the zarr input, which outputs refer to.
  private var regions: AnnotatedRegions?
  /// The regions that detections of an input name.
  private var names: [String]?

  init(folder: FilePath) { self.folder = folder }

  // MARK: - In

  mutating func write(_ bundle: Pipeline.Bundle, as entry: FilePorts.Entry) throws {
    let path = folder.appending("in").appending(entry.file)
    switch entry.format {
    case .zarr:
      let found = try AnnotatedRegions(bundle)
      regions = found
      try write(found, to: path)
    case .detections:
      names = try RegionDetections(bundle).regions
      _ = try Export(bundle).write(to: path)
    case .table, .safetensors: _ = try Export(bundle).write(to: path)
    }
  }

  private func write(_ regions: AnnotatedRegions, to path: FilePath) throws {
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    try write("{\"zarr_format\": 3, \"node_type\": \"group\", \"attributes\": {}}\n", to: path.appending("zarr.json"))
    for region in regions.regions {
      try OMEZarrImage.write(
        region.image, voxelSize: region.voxelSize.map { [$0.z, $0.y, $0.x] }, name: region.id,
        to: path.appending(region.id))
      let lines = ["z,y,x"] + region.centres.map { "\($0.z),\($0.y),\($0.x)" }
      try write(lines.joined(separator: "\n") + "\n", to: path.appending(region.id + ".csv"))
    }
  }

  private func write(_ text: String, to path: FilePath) throws {
    try Data(text.utf8).write(to: URL(filePath: path.string))
  }

  // MARK: - Out

  /// What the command wrote for a port.
  ///
  /// - Throws: `TaskFailure` naming the file and what is wrong with it.
  func read(_ entry: FilePorts.Entry) throws -> Pipeline.Bundle {
    let name = "out/\(entry.file)"
    let path = folder.appending("out").appending(entry.file)
    guard FileManager.default.fileExists(atPath: path.string) else {
      throw failure("the command did not write '\(name)'")
    }
    switch entry.format {
    case .zarr: return try cleaned(path, name).bundle()
    case .detections: return try detections(rows(path, name), name).bundle()
    case .table: return try table(rows(path, name), name, metric: entry.name).bundle()
    case .safetensors: return try DetectorModel(reading: path).bundle()
    }
  }

  /// The regions of the input with the images that the command wrote.
  private func cleaned(_ path: FilePath, _ name: String) throws -> AnnotatedRegions {
    guard var result = regions else { throw failure("there are no regions for '\(name)' to keep") }
    for place in result.regions.indices {
      let region = result.regions[place]
      let image = path.appending(region.id)
      guard FileManager.default.fileExists(atPath: image.string) else {
        throw failure("'\(name)' lacks the region '\(region.id)'")
      }
      let source = try ImageSource(opening: image)
      guard source.size.axes == region.image.shape else {
        let size = region.image.shape.map(String.init).joined(separator: " x ")
        throw failure("region '\(region.id)' of '\(name)' has \(source.size) voxels, not \(size)")
      }
      result.regions[place].image = try source.read(Box(source.size))
    }
    return result
  }

  private func rows(_ path: FilePath, _ name: String) throws -> [CSVRow] {
    guard let data = FileManager.default.contents(atPath: path.string) else {
      throw failure("cannot read '\(name)'")
    }
    do {
      return try CSVRow.rows(of: Array(data))
    } catch {
      throw failure("'\(name)', line \(error.row): \(error.message)")
    }
  }

  private func detections(_ rows: [CSVRow], _ name: String) throws -> RegionDetections {
    guard rows.first?.fields == ["region", "z", "y", "x", "score"] else {
      throw failure("'\(name)' begins with '\(header(rows))', expected 'region,z,y,x,score'")
    }
    let known = regions?.regions.map(\.id) ?? names
    var order = known ?? []
    var points: [String: [Point]] = [:]
    var scores: [String: [Float]] = [:]
    for row in rows.dropFirst() {
      let numbers = row.fields.dropFirst().map { Float($0) }
      guard row.fields.count == 5, numbers.allSatisfy({ $0?.isFinite ?? false }) else {
        throw failure("'\(name)', line \(row.number): expected a region and four numbers, found '\(shown(row))'")
      }
      let region = row.fields[0]
      if !order.contains(region) {
        guard known == nil else { throw failure("'\(name)', line \(row.number): there is no region '\(region)'") }
        order.append(region)
      }
      let values = numbers.compactMap(\.self)
      points[region, default: []].append(Point(values[0], values[1], values[2]))
      scores[region, default: []].append(values[3])
    }
    return RegionDetections(
      regions: order, detections: order.map { Detections(points: points[$0] ?? [], scores: scores[$0] ?? []) })
  }

  private func table(_ rows: [CSVRow], _ name: String, metric: String) throws -> ResultTable {
    guard let header = rows.first, header.fields.count > 1 else {
      throw failure("'\(name)' begins with '\(self.header(rows))', expected 'row' and a column at least")
    }
    let values = try rows.dropFirst().map { row -> [Double?] in
      guard row.fields.count == header.fields.count else {
        throw failure(
          "'\(name)', line \(row.number): expected \(header.fields.count) fields, found \(row.fields.count)")
      }
      return try row.fields.dropFirst().map { try number($0, in: name, row) }
    }
    return ResultTable(
      metric: metric, rows: rows.dropFirst().map { $0.fields[0] }, columns: Array(header.fields.dropFirst()),
      values: values)
  }

  /// The numbers that the command wrote, if it did.
  func metrics() throws -> [Metric] {
    let name = "out/metrics.csv"
    let path = folder.appending("out").appending("metrics.csv")
    guard FileManager.default.fileExists(atPath: path.string) else { return [] }
    let rows = try rows(path, name)
    guard let header = rows.first, header.fields.starts(with: ["metric", "value"]) else {
      throw failure("'\(name)' begins with '\(self.header(rows))', expected 'metric,value'")
    }
    return try rows.dropFirst().map { row in
      guard row.fields.count >= 2, row.fields.count <= 4,
        let better = row.fields.count < 4 ? .neither : Metric.Direction(rawValue: row.fields[3])
      else {
        throw failure("'\(name)', line \(row.number): expected metric,value,unit,better, found '\(shown(row))'")
      }
      return Metric(
        row.fields[0], try number(row.fields[1], in: name, row), unit: row.fields.count > 2 ? row.fields[2] : "",
        better: better)
    }
  }

  private func number(_ text: String, in name: String, _ row: CSVRow) throws -> Double? {
    if text == "n/a" { return nil }
    guard let value = Double(text), value.isFinite else {
      throw failure("'\(name)', line \(row.number): '\(text)' is neither a number nor n/a")
    }
    return value
  }

  private func header(_ rows: [CSVRow]) -> String { rows.first.map(shown) ?? "" }

  private func shown(_ row: CSVRow) -> String { row.fields.joined(separator: ",") }

  private func failure(_ message: String) -> TaskFailure { TaskFailure(code: .badData, message: message) }
}
