import Fingerprints
import Imaging
import Recipes

/// An axis of an image, or a column that is none of them.
enum ColumnAxis: String, ParameterValue, CaseIterable {
  case z, y, x
  case skipped = "_"

  /// The axes in the order of coordinates.
  static let space: [ColumnAxis] = [.z, .y, .x]
}

/// What the numbers of a table of centres count.
enum CentreUnit: String, ParameterValue, CaseIterable {
  case voxel, um
}

/// The number of the first voxel.
enum CentreBase: String, ParameterValue, CaseIterable {
  case zero = "0"
  case one = "1"

  /// The number.
  var number: Int { self == .one ? 1 : 0 }
}

/// A half-open box as a manifest writes it: `[[0, 0, 0], [120, 200, 200]]`.
struct ManifestBox: ParameterValue, Hashable {
  /// The box, not empty.
  let box: Box
  /// Where it stands.
  let range: SourceRange

  static let typeName = "a box such as '[[0, 0, 0], [120, 200, 200]]'"

  static func decode(_ node: Node) throws(Diagnostic) -> ManifestBox {
    guard let corners = node.sequence, corners.count == 2, corners.allSatisfy({ $0.sequence?.count == 3 }) else {
      throw Diagnostic(
        .wrongShape, "expected \(typeName), found \(node.described)", at: node.range,
        hint: "write the first z, y, x and the z, y, x after the last")
    }
    let lower = try [Int].decode(corners[0])
    let upper = try [Int].decode(corners[1])
    guard lower.allSatisfy({ $0 >= 0 }), zip(lower, upper).allSatisfy(<) else {
      throw Diagnostic(
        .outOfRange, "the box from \(lower) to \(upper) holds no voxel", at: node.range,
        hint: "write the first z, y, x and the z, y, x after the last")
    }
    let box = Box(lower: Extent(lower[0], lower[1], lower[2]), upper: Extent(upper[0], upper[1], upper[2]))
    return ManifestBox(box: box, range: node.range)
  }

  var canonical: CanonicalValue { box.meaning }
}

/// The size of a voxel as a manifest writes it: `[6.0, 1.62, 1.62]`, z, y, x in micrometres.
struct ManifestVoxel: ParameterValue, Hashable {
  let size: VoxelSize

  static let typeName = "a voxel size such as '[6.0, 1.62, 1.62]' (z, y, x in um)"

  static func decode(_ node: Node) throws(Diagnostic) -> ManifestVoxel {
    guard let items = node.sequence, items.count == 3 else {
      throw Diagnostic(.wrongShape, "expected \(typeName), found \(node.described)", at: node.range)
    }
    var axes: [Double] = []
    for item in items {
      let length = try length(of: item)
      guard length > 0 else {
        throw Diagnostic(.outOfRange, "a voxel of \(length) um has no size", at: item.range)
      }
      axes.append(length)
    }
    return ManifestVoxel(size: VoxelSize(axes[0], axes[1], axes[2]))
  }

  /// A bare number counts micrometres; a unit may stand after it.
  private static func length(of node: Node) throws(Diagnostic) -> Double {
    do { return try Double.decode(node) } catch { return try Micrometres.decode(node).value }
  }

  var canonical: CanonicalValue { .list([.number(size.z), .number(size.y), .number(size.x)]) }
}

extension Box {
  /// In fingerprints: lower z, y, x, upper z, y, x.
  var meaning: CanonicalValue { .list((lower.axes + upper.axes).map { .integer(Int64($0)) }) }

  /// The common part of two boxes, nil where there is none.
  func intersection(_ other: Box) -> Box? {
    let low = zip(lower.axes, other.lower.axes).map { max($0, $1) }
    let high = zip(upper.axes, other.upper.axes).map { min($0, $1) }
    guard zip(low, high).allSatisfy(<) else { return nil }
    return Box(lower: Extent(low[0], low[1], low[2]), upper: Extent(high[0], high[1], high[2]))
  }

  /// The box counted from another origin.
  func relative(to origin: Extent) -> Box {
    func moved(_ corner: Extent) -> Extent { Extent(corner.z - origin.z, corner.y - origin.y, corner.x - origin.x) }
    return Box(lower: moved(lower), upper: moved(upper))
  }

  /// As a manifest writes it.
  var written: String { "[\(lower.axes), \(upper.axes)]" }
}
