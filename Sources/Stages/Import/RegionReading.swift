public import ArrayStores
public import Artifacts
import Fingerprints
import Foundation
import Imaging
public import Pipeline
public import SystemPackage

/// Regions with their centres straight from files, as an import reads them, for those who look before they import.
public enum RegionReading {
  /// How a table of centres is read; the words are those of a manifest.
  public struct Table: Sendable {
    /// The names of three columns; nil for a table without a header.
    public var names: [String]? = ["z", "y", "x"]
    /// The axis of each column: `z`, `y`, `x`, or `_` for one that is skipped.
    public var order = ["z", "y", "x"]
    /// The number of the first voxel: 0 or 1.
    public var base = 0
    /// Whether the numbers count µm instead of voxels.
    public var isInMicrometres = false

    /// Columns z, y and x by name, in voxels from 0.
    public init() {}
  }

  /// A box of no more voxels than this is held in memory.
  private static let largest = 1 << 28

  /// The regions of a split of a manifest, with a warning for each that seems to be read wrongly.
  ///
  /// - Parameters:
  ///   - root: Where the paths in the manifest start.
  ///   - id: The only region that is read; nil for all.
  public static func regions(
    manifest: FilePath, marker: String, split: String, root: FilePath?, id: String?
  ) throws -> [(region: AnnotatedRegion, warning: String?)] {
    let data = OutsideData(
      folder: FilePath(FileManager.default.currentDirectoryPath), root: root,
      rootHint: "say where it is: --data-root DIR",
      digest: { _ in Digest.of("not asked for") })
    let selection = try ImportSelection(manifest: manifest.string, marker: marker, split: split, in: data)
    let items = selection.items.filter { id == nil || $0.id == id }
    guard !items.isEmpty else {
      throw unknown(id ?? "", among: selection.items.map(\.id))
    }
    return try items.map { try $0.region(isChecked: true) }
  }

  /// A box of a volume with the centres of a table.
  ///
  /// - Parameters:
  ///   - box: In voxels of the volume: lower z, y, x, upper z, y, x; nil for all of it.
  ///   - name: What to call the region.
  public static func region(
    of volume: VolumeView, named name: String, voxelSize: [Double]?, centres path: FilePath, as table: Table,
    box numbers: [Int]?
  ) throws -> (region: AnnotatedRegion, warning: String?) {
    let size = Extent(volume.shape[0], volume.shape[1], volume.shape[2])
    let whole = Box(size)
    let voxel = voxelSize.map { VoxelSize($0[0], $0[1], $0[2]) }
    let layout = try layout(table, voxel)
    let rows = try CentreTable(path, layout)
    let points = try rows.centres(in: size, voxel: voxel)
    let lower = numbers.map { Extent($0[0], $0[1], $0[2]) } ?? whole.lower
    let upper = numbers.map { Extent($0[3], $0[4], $0[5]) } ?? whole.upper
    let isInside =
      zip(lower.axes, upper.axes).allSatisfy { $0 >= 0 && $0 < $1 } && zip(upper.axes, size.axes).allSatisfy(<=)
    guard isInside else {
      throw failure(
        "the box from \(lower.axes) to \(upper.axes) does not lie in the volume of \(size) voxels (z, y, x)")
    }
    let box = Box(lower: lower, upper: upper)
    guard box.size.count <= largest else {
      throw failure("the volume of \(size) voxels is too large for one picture: choose a part of it with --box")
    }
    let image = try volume.read(start: lower.axes, shape: box.size.axes)
    let warning = ReadingCheck.warning(rows, voxel: voxel, in: image, at: box)
    let region = AnnotatedRegion(
      id: name, role: .test, image: image, voxelSize: voxel, source: Digest.of(name), box: box,
      centres: points.filter(box.contains).map { $0.relative(to: lower) }, ignore: [])
    return (region, warning)
  }

  /// What to say of a region that is not there.
  public static func unknown(_ id: String, among known: [String]) -> TaskFailure {
    failure("there is no region '\(id)'; there are \(known.map { "'\($0)'" }.joined(separator: ", "))")
  }

  private static func layout(_ table: Table, _ voxel: VoxelSize?) throws -> CentreLayout {
    let order = table.order.compactMap { ColumnAxis(rawValue: $0) }
    let axes = order.filter { $0 != .skipped }
    guard order.count == table.order.count, axes.count == 3, Set(axes).count == 3,
      table.names.map({ $0.count == order.count && Set($0).count == $0.count }) ?? true, [0, 1].contains(table.base)
    else {
      throw failure(
        "the columns \((table.names ?? []).joined(separator: ",")) as \(table.order.joined(separator: ",")) from \(table.base) make no sense: each of z, y and x stands once, the base is 0 or 1"
      )
    }
    guard voxel != nil || !table.isInMicrometres else {
      throw failure("centres in um need the voxel size: --voxel z,y,x")
    }
    return CentreLayout(
      names: table.names, order: order, base: table.base, unit: table.isInMicrometres ? .um : .voxel)
  }

  private static func failure(_ message: String) -> TaskFailure {
    TaskFailure(code: .badData, message: message, phase: "read")
  }
}
