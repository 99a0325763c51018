import Artifacts
import Foundation
import Imaging
import Pipeline
import SystemPackage

/// The numbers of a table of cell centres, as they stand in the file.
struct CentreTable {
  /// One centre: its row in the file, and the numbers of the three columns in the order of the layout.
  struct Entry: Hashable {
    let row: Int
    let numbers: [Double]
  }

  let path: FilePath
  let layout: CentreLayout
  let entries: [Entry]

  /// Reads a table.
  ///
  /// - Throws: `TaskFailure` with the path, the first row that is wrong, and how many more are.
  init(_ path: FilePath, _ layout: CentreLayout) throws {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path.string)))
    } catch {
      throw TaskFailure(
        code: .badData, message: "cannot read '\(path)': \(error.localizedDescription)", phase: "read")
    }
    try self.init(bytes, path, layout)
  }

  /// Reads the text of a table.
  init(_ bytes: [UInt8], _ path: FilePath, _ layout: CentreLayout) throws {
    self.path = path
    self.layout = layout
    var rows: ArraySlice<CSVRow>
    do throws(CSVRow.Malformed) {
      rows = try CSVRow.rows(of: bytes)[...]
    } catch {
      throw TaskFailure(code: .badData, message: "row \(error.row) of '\(path)' \(error.message)", phase: "read")
    }
    let header = layout.hasHeader ? rows.popFirst() : nil
    let places = try layout.columns.map { try Self.place(of: $0.column, in: header, path) }
    var entries: [Entry] = []
    var problems: [String] = []
    for row in rows {
      do throws(BadRow) {
        entries.append(Entry(row: row.number, numbers: try Self.numbers(of: row, at: places, header)))
      } catch {
        problems.append("row \(row.number) of '\(path)' \(error.message)")
      }
    }
    try Self.check(problems)
    self.entries = entries
  }

  // MARK: - Centres

  /// The centres in voxels of the volume, 0-based.
  ///
  /// - Parameter reading: Another layout of the same columns, where one is tried.
  func centres(_ reading: CentreLayout? = nil, voxel: VoxelSize?) -> [Point] {
    let layout = reading ?? layout
    return entries.map { entry in
      var position = SIMD3<Double>()
      for (number, column) in zip(entry.numbers, layout.columns) {
        position[ColumnAxis.space.firstIndex(of: column.axis) ?? 0] = number
      }
      if layout.unit == .um, let voxel { position /= SIMD3(voxel.z, voxel.y, voxel.x) }
      position -= Double(layout.base)
      return Point(Float(position[0]), Float(position[1]), Float(position[2]))
    }
  }

  /// The centres in voxels of the volume, all of them checked to lie in it.
  ///
  /// The first voxel reaches from -0.5: what lies between that and 0 is put at 0, since boxes begin there.
  func centres(in size: Extent, voxel: VoxelSize?) throws -> [Point] {
    let centres = centres(voxel: voxel).map { point in
      Point(Self.clamped(point.z), Self.clamped(point.y), Self.clamped(point.x))
    }
    let whole = Box(size)
    try Self.check(
      zip(entries, centres).compactMap { entry, centre in
        whole.contains(centre)
          ? nil
          : "row \(entry.row) of '\(path)': the centre (\(centre.z), \(centre.y), \(centre.x)) lies outside of the volume of \(size) voxels (z, y, x); check its columns, base and unit"
      })
    return centres
  }

  private static func clamped(_ coordinate: Float) -> Float { (-0.5..<0).contains(coordinate) ? 0 : coordinate }

  // MARK: - Rows

  private struct BadRow: Error { let message: String }

  private static func place(of column: CentreLayout.Column, in header: CSVRow?, _ path: FilePath) throws -> Int {
    switch column {
    case .place(let place): return place
    case .named(let name):
      guard let header else {
        throw TaskFailure(
          code: .badData, message: "'\(path)' is empty, expected a header with '\(name)'", phase: "read")
      }
      let found = header.fields.indices.filter { header.fields[$0] == name }
      guard found.count == 1 else {
        let listing = header.fields.map { "'\($0)'" }.joined(separator: ", ")
        throw TaskFailure(
          code: .badData,
          message:
            "row \(header.number) of '\(path)' has \(found.isEmpty ? "no" : "more than one") column '\(name)'; it has \(listing)",
          phase: "read")
      }
      return found[0]
    }
  }

  private static func numbers(of row: CSVRow, at places: [Int], _ header: CSVRow?) throws(BadRow) -> [Double] {
    if let header, row.fields.count != header.fields.count {
      throw BadRow(message: "has \(row.fields.count) fields, the header has \(header.fields.count)")
    }
    var numbers: [Double] = []
    for place in places {
      guard place < row.fields.count else {
        throw BadRow(message: "has \(row.fields.count) fields, expected at least \((places.max() ?? 0) + 1)")
      }
      let name = header.map { "column '\($0.fields[place])'" } ?? "field \(place + 1)"
      guard let number = Double(row.fields[place]) else {
        throw BadRow(message: "has '\(row.fields[place])' in \(name), which is no number")
      }
      guard number.isFinite else {
        throw BadRow(message: "has '\(row.fields[place])' in \(name), which is not finite")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// Throws the first problem, and says how many more there are.
  private static func check(_ problems: [String]) throws {
    guard let first = problems.first else { return }
    let rest = problems.count - 1
    let tail = rest == 0 ? "" : " (and \(rest) more \(rest == 1 ? "row" : "rows"))"
    throw TaskFailure(code: .badData, message: first + tail, phase: "read")
  }
}
