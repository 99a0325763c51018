import ArrayStores
import Fingerprints
import Foundation
import Imaging
public import Pipeline
public import SystemPackage

/// Takes an artifact out of the store in a form that other programs read.
public struct Export {
  private let bundle: Pipeline.Bundle

  /// The artifact to export.
  public init(_ bundle: Pipeline.Bundle) { self.bundle = bundle }

  /// Writes the artifact: tables as CSV, models as safetensors, detections as CSV, cellfinder's XML (`.xml`), napari's
  /// CSV (`.napari.csv`) or Neuroglancer's annotations (`.precomputed`), regions as a folder of OME-Zarr
  /// images and CSV centres, a volume as an OME-Zarr image or a TIFF stack (`.tif`), part by part where it is in the store.
  ///
  /// - Returns: What was written.
  /// - Throws: `TaskFailure` for a type that has no such form.
  public func write(to path: FilePath) throws -> [String] {
    switch bundle.type {
    case .detections: return try writeDetections(to: path)
    case .table: return try [write(text: tableCSV(), to: path)]
    case .metrics: return try [write(text: metricsCSV(), to: path)]
    case .annotatedRegions: return try writeRegions(into: path)
    case .volume: return try Self.write(OpenBundle(bundle), to: path)
    case .model: return try [write(DetectorModel(bundle).safetensors.bytes, to: path)]
    case .mae: return try [write(AutoencoderModel(bundle).safetensors.bytes, to: path)]
    default:
      throw TaskFailure(code: .badData, message: "an artifact of type '\(bundle.type)' has no form to take out")
    }
  }

  // MARK: - CSV

  /// As CSV, unless the name ends as that of another format of points.
  private func writeDetections(to path: FilePath) throws -> [String] {
    let found = try RegionDetections(bundle)
    let points = PointFile(
      regions: zip(found.regions, found.detections).map { .init(name: $0, detections: $1) })
    let name = path.lastComponent?.string.lowercased() ?? ""
    let isKnown = [".xml", ".napari.csv", ".precomputed"].contains { name.hasSuffix($0) }
    return try points.write(to: path, as: isKnown ? nil : .csv).map(\.string)
  }

  private func tableCSV() throws -> String {
    let table = try ResultTable(bundle)
    let lines = zip(table.rows, table.values).map { row, values in
      ([row] + values.map { $0.map { "\($0)" } ?? "n/a" }).joined(separator: ",")
    }
    return ([(["row"] + table.columns).joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  private func metricsCSV() throws -> String {
    let lines = try Metric.list(of: bundle).map { "\($0.name),\($0.value.map { "\($0)" } ?? "n/a"),\($0.unit)" }
    return (["metric,value,unit"] + lines).joined(separator: "\n") + "\n"
  }

  // MARK: - Regions

  private func writeRegions(into folder: FilePath) throws -> [String] {
    let regions = try AnnotatedRegions(bundle)
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    return try regions.regions.flatMap { region in
      let image = folder.appending(region.id + ".ome.zarr")
      try OMEZarrImage.write(region.image, voxelSize: region.voxelSize?.axes, name: region.id, to: image)
      let lines = region.centres.map { "\($0.z),\($0.y),\($0.x)" }
      let table = folder.appending(region.id + ".csv")
      return [image.string, try write(text: (["z,y,x"] + lines).joined(separator: "\n") + "\n", to: table)]
    }
  }

  /// Writes the volume of an artifact, in boxes as they lie in the store: as a TIFF stack where the name ends in `.tif`
  /// or `.tiff`, else as an OME-Zarr image, which goes on where a copy was interrupted.
  ///
  /// - Returns: What was written.
  /// - Throws: `TaskFailure` where the artifact holds no volume, or the store another one than it says.
  public static func write(_ bundle: OpenBundle, to path: FilePath) throws -> [String] {
    guard let volume = bundle.volumes.first(where: { $0.name == VolumeArtifact.name }) else {
      throw TaskFailure(code: .store, message: "the artifact of type 'volume' holds no volume", phase: "read")
    }
    let digest =
      ArrayConversion.Target(endingOf: path) == .tiff
      ? try ArrayConversion.writeTIFF(volume.array, voxelSize: volume.voxelSize, to: path)
      : try writeImage(volume, to: path)
    guard volume.digest.map({ $0 == digest }) ?? true else {
      throw TaskFailure(
        code: .store, message: "'\(path)' has another content than the store says; remove it and verify the store",
        phase: "read")
    }
    return [path.string]
  }

  private static func writeImage(_ volume: OpenBundle.Volume, to path: FilePath) throws -> Digest {
    var work = VolumeImport()
    work.layout = ZarrLayout(chunkShape: [64, 64, 64])
    work.options.voxelSize = volume.voxelSize
    work.sourceIdentity = volume.digest?.hex ?? ""
    return try work.run(volume.array, to: path)
  }

  private func write(text: String, to path: FilePath) throws -> String { try write(Array(text.utf8), to: path) }

  private func write(_ bytes: [UInt8], to path: FilePath) throws -> String {
    try Data(bytes).write(to: URL(filePath: path.string), options: .atomic)
    return path.string
  }
}
