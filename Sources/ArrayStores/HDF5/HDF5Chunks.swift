import SystemPackage

/// The chunks that a box of a dataset meets, ready to be decoded without the library.
struct HDF5Chunks: Sendable {
  /// Where a chunk lies in the file.
  struct Place: Sendable {
    let index: [Int]
    /// Nil when it was never written.
    let range: Range<Int>?
    /// Bit i is set where filter i was left out.
    let mask: UInt32
  }

  let layout: HDF5DatasetReader.Layout
  let chunk: [Int]
  let codecs: [ByteCodec]
  let region: Region

  /// Reads and decodes chunks, on all processors.
  func read(_ places: [Place], of path: FilePath) throws -> [UInt8] {
    guard let file = try FileObject(opening: path) else {
      throw ArrayStoreError(.inputOutput, "the file vanished while it was read")
    }
    return try Canvas.make(layout.type, region.shape) { canvas in
      try Parallel.forEach(places.count) { scratch, number in
        try ArrayStoreError.located(chunk: places[number].index, offset: places[number].range?.lowerBound) {
          if let range = places[number].range {
            try applied(places[number]).checkStored(range.count, count: size)
            try file.read(range, into: scratch.front)
          }
          try decode(places[number], canvas, scratch)
        }
      }
    }
  }

  /// The bytes of a decoded chunk.
  private var size: Int { chunk.reduce(layout.type.size, *) }

  private func applied(_ place: Place) -> [ByteCodec] {
    codecs.enumerated().filter { $0.offset >= 32 || place.mask >> UInt32($0.offset) & 1 == 0 }.map(\.element)
  }

  /// Decodes the content of the scratch, the bytes of a chunk, onto the canvas; fills where there are none.
  func decode(_ place: Place, _ canvas: Canvas, _ scratch: CodecScratch) throws {
    let origin = zip(place.index, chunk).map { $0 * $1 }
    let extent = origin.indices.map { min(chunk[$0], layout.shape[$0] - origin[$0]) }
    guard let common = Region(start: origin, shape: extent).intersection(region) else { return }
    let box = common.relative(to: region.start)
    guard place.range != nil else { return canvas.fill(box, with: layout.fill) }
    do {
      try applied(place).decode(scratch, count: size)
    } catch let error as ArrayStoreError where error.code == .chunkTruncated {
      // The file holds all the bytes it promised, so that a stream that ends early is damaged, not cut.
      throw ArrayStoreError(.chunkCorrupt, error.message, codec: error.codec)
    }
    let strides = Shape.strides(chunk)
    let start = common.relative(to: origin).start
    canvas.place(
      box, from: scratch.front, at: zip(start, strides).reduce(0) { $0 + $1.0 * $1.1 }, strides: strides,
      swaps: layout.bigEndian)
  }
}
