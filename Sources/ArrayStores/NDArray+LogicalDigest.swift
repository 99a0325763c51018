public import Fingerprints

extension NDArray {
  /// The name of the content: equal for equal values and meaning, however they are stored.
  ///
  /// SHA-256 over type, shape, axes, voxel size, attributes and the root of a Merkle tree over fixed
  /// blocks of values. A block has 64 x 256 x 256 elements along the last three axes (16384 x 256 in
  /// two dimensions, 2^22 in one), clipped at the edges, whatever the chunks of the file. Floating-point
  /// values count by their bits, so that -0 and +0 differ.
  ///
  /// - Parameters:
  ///   - axes: Their names, slowest first, as in `["z", "y", "x"]`; one an axis, or empty.
  ///   - voxelSize: µm along each axis; nil when unknown.
  ///   - attributes: What else decides the meaning.
  /// - Throws: `invalid_argument` for axes or a voxel size of another rank; `CanonicalError` for NaN.
  public func logicalDigest(
    axes: [String] = [], voxelSize: [Double]? = nil, attributes: CanonicalValue = .map([:])
  ) throws -> Digest {
    guard axes.isEmpty || axes.count == shape.count, voxelSize.map({ $0.count == shape.count }) ?? true else {
      throw ArrayStoreError(
        .invalidArgument,
        "axes \(axes) and voxel size \(voxelSize.map { "\($0)" } ?? "unknown") do not suit shape \(shape)")
    }
    var hasher = ContentHasher(domain: "lightbench.array.1")
    try hasher.update([
      "type": .text(type.rawValue),
      "shape": .list(shape.map { .integer(Int64($0)) }),
      "axes": .list(axes.map { .text($0) }),
      "voxel_size": voxelSize.map { .list($0.map { .number($0) }) } ?? .null,
      "attributes": attributes,
    ])
    hasher.update(try merkleRoot())
    return hasher.finalise()
  }

  /// The root over the blocks in C order; an odd block out moves up a level as it is.
  private func merkleRoot() throws -> Digest {
    var level = try leaves()
    guard !level.isEmpty else { return ContentHasher(domain: "lightbench.array.empty.1").finalise() }
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { first in
        guard first + 1 < level.count else { return level[first] }
        var node = ContentHasher(domain: "lightbench.array.node.1")
        node.update(level[first])
        node.update(level[first + 1])
        return node.finalise()
      }
    }
    return level[0]
  }

  private func leaves() throws -> [Digest] {
    let block = Self.digestBlock(rank: shape.count)
    let (low, high) = Shape.chunks(meeting: Region(all: shape), of: block)
    var leaves: [Digest] = []
    try Shape.forEachIndex(from: low, upTo: high) { index in
      let start = zip(index, block).map { $0 * $1 }
      let extent = start.indices.map { min(block[$0], shape[$0] - start[$0]) }
      var leaf = ContentHasher(domain: "lightbench.array.leaf.1")
      leaf.update(UInt64(leaves.count))
      leaf.update(try region(Region(start: start, shape: extent)).bytes)
      leaves.append(leaf.finalise())
    }
    return leaves
  }

  private static func digestBlock(rank: Int) -> [Int] {
    switch rank {
    case 0: []
    case 1: [1 << 22]
    case 2: [16_384, 256]
    default: Array(repeating: 1, count: rank - 3) + [64, 256, 256]
    }
  }
}
