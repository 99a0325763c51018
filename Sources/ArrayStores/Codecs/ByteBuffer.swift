import Synchronization

/// Memory for bytes on their way through codecs: it grows, is used again, and is never cleared.
///
/// - Safety: The memory lives as long as the instance, pointers to it live as long as the closures
///   that get them, and only bytes that were written count as content. Used by one thread at a time.
@safe final class ByteBuffer {
  /// The bytes of content.
  private(set) var count = 0
  private var memory = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { unsafe memory.deallocate() }

  /// The bytes that it takes, used or not.
  var capacity: Int { unsafe memory.count }

  /// Replaces the content by what a body writes into at least `capacity` bytes; it returns how many.
  func fill(capacity: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
    count = 0
    if unsafe memory.count < capacity || memory.baseAddress == nil {
      unsafe memory.deallocate()
      unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 4_096), alignment: 64)
    }
    let written = try unsafe body(UnsafeMutableRawBufferPointer(rebasing: memory[..<max(capacity, 0)]))
    precondition(written >= 0 && written <= capacity, "a codec wrote \(written) bytes where \(capacity) fit")
    count = written
  }

  /// Drops what lies behind `count` bytes.
  func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.count = count
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try unsafe body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
  }

  func withMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows -> Result {
    try unsafe body(UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
  }

  /// The content as an array.
  var array: [UInt8] { unsafe withBytes { unsafe [UInt8]($0) } }

  /// Lets a body look at the content.
  func withSpan<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
    try unsafe withBytes { try unsafe body($0.bytes) }
  }

  /// Replaces the content by a box of an array, one element after the other.
  func gather(_ box: Region, of array: NDArray) {
    let from = Shape.strides(array.shape)
    let copy = StridedCopy(
      box.shape, elementSize: array.type.size, component: array.type.size, swaps: false,
      from: from, at: zip(box.start, from).reduce(0) { $0 + $1.0 * $1.1 }, to: Shape.strides(box.shape), at: 0)
    let size = box.shape.reduce(array.type.size, *)
    unsafe fill(capacity: size) { memory in
      unsafe array.bytes.withUnsafeBytes { unsafe copy.run(from: $0, to: memory) }
      return size
    }
  }

  /// Makes any byte of the content that is not zero a one.
  func normaliseBooleans() {
    unsafe withMutableBytes { unsafe Memory.normaliseBooleans($0) }
  }

  /// Replaces the content.
  func assign(_ bytes: [UInt8]) {
    unsafe fill(capacity: bytes.count) { target in
      unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
      return bytes.count
    }
  }
}

/// What one thread needs to decode or encode chunks: two buffers that codecs write to in turn.
///
/// - Safety: Sendable to be kept between uses; a loan lends it to one thread at a time.
final class CodecScratch: @unchecked Sendable {
  /// Holds the content between codecs.
  private(set) var front = ByteBuffer()
  private var back = ByteBuffer()
  /// Where a whole chunk is put together.
  let chunk = ByteBuffer()
  let inflater = Inflater()
  let zstandard = ZstandardDecoder()
  let zstandardEncoder = ZstandardEncoder()
  let deflater = Deflater()

  /// What the coders of this process have at hand, so that small reads need no new memory.
  private static let free = Mutex<[CodecScratch]>([])
  /// A scratch with more is not kept.
  private static let maximumKeptBytes = 1 << 24

  /// Lends a scratch to a body: one that was used before, where there is one.
  static func borrowed<Result>(_ body: (CodecScratch) throws -> Result) rethrows -> Result {
    let loan = Loan()
    return try body(loan.scratch)
  }

  /// Holds a scratch and puts it back at its end.
  final class Loan {
    let scratch = free.withLock { $0.popLast() } ?? CodecScratch()

    deinit { scratch.putBack() }
  }

  private func putBack() {
    guard front.capacity + back.capacity + chunk.capacity <= Self.maximumKeptBytes else { return }
    Self.free.withLock { free in
      if free.count < 2 * Parallel.width { free.append(self) }
    }
  }

  /// One step: a body reads the content and writes at most `capacity` bytes, which become the content.
  func step(capacity: Int, _ body: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
    let (source, target) = (front, back)
    try unsafe target.fill(capacity: capacity) { output in
      try unsafe source.withBytes { input in try unsafe body(input, output) }
    }
    swap(&front, &back)
  }
}
