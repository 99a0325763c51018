import Fingerprints
import Foundation
import Imaging
import Pipeline
import Recipes
import SystemPackage

/// The regions of one marker in one split of a manifest, with every path resolved and every box checked.
struct ImportSelection {
  /// One region to import.
  struct Item {
    let id: String
    let role: Role
    let volume: RegionManifest.Volume
    let image: ImageSource
    let imageDigest: Digest
    let centres: FilePath
    let centresDigest: Digest
    /// In voxels of the volume.
    let box: Box
    /// In voxels of the region.
    let ignore: [Box]
  }

  let marker: Marker
  let items: [Item]

  /// - Throws: `RecipeError` for mistakes of the manifest; `TaskFailure` that names every file that is missing.
  init(manifest name: String, marker label: String, split: String, in data: OutsideData) throws {
    let manifest = try RegionManifest(named: name, in: data)
    guard let marker = manifest.markers[label] else {
      throw Self.unknown("marker", label, in: manifest, among: manifest.markers.keys.sorted())
    }
    guard let markers = manifest.splits[split] else {
      throw Self.unknown("split", split, in: manifest, among: manifest.splits.keys.sorted())
    }
    guard let regions = markers[label], !regions.isEmpty else {
      let there = markers.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw TaskFailure(
        code: .badData,
        message: "split '\(split)' of '\(manifest.file)' has no regions of marker '\(label)'; it has \(there)",
        phase: "read")
    }
    self.marker = marker
    let files = try Self.files(of: regions, in: manifest, split: split, data)
    var boxMistakes = DiagnosticCollector()
    boxMistakes.keep(source: manifest.source, of: manifest.file)
    items = try regions.compactMap { region in
      guard let volume = manifest.volumes[region.volume], let file = files[region.volume] else { return nil }
      return try Self.item(region, volume, file, data, &boxMistakes)
    }
    try boxMistakes.check()
  }

  /// What the manifest means to this marker and split: no path, no name of a file, no comment.
  var meaning: CanonicalValue {
    .map([
      "marker": .map([
        "label": .text(marker.label), "display": .text(marker.displayName), "tolerance": .number(marker.tolerance),
      ]),
      "regions": .list(items.map(\.meaning)),
    ])
  }

  // MARK: - Files

  private typealias Files = (image: FilePath, centres: FilePath)

  /// The files of every volume that is used; all that are missing are said at once.
  private static func files(
    of regions: [RegionManifest.Region], in manifest: RegionManifest, split: String, _ data: OutsideData
  ) throws -> [String: Files] {
    var files: [String: Files] = [:]
    var missing: [FilePath] = []
    for volume in regions.compactMap({ manifest.volumes[$0.volume] }) where files[volume.name] == nil {
      let found = (image: try path(volume.image, manifest, data), centres: try path(volume.centres, manifest, data))
      files[volume.name] = found
      missing += [found.image, found.centres].filter {
        !FileManager.default.fileExists(atPath: $0.string) && !missing.contains($0)
      }
    }
    guard missing.isEmpty else {
      let listing = missing.map { "'\($0)'" }.joined(separator: ", ")
      throw TaskFailure(
        code: .badData,
        message:
          "split '\(split)' of '\(manifest.file)' needs \(missing.count == 1 ? "a file" : "\(missing.count) files") that \(missing.count == 1 ? "is" : "are") missing: \(listing); \(data.rootHint)",
        phase: "read")
    }
    return files
  }

  private static func path(_ text: String, _ manifest: RegionManifest, _ data: OutsideData) throws -> FilePath {
    let path = FilePath(text)
    if path.isAbsolute { return path }
    guard let root = data.root else {
      throw TaskFailure(
        code: .badData,
        message: "the paths in '\(manifest.file)' start at the root of the data, which is not set; \(data.rootHint)",
        phase: "read")
    }
    return root.pushing(path)
  }

  // MARK: - Regions

  private static func item(
    _ region: RegionManifest.Region, _ volume: RegionManifest.Volume, _ files: Files, _ data: OutsideData,
    _ mistakes: inout DiagnosticCollector
  ) throws -> Item? {
    let image = try ImageSource(opening: files.image)
    let whole = Box(image.size)
    let box = region.box?.box ?? whole
    for written in [region.box].compactMap({ $0 }) + volume.ignore where written.box.intersection(whole) != written.box
    {
      mistakes.report(
        .outOfRange,
        "the box \(written.box.written) reaches outside of volume '\(volume.name)' of \(image.size) voxels (z, y, x)",
        at: written.range)
    }
    guard box.intersection(whole) == box else { return nil }
    return Item(
      id: identifier(of: region, box, whole), role: region.role, volume: volume, image: image,
      imageDigest: try ImageSource.digest(of: files.image, in: data), centres: files.centres,
      centresDigest: try data.digest(files.centres), box: box,
      ignore: volume.ignore.compactMap { $0.box.intersection(box)?.relative(to: box.lower) })
  }

  /// The volume's name, then the region's, or what is cut out of each axis: `cfos_695.z150-200`.
  ///
  /// It depends on nothing but the region, so that a further test region leaves the names of the others as they are.
  private static func identifier(of region: RegionManifest.Region, _ box: Box, _ whole: Box) -> String {
    if let name = region.name { return "\(region.volume).\(name)" }
    let cuts = ColumnAxis.space.indices.compactMap { axis -> String? in
      let (low, high) = (box.lower.axes[axis], box.upper.axes[axis])
      return low == 0 && high == whole.upper.axes[axis] ? nil : "\(ColumnAxis.space[axis].rawValue)\(low)-\(high)"
    }
    return ([region.volume] + cuts).joined(separator: ".")
  }

  private static func unknown(
    _ what: String, _ name: String, in manifest: RegionManifest, among known: [String]
  ) -> TaskFailure {
    let hint = Suggestion.hint(for: name, among: known) ?? "it has \(known.joined(separator: ", "))"
    return TaskFailure(
      code: .badData, message: "'\(manifest.file)' has no \(what) '\(name)'; \(hint)", phase: "read")
  }
}

extension ImportSelection.Item {
  fileprivate var meaning: CanonicalValue {
    .map([
      "id": .text(id), "role": .text(role.rawValue), "image": .bytes(imageDigest.bytes), "box": box.meaning,
      "voxel": volume.voxel.map { .list([.number($0.z), .number($0.y), .number($0.x)]) } ?? .null,
      "centres": .bytes(centresDigest.bytes), "layout": volume.layout.meaning,
      "ignore": .list(ignore.map(\.meaning)),
    ])
  }
}

extension RegionManifest {
  /// Reads the manifest that lies beside the experiment.
  init(named name: String, in data: OutsideData) throws {
    let path = data.folder.pushing(FilePath(name))
    let bytes: [UInt8]
    do {
      bytes = Array(try Foundation.Data(contentsOf: URL(fileURLWithPath: path.string)))
    } catch {
      throw TaskFailure(
        code: .badData, message: "cannot read the manifest '\(path)', which should lie beside the experiment file",
        phase: "read")
    }
    try self.init(bytes, file: path.string)
  }
}
