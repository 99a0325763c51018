import ArrayStores
import Foundation
public import Imaging
import Pipeline
public import SystemPackage

/// Cell centres in a file of some program: ours, cellfinder, napari or Neuroglancer.
///
/// Positions are voxels from 0 in the order z, y, x, whatever the order of the file.
public struct PointFile: Sendable, Equatable {
  /// How points are written.
  public enum Format: String, Sendable, CaseIterable {
    /// `region,z,y,x,score`, one line a point; also read without region or score.
    case csv
    /// The XML of ImageJ's CellCounter, as cellfinder reads and writes it; scores are attributes, which others skip.
    case cellfinder
    /// The points layer of napari as CSV: `index,axis-0,axis-1,axis-2,score`.
    case napari
    /// A folder of precomputed annotations, which Neuroglancer opens.
    case neuroglancer

    /// The format that a name asks for.
    ///
    /// - Throws: `TaskFailure` naming the endings that are known.
    public init(of path: FilePath) throws {
      let name = path.lastComponent?.string.lowercased() ?? ""
      if name.hasSuffix(".napari.csv") {
        self = .napari
      } else if name.hasSuffix(".csv") {
        self = .csv
      } else if name.hasSuffix(".xml") {
        self = .cellfinder
      } else if name.hasSuffix(".precomputed") {
        self = .neuroglancer
      } else {
        throw TaskFailure(
          code: .badData,
          message: "'\(path)' does not say a format; end it in .csv, .napari.csv, .xml (cellfinder) or .precomputed "
            + "(Neuroglancer)")
      }
    }
  }

  /// The points of one region.
  public struct Region: Sendable, Equatable {
    /// The name of the region; empty where the file knows none.
    public var name: String
    /// Points with their scores; 1 where the file has none.
    public var detections: Detections

    /// Points of a region.
    public init(name: String = "", detections: Detections) {
      self.name = name
      self.detections = detections
    }
  }

  /// In the order of the file.
  public var regions: [Region]
  /// The voxel size, where the file says it.
  public var voxelSize: VoxelSize?
  /// Whether the file gave scores.
  public var hasScores: Bool

  /// Points by region.
  public init(regions: [Region], voxelSize: VoxelSize? = nil, hasScores: Bool = true) {
    self.regions = regions
    self.voxelSize = voxelSize
    self.hasScores = hasScores
  }

  /// All points, whatever their region.
  public var all: Detections {
    Detections(points: regions.flatMap(\.detections.points), scores: regions.flatMap(\.detections.scores))
  }

  // MARK: - Reading

  /// Reads points; the format is told from the file itself.
  ///
  /// - Throws: `TaskFailure` with the path, the place and what is wrong.
  public init(reading path: FilePath) throws {
    if FileManager.default.fileExists(atPath: path.appending("info").string) {
      self = try NeuroglancerPoints.read(path)
      return
    }
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path.string)))
    } catch {
      throw TaskFailure(
        code: .badData, message: "there are no points to read at '\(path)'; give a file, or a folder of Neuroglancer's",
        phase: "read")
    }
    let first = bytes.drop { $0 <= UInt8(ascii: " ") || $0 >= 0x80 }.first
    self = first == UInt8(ascii: "<") ? try CellfinderXML.read(bytes, path) : try PointTable.read(bytes, path)
  }

  // MARK: - Writing

  /// Refuses a path that cannot be written, before the work that leads to the points.
  ///
  /// - Throws: `TaskFailure` where something stands there that is not written over, `CocoaError` where the folder is
  ///   missing or closed.
  public static func checkWritable(_ path: FilePath, as format: Format) throws {
    if format == .neuroglancer { try NeuroglancerPoints.checkFree(path) }
    var parent = path.removingLastComponent()
    // Neuroglancer's folder is made with those above it.
    while format == .neuroglancer, !parent.isEmpty, !FileManager.default.fileExists(atPath: parent.string) {
      guard parent.removeLastComponent() else { break }
    }
    let folder = parent.isEmpty ? "." : parent.string
    // Only a folder has something by the name of a dot.
    guard FileManager.default.fileExists(atPath: folder + "/."), FileManager.default.isWritableFile(atPath: folder)
    else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path.string]) }
  }

  /// Writes points; formats that know no regions get a file a region where there are several.
  ///
  /// - Parameter format: nil for the one that the name asks for.
  /// - Returns: What was written: `found.xml`, or `found.test-1.xml` and so on.
  @discardableResult
  public func write(to path: FilePath, as format: Format? = nil) throws -> [FilePath] {
    let format = try format ?? Format(of: path)
    if format == .csv {
      try Data(PointTable.csv(self).utf8).write(to: URL(fileURLWithPath: path.string), options: .atomic)
      return [path]
    }
    let regions = regions.isEmpty ? [Region(detections: Detections())] : regions
    return try regions.map { region in
      let place = regions.count == 1 ? path : Self.path(path, of: region)
      switch format {
      case .csv: break
      case .cellfinder: try write(CellfinderXML.text(region.detections), to: place)
      case .napari: try write(PointTable.napari(region.detections), to: place)
      case .neuroglancer: try NeuroglancerPoints(region.detections, voxelSize: voxelSize).write(to: place)
      }
      return place
    }
  }

  private func write(_ text: String, to path: FilePath) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path.string), options: .atomic)
  }

  /// The path with the region's name before its endings.
  private static func path(_ path: FilePath, of region: Region) -> FilePath {
    guard let name = path.lastComponent?.string else { return path }
    let start = name.lowercased().hasSuffix(".napari.csv") ? name.count - ".napari.csv".count : nil
    let stem = start.map { String(name.prefix($0)) } ?? (path.lastComponent?.stem ?? name)
    return path.removingLastComponent().appending("\(stem).\(region.name)\(name.dropFirst(stem.count))")
  }
}
