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
    copy(
      extent, elementSize: elementSize,
      from: source, offset: zip(sourceStart, from).reduce(0) { $0 + $1.0 * $1.1 }, strides: from,
      to: &target, offset: zip(targetStart, to).reduce(0) { $0 + $1.0 * $1.1 }, strides: to)
  }

  /// Copies elements between two arrays of any strides, all counted in elements.
  static func copy(
    _ extent: [Int], elementSize size: Int,
    from source: [UInt8], offset sourceOffset: Int, strides sourceStrides: [Int],
    to target: inout [UInt8], offset targetOffset: Int, strides targetStrides: [Int]
  ) {
    guard !extent.contains(0) else { return }
    func last(_ offset: Int, _ strides: [Int]) -> Int {
      zip(extent, strides).reduce(offset) { $0 + ($1.0 - 1) * $1.1 }
    }
    precondition(sourceOffset >= 0 && (last(sourceOffset, sourceStrides) + 1) * size <= source.count)
    precondition(targetOffset >= 0 && (last(targetOffset, targetStrides) + 1) * size <= target.count)
    // Trailing axes that are dense on both sides are one run of bytes.
    var axes = extent.count
    var run = 1
    while axes > 0, sourceStrides[axes - 1] == run || extent[axes - 1] == 1,
      targetStrides[axes - 1] == run || extent[axes - 1] == 1
    {
      run *= extent[axes - 1]
      axes -= 1
    }
    let outer = Array(extent[..<axes])
    unsafe source.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { to in
        Shape.forEachIndex(from: outer.map { _ in 0 }, upTo: outer) { index in
          var (read, write) = (sourceOffset, targetOffset)
          for axis in 0..<axes {
            read += index[axis] * sourceStrides[axis]
            write += index[axis] * targetStrides[axis]
          }
          let (first, end) = (read * size, (read + run) * size)
          unsafe UnsafeMutableRawBufferPointer(rebasing: to[(write * size)...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: from[first..<end]))
        }
      }
    }
  }

  /// Reverses the bytes of every element.
  static func swapBytes(_ bytes: inout [UInt8], elementSize size: Int) {
    guard size > 1 else { return }
    for start in stride(from: 0, to: bytes.count - size + 1, by: size) {
      for offset in 0..<size / 2 { bytes.swapAt(start + offset, start + size - 1 - offset) }
    }
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
