public import Fingerprints

extension StoredArray {
  /// The name of the content: equal for equal values and meaning, however they are stored.
  ///
  /// SHA-256 over type, shape, axes, voxel size, attributes and the root of a Merkle tree over fixed
  /// blocks of values. A block has 64 x 256 x 256 elements along the last three axes (16384 x 256 in
  /// two dimensions, 2^22 in one), clipped at the edges, whatever the chunks of the file. Floating-point
  /// values count by their bits, so that -0 and +0 differ. Values are read and hashed in pieces, on all
  /// processors; memory is bounded by one piece of about 256 MiB. Of what is not stored nothing is read.
  ///
  /// - Parameters:
  ///   - axes: Their names, slowest first, as in `["z", "y", "x"]`; one an axis, or empty.
  ///   - voxelSize: µm along each axis; nil when unknown.
  ///   - attributes: What else decides the meaning.
  /// - Throws: `invalid_argument` for axes or a voxel size of another rank; `CanonicalError` for NaN;
  ///   what reading throws.
  public func logicalDigest(
    axes: [String] = [], voxelSize: [Double]? = nil, attributes: CanonicalValue = .map([:])
  ) throws -> Digest {
    let meaning = ArrayMeaning(type: type, shape: shape, axes: axes, voxelSize: voxelSize, attributes: attributes)
    var hasher = try meaning.hasher()
    // What a file claims: no array of that size exists.
    _ = try Shape.bytes(shape, type, limit: .max, what: "an array")
    let blocks = DigestBlocks(of: shape)
    let count = try blocks.count()
    guard count <= DigestBlocks.maximumCount else {
      throw ArrayStoreError(
        .sizeLimit, "an array of shape \(shape) has \(count) blocks to hash, the limit is \(DigestBlocks.maximumCount)")
    }
    var leaves = [Digest?](repeating: nil, count: count)
    for piece in Self.pieces(of: blocks, type) {
      let indices = blocks.indices(in: piece)
      let elements = try absentElements(of: indices.map(blocks.region))
      if let box = blocks.box(around: zip(indices, elements).filter { $1 == nil }.map(\.0)) {
        for (number, digest) in try blocks.leaves(of: try read(box), from: box.start) { leaves[number] = digest }
      }
      let absent = zip(indices, elements).compactMap { index, element in element.map { (index, $0) } }
      for (number, digest) in try blocks.leaves(ofAbsent: absent.filter { leaves[blocks.number(of: $0.0)] == nil }) {
        leaves[number] = digest
      }
    }
    hasher.update(DigestBlocks.root(leaves.compactMap { $0 }))
    return hasher.finalise()
  }

  /// Boxes that begin and end where blocks do, each read at once.
  private static func pieces(of blocks: DigestBlocks, _ type: ElementType) -> [Region] {
    var extent = blocks.grid.map { _ in 1 }
    // As many blocks as fit, along the fastest axis first.
    for axis in extent.indices.reversed() {
      let bytes = zip(extent, blocks.block).reduce(type.size) { $0 * $1.0 * $1.1 }
      extent[axis] = max(1, min(blocks.grid[axis], maximumPieceBytes / max(bytes, 1)))
      if extent[axis] < blocks.grid[axis] { break }
    }
    let box = zip(extent, blocks.block).map { $0 * $1 }
    var pieces: [Region] = []
    let (low, high) = Shape.chunks(meeting: Region(all: blocks.shape), of: box)
    Shape.forEachIndex(from: low, upTo: high) { index in
      let start = zip(index, box).map { $0 * $1 }
      pieces.append(Region(start: start, shape: start.indices.map { min(box[$0], blocks.shape[$0] - start[$0]) }))
    }
    return pieces
  }
}

/// About how much is read at once.
let maximumPieceBytes = 1 << 28

/// What an array is besides its values.
struct ArrayMeaning: Sendable {
  let type: ElementType
  let shape: [Int]
  let axes: [String]
  let voxelSize: [Double]?
  let attributes: CanonicalValue

  /// A hasher of the digest that lacks the root only.
  func hasher() throws -> ContentHasher {
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
    return hasher
  }
}
