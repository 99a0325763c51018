/// Whether a detector can learn from regions together: a network sees voxels, and cells look otherwise at another size.
enum VoxelSizes {
  /// The share by which sizes may differ: as much as rounding does, and no cell shows.
  private static let tolerance = 0.1

  /// What to do.
  static let cure = "train a detector for each voxel size, or correct 'voxel' in the manifest"

  /// What two regions differ in, in words; nil where all are alike.
  ///
  /// - Parameter regions: Names with micrometres along z, y and x; nil where unknown.
  static func difference(among regions: [(name: String, size: [Double]?)]) -> String? {
    guard let first = regions.first, let other = regions.first(where: { differ($0.size, first.size) }) else {
      return nil
    }
    return "region '\(first.name)' has \(words(first.size)), region '\(other.name)' has \(words(other.size))"
  }

  private static func differ(_ one: [Double]?, _ other: [Double]?) -> Bool {
    guard let one, let other else { return (one == nil) != (other == nil) }
    return zip(one, other).contains { abs($0 - $1) > tolerance * min($0, $1) }
  }

  private static func words(_ size: [Double]?) -> String {
    guard let size else { return "voxels of unknown size" }
    return "voxels of " + size.map { "\($0)" }.joined(separator: " x ") + " um (z, y, x)"
  }
}
