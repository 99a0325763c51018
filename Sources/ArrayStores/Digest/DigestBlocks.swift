import Fingerprints

/// The fixed blocks over which the content of an array is hashed, whatever the chunks of its file.
///
/// 64 x 256 x 256 elements along the last three axes, 16384 x 256 in two dimensions, 2^22 in one,
/// clipped at the edges; numbered in C order.
struct DigestBlocks: Sendable {
  let shape: [Int]
  let block: [Int]
  let grid: [Int]

  init(of shape: [Int]) {
    self.shape = shape
    block = Self.block(rank: shape.count)
    grid = zip(shape, block).map { $0 == 0 ? 0 : ($0 - 1) / $1 + 1 }
  }

  /// No array has more blocks than this: 16 TiB of bytes in three dimensions.
  static let maximumCount = 1 << 22

  /// The number of blocks; throws `overflow`.
  func count() throws -> Int { try Shape.count(grid) }

  static func block(rank: Int) -> [Int] {
    switch rank {
    case 0: []
    case 1: [1 << 22]
    case 2: [16_384, 256]
    default: Array(repeating: 1, count: rank - 3) + [64, 256, 256]
    }
  }

  /// The elements of the block at an index of the grid.
  func region(at index: [Int]) -> Region {
    let start = zip(index, block).map { $0 * $1 }
    return Region(start: start, shape: start.indices.map { min(block[$0], shape[$0] - start[$0]) })
  }

  /// The indices of the blocks that lie in a box, which begins and ends where blocks do.
  func indices(in box: Region) -> [[Int]] {
    var indices: [[Int]] = []
    let (low, high) = Shape.chunks(meeting: box, of: block)
    Shape.forEachIndex(from: low, upTo: high) { indices.append($0) }
    return indices
  }

  /// The place of a block in the order of all.
  func number(of index: [Int]) -> Int { zip(index, Shape.strides(grid)).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The smallest box that holds all of some blocks; nil for none.
  func box(around indices: [[Int]]) -> Region? {
    guard let first = indices.first else { return nil }
    let (low, high) = indices.reduce((first, first)) { bounds, index in
      (zip(bounds.0, index).map(min), zip(bounds.1, index).map(max))
    }
    let (start, last) = (region(at: low).start, region(at: high))
    return Region(start: start, shape: start.indices.map { last.start[$0] + last.shape[$0] - start[$0] })
  }

  /// The digests of all blocks that lie in a box of values, which begins and ends where blocks do.
  ///
  /// - Returns: The number of each block with its digest.
  func leaves(of values: NDArray, from start: [Int]) throws -> [(number: Int, digest: Digest)] {
    let box = Region(start: start, shape: values.shape)
    let (low, high) = Shape.chunks(meeting: box, of: block)
    let extent = zip(high, low).map { $0 - $1 }
    let digests = PerNumber<(number: Int, digest: Digest)>(extent.reduce(1, *))
    try Parallel.forEach(extent.reduce(1, *), state: ByteBuffer()) { buffer, number in
      let index = zip(Shape.index(number, in: extent), low).map { $0 + $1 }
      let leaf = self.number(of: index)
      digests[number] = (leaf, Self.leaf(leaf, region(at: index).relative(to: start), of: values, buffer))
    }
    return digests.all.compactMap { $0 }
  }

  /// The digests of blocks that are one element, little-endian, again and again.
  func leaves(ofAbsent blocks: [(index: [Int], element: [UInt8])]) throws -> [(number: Int, digest: Digest)] {
    let digests = PerNumber<(number: Int, digest: Digest)>(blocks.count)
    try Parallel.forEach(blocks.count, state: ()) { _, place in
      let (index, element) = blocks[place]
      let number = self.number(of: index)
      var leaf = ContentHasher(domain: "lightbench.array.leaf.1")
      leaf.update(UInt64(number))
      leaf.update(element, count: region(at: index).shape.reduce(1, *))
      digests[place] = (number, leaf.finalise())
    }
    return digests.all.compactMap { $0 }
  }

  /// The root over the digests of all blocks; an odd one out moves up a level as it is.
  static func root(_ leaves: [Digest]) -> Digest {
    var level = leaves
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

  private static func leaf(_ number: Int, _ box: Region, of values: NDArray, _ buffer: ByteBuffer) -> Digest {
    buffer.gather(box, of: values)
    var leaf = ContentHasher(domain: "lightbench.array.leaf.1")
    leaf.update(UInt64(number))
    buffer.withSpan { leaf.update($0) }
    return leaf.finalise()
  }
}
