/// An array in the making, into which many threads put boxes that do not overlap.
///
/// - Safety: The memory is that of the array under construction in `make`, which outlives every use
///   of the canvas; each byte is written by one thread only, as callers place disjoint boxes that
///   together cover the array, and every placement is checked against the array's bounds.
@safe final class Canvas: @unchecked Sendable {
  let shape: [Int]
  let type: ElementType
  private let strides: [Int]
  private let memory: UnsafeMutableRawBufferPointer

  private init(_ type: ElementType, _ shape: [Int], _ memory: UnsafeMutableRawBufferPointer) {
    (self.type, self.shape) = (type, shape)
    strides = Shape.strides(shape)
    unsafe self.memory = memory
  }

  /// The bytes of an array that a body fills completely.
  static func make(_ type: ElementType, _ shape: [Int], _ body: (Canvas) throws -> Void) throws -> [UInt8] {
    let size = try Shape.bytes(shape, type, limit: Shape.maximumArrayBytes, what: "a region")
    return try unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size])
      unsafe Memory.adviseLargePages(memory)
      if size > 0 { try unsafe body(Canvas(type, shape, memory)) }
      count = size
    }
  }

  /// Puts a box of elements that lie in `source` with any strides; little-endian unless `swaps`.
  private func place(
    _ box: Region, from source: UnsafeRawBufferPointer, at offset: Int, strides sourceStrides: [Int], swaps: Bool
  ) {
    let target = zip(box.start, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let copy = StridedCopy(
      box.shape, elementSize: type.size, component: type.componentSize, swaps: swaps,
      from: sourceStrides, at: offset, to: strides, at: target)
    unsafe copy.run(from: source, to: memory)
  }

  /// Puts a box of elements that lie in a buffer with any strides; little-endian unless `swaps`.
  func place(_ box: Region, from buffer: ByteBuffer, at offset: Int, strides: [Int], swaps: Bool) {
    unsafe buffer.withBytes { unsafe place(box, from: $0, at: offset, strides: strides, swaps: swaps) }
  }

  /// Decodes the content of the scratch in its place; false, with nothing done, where the box does not lie together.
  func decode(_ box: Region, _ codecs: [ByteCodec], _ scratch: CodecScratch) throws -> Bool {
    try unsafe write(box) { try unsafe codecs.decode(scratch, into: $0) } != nil
  }

  /// Puts one element, little-endian, at every place of a box.
  func fill(_ box: Region, with element: [UInt8]) {
    guard !box.isEmpty else { return }
    if let range = run(of: box) {
      unsafe Self.repeat(element, in: UnsafeMutableRawBufferPointer(rebasing: memory[range]))
    } else {
      let row = box.shape.last ?? 1
      var whole = Memory.filled(element, count: row)
      unsafe whole.withUnsafeMutableBytes { source in
        // One row again and again: a stride of 0 along the other axes.
        var steps = [Int](repeating: 0, count: box.shape.count)
        if !steps.isEmpty { steps[steps.count - 1] = 1 }
        unsafe place(box, from: UnsafeRawBufferPointer(source), at: 0, strides: steps, swaps: false)
      }
    }
  }

  /// Lets a body write a box whose elements lie together; nil when they do not.
  private func write(_ box: Region, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows -> Void? {
    guard let range = run(of: box) else { return nil }
    try unsafe body(UnsafeMutableRawBufferPointer(rebasing: memory[range]))
    return ()
  }

  // MARK: -

  /// The bytes of a box whose elements lie together.
  private func run(of box: Region) -> Range<Int>? {
    var axis = shape.count - 1
    while axis >= 0, box.shape[axis] == shape[axis] { axis -= 1 }
    guard axis <= 0 || box.shape[..<axis].allSatisfy({ $0 == 1 }) else { return nil }
    let start = zip(box.start, strides).reduce(0) { $0 + $1.0 * $1.1 } * type.size
    let range = start..<start + box.shape.reduce(type.size, *)
    return unsafe range.lowerBound >= 0 && range.upperBound <= memory.count ? range : nil
  }

  /// Fills memory with one element, by doubling what is there.
  static func `repeat`(_ element: [UInt8], in memory: UnsafeMutableRawBufferPointer) {
    guard unsafe !memory.isEmpty else { return }
    if element.allSatisfy({ $0 == element[0] }) {
      unsafe memory.initializeMemory(as: UInt8.self, repeating: element[0])
      return
    }
    unsafe memory.copyBytes(from: element)
    var filled = element.count
    while filled < memory.count {
      let more = min(filled, memory.count - filled)
      let source = unsafe UnsafeRawBufferPointer(rebasing: memory[..<more])
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[filled...]).copyMemory(from: source)
      filled += more
    }
  }
}
