import Foundation

/// Bytes as typed values, and copies of boxes between arrays: the pointers of the module's own arithmetic.
enum Memory {
  /// The bytes of values in memory order, which is little-endian on every machine Swift runs on here.
  static func bytes<T: BitwiseCopyable>(of values: [T]) -> [UInt8] {
    unsafe values.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// The values of bytes; a remainder of bytes is ignored.
  static func values<T: BitwiseCopyable>(of bytes: [UInt8]) -> [T] {
    let count = bytes.count / MemoryLayout<T>.stride
    return unsafe [T](unsafeUninitializedCapacity: count) { target, filled in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[..<(count * MemoryLayout<T>.stride)]))
      }
      filled = count
    }
  }

  /// Copies a box of `extent` elements between two arrays in C order.
  static func copy(
    _ extent: [Int], elementSize: Int,
    from source: [UInt8], shape sourceShape: [Int], at sourceStart: [Int],
    to target: inout [UInt8], shape targetShape: [Int], at targetStart: [Int]
  ) {
    let (from, to) = (Shape.strides(sourceShape), Shape.strides(targetShape))
    let copy = StridedCopy(
      extent, elementSize: elementSize, component: elementSize, swaps: false,
      from: from, at: zip(sourceStart, from).reduce(0) { $0 + $1.0 * $1.1 },
      to: to, at: zip(targetStart, to).reduce(0) { $0 + $1.0 * $1.1 })
    unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { unsafe copy.run(from: source, to: $0) }
    }
  }

  /// Reverses the bytes of every number.
  static func swapBytes(_ bytes: inout [UInt8], _ type: ElementType) {
    guard type.componentSize > 1 else { return }
    let count = bytes.count / type.size
    let copy = StridedCopy(
      [count], elementSize: type.size, component: type.componentSize, swaps: true, from: [1], at: 0, to: [1], at: 0)
    // Every number is read before it is written, so that source and target may be the same.
    unsafe bytes.withUnsafeMutableBytes { unsafe copy.run(from: UnsafeRawBufferPointer($0), to: $0) }
  }

  /// Makes any byte that is not zero a one.
  static func normaliseBooleans(_ bytes: UnsafeMutableRawBufferPointer) {
    for index in bytes.indices { unsafe bytes[index] = bytes[index] == 0 ? 0 : 1 }
  }

  /// Whether bytes are one element again and again.
  static func isRepetition(of element: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= element.count else { return true }
    for index in element.indices where unsafe bytes[index] != element[index] { return false }
    // Each byte is that of one element before: one comparison of the memory with itself.
    let rest = bytes.count - element.count
    let words = rest / 8
    for word in 0..<words {
      let offset = word * 8
      if unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        != bytes.loadUnaligned(fromByteOffset: offset + element.count, as: UInt64.self)
      {
        return false
      }
    }
    for offset in words * 8..<rest where unsafe bytes[offset] != bytes[offset + element.count] { return false }
    return true
  }

  /// Asks for pages of 2 MiB under memory that is about to be filled: a hundredth of the page faults.
  static func adviseLargePages(_ memory: UnsafeMutableRawBufferPointer) {
    #if os(Linux)
      let page = 1 << 21
      guard memory.count >= 4 * page, let base = memory.baseAddress else { return }
      let skip = (page - Int(bitPattern: base) % page) % page
      let size = (memory.count - skip) / page * page
      // Advice: where it is not taken, pages are small.
      unsafe _ = madvise(base + skip, size, Int32(MADV_HUGEPAGE))
    #endif
  }

  /// One element repeated.
  static func filled(_ element: [UInt8], count: Int) -> [UInt8] {
    if element.allSatisfy({ $0 == element[0] }) {
      return [UInt8](repeating: element[0], count: count * element.count)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * element.count)
    for _ in 0..<count { bytes += element }
    return bytes
  }
}
