import ArrayStores
import Foundation
import Reports
import SystemPackage

/// What `data show` says of a path.
struct DataSummary {
  private let summary: CollectionSummary

  init(_ summary: CollectionSummary) { self.summary = summary }

  var text: String {
    let collection = summary.collection
    var head = TextTable([])
    head.append(["path", collection.path.string])
    head.append(["format", format])
    head.append(["on disk", spoken(bytes: summary.storedBytes)])
    for (group, image) in collection.images.sorted(by: { $0.key < $1.key }) {
      let place = group.isEmpty ? "image" : "image '\(group)'"
      head.append([place, image.words])
    }
    let only = summary.items.count == 1 ? summary.items.first : nil
    let rows = only.map(single) ?? []
    for row in rows { head.append(row) }
    let parts = [head.text, only == nil ? table : "", statistics].map { $0.drop { $0 == "\n" } }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var format: String {
    let version = summary.items.lazy.compactMap { ($0.array?.array as? ZarrArray)?.version }.first
    switch summary.collection.format {
    case .zarr: return "Zarr" + (version.map { " version \($0)" } ?? "")
    case .omeZarr:
      let ome = summary.collection.images[""].map { " \($0.version)" } ?? ""
      return "OME-Zarr\(ome)" + (version.map { " in Zarr version \($0)" } ?? "")
    case .hdf5: return "HDF5"
    case .tiff: return "TIFF"
    case .planes: return "a folder of TIFF planes"
    case .nifti: return "NIfTI"
    }
  }

  /// The only array, a line a fact.
  private func single(_ item: CollectionSummary.Item) -> [[String]] {
    var rows = item.name.isEmpty ? [] : [["array", item.name]]
    guard let array = item.array else { return rows + [["problem", problem(item)]] }
    rows.append(["shape", shape(array)])
    rows.append(["type", "\(array.type.rawValue), \(spoken(bytes: array.bytes)) of values"])
    rows.append(["voxel size", voxel(array) ?? "unknown"])
    rows.append(["chunks", words(array.chunkShape)])
    if let form = item.form {
      if let shard = form.shardShape { rows.append(["shards", words(shard)]) }
      rows.append(["stored as", form.codecs.joined(separator: ", ")])
      if let fill = form.fill { rows.append(["fill", fill]) }
    }
    return rows
  }

  /// Several arrays, a line each.
  private var table: String {
    guard !summary.items.isEmpty else { return "no arrays" }
    var table = TextTable(["array", "shape", "type", "chunks", "shards", "stored as", "voxel size"])
    for item in summary.items {
      let name = item.name.isEmpty ? "(root)" : item.name
      guard let array = item.array else {
        table.append([name, problem(item)])
        continue
      }
      table.append([
        name, shape(array), array.type.rawValue, words(array.chunkShape), item.form?.shardShape.map(words) ?? "-",
        item.form?.codecs.joined(separator: ", ") ?? "-", voxel(array) ?? "-",
      ])
    }
    return table.text
  }

  private var statistics: String {
    let measured = summary.items.filter { $0.statistics != nil }
    guard !measured.isEmpty else { return "" }
    let percents = ValueStatistics.percents.map { "\(short($0)) %" }
    var table = TextTable(
      ["array", "minimum", "maximum", "mean", "deviation"] + percents + ["not finite"], rightAligned: Set(1...10))
    for item in measured {
      guard let found = item.statistics else { continue }
      let numbers = [found.minimum, found.maximum, found.mean, found.deviation] + found.percentiles
      table.append([item.name.isEmpty ? "(root)" : item.name] + numbers.map(short) + ["\(found.notFinite)"])
    }
    return table.text
  }

  // MARK: - Words

  private func problem(_ item: CollectionSummary.Item) -> String {
    item.problem.map { "\($0)" } ?? "no array of numbers"
  }

  private func shape(_ array: ArrayFile) -> String {
    array.axes.isEmpty ? words(array.shape) : "\(words(array.shape)) (\(array.axes.joined(separator: ", ")))"
  }

  private func voxel(_ array: ArrayFile) -> String? {
    array.voxelSize.map { "\($0.map(short).joined(separator: " x ")) um" }
  }

  private func words(_ shape: [Int]) -> String {
    shape.isEmpty ? "a scalar" : shape.map(String.init).joined(separator: " x ")
  }
}

/// A number with up to six digits, as people write it: `0.1`, `1250`, `3.14159`.
func short(_ number: Double) -> String {
  guard number.isFinite else { return "\(number)" }
  if number == number.rounded(), number.magnitude < 1e15 { return "\(Int(number))" }
  return number.formatted(
    .number.precision(.significantDigits(1...6)).grouping(.never).locale(.init(identifier: "en_US_POSIX")))
}

extension ArrayFile {
  /// Of all values; what overflows is shown as the largest number there is.
  fileprivate var bytes: Int {
    shape.reduce(type.size) { product, extent in
      let (result, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : result
    }
  }
}

extension OMEZarrImage {
  fileprivate var words: String {
    let title = name.map { "'\($0)'" } ?? "without a name"
    let axes = axes.map { axis in axis.unit.map { "\(axis.name) in \($0)" } ?? axis.name }.joined(separator: ", ")
    let count = levels.count == 1 ? "1 level" : "\(levels.count) levels"
    let shown = channels.isEmpty ? "" : ", channels \(channels.map { $0.label ?? "?" }.joined(separator: ", "))"
    return "\(title), axes \(axes), \(count)\(shown)"
  }
}
