/// Decodes boxes of chunks onto a canvas: only the inner chunks that a box meets leave the disk.
struct ChunkReader: Sendable {
  /// Bytes in an object.
  struct Stored: Sendable {
    let object: any ByteObject
    let range: Range<Int>
    /// Whether the object is what codecs gave, whose bytes have no place in a file.
    let isDecoded: Bool

    init(_ object: any ByteObject, _ range: Range<Int>? = nil, isDecoded: Bool = false) {
      self.object = object
      self.range = range ?? 0..<object.size
      self.isDecoded = isDecoded
    }

    /// Part of these bytes.
    func part(_ part: Range<Int>) -> Stored {
      Stored(
        object, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound, isDecoded: isDecoded)
    }

    /// A byte of these in the file, for messages; nil where it is in none.
    func place(_ offset: Int = 0) -> Int? { isDecoded ? nil : range.lowerBound + offset }
  }

  /// Where the elements of a chunk lie on the canvas.
  struct View: Sendable {
    /// Axis `i` of the chunk is axis `axes[i]` of the canvas.
    let axes: [Int]
    /// Index 0 of the chunk along each of its own axes, on the canvas; may lie before it.
    let origin: [Int]

    /// A box of the chunk, on the canvas.
    func box(_ region: Region) -> Region {
      var (start, shape) = (region.start, region.shape)
      for (axis, place) in axes.enumerated() {
        start[place] = region.start[axis] + origin[axis]
        shape[place] = region.shape[axis]
      }
      return Region(start: start, shape: shape)
    }

    /// The same chunk with its axes in another order, from a later start.
    func permuted(_ order: [Int], shifted by: [Int]) -> View {
      View(axes: order.map { axes[$0] }, origin: zip(order.map { origin[$0] }, by).map { $0 + $1 })
    }
  }

  let canvas: Canvas
  /// One element, little-endian, for what is not stored.
  let fill: [UInt8]
  /// Where indexes of shards are kept for the next read.
  let indexes: ShardIndexes

  /// Reads a box of a chunk of the given shape, all in the axes of the chunk.
  func read(
    _ region: Region, of stored: Stored, shape: [Int], _ chain: CodecChain, at view: View, _ scratch: CodecScratch
  ) throws {
    try ArrayStoreError.located(offset: stored.place()) {
      switch chain.layout {
      case .plain(let bigEndian):
        try plain(region, of: stored, shape: shape, chain, bigEndian: bigEndian, at: view, scratch)
      case .sharded(let sharding):
        let shard = try Shard(stored, shape: shape, chain, sharding, indexes, scratch)
        let part = InnerChunks(of: shard, in: region, chain, sharding, view)
        for number in 0..<part.count { try read(number, of: part, scratch) }
      }
    }
  }

  /// Reads one of the inner chunks that a box of a shard meets.
  func read(_ number: Int, of part: InnerChunks, _ scratch: CodecScratch) throws {
    let position = part.position(number)
    let origin = zip(position, part.sharding.chunkShape).map { $0 * $1 }
    let whole = Region(start: origin, shape: part.sharding.chunkShape)
    guard let common = whole.intersection(part.region) else { return }
    let view = part.view.permuted(part.order, shifted: origin)
    let box = common.relative(to: origin)
    guard let range = try part.shard.range(of: position, in: part.grid) else {
      return canvas.fill(view.box(box), with: fill)
    }
    do {
      try read(
        box, of: part.shard.stored.part(range), shape: part.sharding.chunkShape, part.sharding.codecs, at: view, scratch
      )
    } catch var error as ArrayStoreError {
      error.message = "inner chunk \(position): \(error.message)"
      throw error
    }
  }

  // MARK: -

  private func plain(
    _ region: Region, of stored: Stored, shape: [Int], _ chain: CodecChain, bigEndian: Bool, at view: View,
    _ scratch: CodecScratch
  ) throws {
    let count = try Shape.bytes(shape, canvas.type, limit: Shape.maximumChunkBytes, what: "a chunk")
    try chain.codecs.checkStored(stored.range.count, count: count)
    try stored.object.read(stored.range, into: scratch.front)
    let box = view.box(region)
    let steps = Shape.strides(chain.order.map { shape[$0] })
    var (strides, offset) = (steps, 0)
    for (axis, original) in chain.order.enumerated() {
      strides[view.axes[original]] = steps[axis]
      offset += region.start[original] * steps[axis]
    }
    // Decoded in its place where a whole chunk lies on the canvas as it lies in the file.
    if region.shape == shape, strides == Shape.strides(box.shape), canvas.type != .bool,
      !bigEndian || canvas.type.size == 1,
      try canvas.decode(box, chain.codecs, scratch)
    {
      return
    }
    try chain.codecs.decode(scratch, count: count)
    if canvas.type == .bool { scratch.front.normaliseBooleans() }
    canvas.place(box, from: scratch.front, at: offset, strides: strides, swaps: bigEndian)
  }
}

/// The inner chunks that a box of a shard meets, numbered in C order.
struct InnerChunks: Sendable {
  let shard: Shard
  let sharding: Sharding
  /// The axes of the shard as stored.
  let order: [Int]
  /// The box in the axes as stored.
  let region: Region
  let view: ChunkReader.View
  let grid: [Int]
  private let low: [Int]
  private let extent: [Int]

  init(of shard: Shard, in region: Region, _ chain: CodecChain, _ sharding: Sharding, _ view: ChunkReader.View) {
    (self.shard, self.sharding, self.view, order) = (shard, sharding, view, chain.order)
    self.region = region.permuted(chain.order)
    grid = shard.grid
    let high: [Int]
    (low, high) = Shape.chunks(meeting: self.region, of: sharding.chunkShape)
    extent = zip(high, low).map { $0 - $1 }
  }

  var count: Int { extent.reduce(1, *) }

  func position(_ number: Int) -> [Int] {
    zip(Shape.index(number, in: extent), low).map { $0 + $1 }
  }
}
