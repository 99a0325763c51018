/// Encodes single chunks of an array in memory.
struct ChunkEncoder: Sendable {
  /// One element, little-endian, for what lies outside the array.
  let fill: [UInt8]
  /// Whether chunks that hold nothing but fill are left out.
  var leavesOutFill = false

  /// Leaves the bytes of one chunk in the scratch; false when it is left out.
  ///
  /// - Parameters:
  ///   - shift: The first element of the chunk, counted in the array; may lie outside it.
  ///   - order: Axis `i` of what is stored is axis `order[i]` of the array.
  func encode(
    _ array: NDArray, at shift: [Int], _ chunk: [Int], order: [Int], bigEndian: Bool, _ codecs: [ByteCodec],
    _ scratch: CodecScratch
  ) throws -> Bool {
    var element = fill
    if bigEndian { Memory.swapBytes(&element, array.type) }
    fillChunk(array, at: shift, chunk, order, bigEndian, element, scratch.chunk)
    if leavesOutFill {
      guard unsafe !scratch.chunk.withBytes({ unsafe Memory.isRepetition(of: element, $0) }) else { return false }
    }
    guard let first = codecs.first else {
      scratch.front.assign(scratch.chunk.array)
      return true
    }
    try unsafe scratch.chunk.withBytes { bytes in
      try unsafe scratch.step(capacity: first.bound(bytes.count).bytes) {
        try unsafe first.encode(bytes, into: $1, scratch)
      }
    }
    try Array(codecs.dropFirst()).encode(scratch)
    return true
  }

  private func fillChunk(
    _ array: NDArray, at shift: [Int], _ chunk: [Int], _ order: [Int], _ bigEndian: Bool,
    _ element: [UInt8], _ buffer: ByteBuffer
  ) {
    let count = chunk.reduce(array.type.size, *)
    let low = shift.map { max($0, 0) }
    let extent = shift.indices.map { min(shift[$0] + chunk[$0], array.shape[$0]) - low[$0] }
    unsafe buffer.fill(capacity: count) { memory in
      // The edge is filled up with the fill value, which packs well and gives equal bytes each time.
      if extent != chunk { unsafe Canvas.repeat(element, in: memory) }
      guard extent.allSatisfy({ $0 > 0 }) else { return count }
      let (from, steps) = (Shape.strides(array.shape), Shape.strides(order.map { chunk[$0] }))
      var to = steps
      for (axis, original) in order.enumerated() { to[original] = steps[axis] }
      let copy = StridedCopy(
        extent, elementSize: array.type.size, component: array.type.componentSize, swaps: bigEndian,
        from: from, at: zip(low, from).reduce(0) { $0 + $1.0 * $1.1 },
        to: to, at: chunk.indices.reduce(0) { $0 + (low[$1] - shift[$1]) * to[$1] })
      unsafe array.bytes.withUnsafeBytes { unsafe copy.run(from: $0, to: memory) }
      return count
    }
  }
}
