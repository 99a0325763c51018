import ArrayStores
import Imaging

/// Whether the centres of a volume lie on bright voxels as they are read, or would if they were read otherwise.
enum ReadingCheck {
  /// A layout and how well it fits: the mean brightness at its centres over that around them, relative to it.
  struct Fit {
    let layout: CentreLayout
    let contrast: Double
  }

  /// Fewer centres than this show nothing.
  private static let fewest = 20

  /// What to say where another order of the axes or another base fits clearly better.
  static func warning(_ table: CentreTable, voxel: VoxelSize?, in image: NDArray, at box: Box) -> String? {
    let volume = Volume(size: box.size, values: image.floats(), voxelSize: voxel)
    let fits = fits(table, voxel: voxel, in: volume, at: box.lower)
    guard let told = fits.first(where: { $0.layout == table.layout }),
      let best = fits.max(by: { $0.contrast < $1.contrast }),
      // As clear as AxisReading asks for.
      best.contrast > 1.25 * told.contrast, best.contrast > told.contrast + 0.05
    else { return nil }
    return
      "'\(table.path)': \(best.layout.words) fit better: mean contrast \(words(best.contrast)) instead of \(words(told.contrast)); if so, write '\(best.layout.written)' in the manifest"
  }

  /// Every order of the axes and both bases, the layout as told among them.
  private static func fits(
    _ table: CentreTable, voxel: VoxelSize?, in volume: Volume, at origin: Extent
  ) -> [Fit] {
    let told = table.layout
    guard told.unit == .um || origin != .zero else {
      // Counted from 0, so that both bases are tried.
      let points = table.centres(told.reading(told.columns.map(\.axis), base: 0), voxel: voxel)
      guard points.count >= fewest else { return [] }
      return AxisReading.readings(of: points, in: volume).map { reading in
        Fit(layout: told.permuted(reading.columns, base: reading.base), contrast: reading.fit)
      }
    }
    // Lengths and origins go with the axes, so each order has its own points.
    let box = Box(volume.size)
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    let points = orders.map { order in
      let layout = told.permuted(order, base: 0)
      let inside = table.centres(layout, voxel: voxel).map { $0.relative(to: origin) }.filter(box.contains)
      return (layout: layout, points: inside)
    }
    let count = points.first?.points.count ?? 0
    return points.filter { $0.points.count >= max(fewest, count / 2) }.flatMap { layout, points in
      AxisReading.readings(of: points, in: volume).filter { $0.columns == [0, 1, 2] }.map { reading in
        Fit(layout: layout.reading(layout.columns.map(\.axis), base: reading.base), contrast: reading.fit)
      }
    }
  }

  /// Two decimals.
  private static func words(_ contrast: Double) -> String {
    let hundredths = Int((contrast * 100).rounded())
    let rest = String(hundredths.magnitude % 100)
    return "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(rest.count == 1 ? "0" + rest : rest)"
  }
}

extension CentreLayout {
  /// The layout in which axis `i` takes the column that axis `columns[i]` has here.
  func permuted(_ columns: [Int], base: Int) -> CentreLayout {
    let axes = self.columns.map { column in
      let old = ColumnAxis.space.firstIndex(of: column.axis) ?? 0
      return ColumnAxis.space[columns.firstIndex(of: old) ?? 0]
    }
    return reading(axes, base: base)
  }
}

extension Point {
  /// The point counted from another origin.
  func relative(to origin: Extent) -> Point {
    Point(z - Float(origin.z), y - Float(origin.y), x - Float(origin.x))
  }
}
