public import Fingerprints
import Imaging
public import Recipes

/// A number of voxels for each axis: `[16, 64, 64]`, or `5` for all three.
public struct Triple: ParameterValue, Hashable {
  /// Along z, y and x.
  public var z: Int, y: Int, x: Int

  /// Three numbers, along z, y and x.
  public init(_ z: Int, _ y: Int, _ x: Int) {
    self.z = z
    self.y = y
    self.x = x
  }

  public static let typeName = "integer, or [z, y, x]"

  public static func decode(_ node: Node) throws(Diagnostic) -> Triple {
    if case .sequence(let items) = node.content {
      guard items.count == 3 else {
        throw Diagnostic(
          .wrongType, "expected one integer, or three for z, y and x; found \(items.count)", at: node.range)
      }
      return Triple(try Int.decode(items[0]), try Int.decode(items[1]), try Int.decode(items[2]))
    }
    let size = try Int.decode(node)
    return Triple(size, size, size)
  }

  public var canonical: CanonicalValue { .list(axes.map { .integer(Int64($0)) }) }

  /// Z, y, x.
  public var axes: [Int] { [z, y, x] }

  var extent: Extent { Extent(z, y, x) }
}
