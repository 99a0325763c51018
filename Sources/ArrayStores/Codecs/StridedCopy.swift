/// Copies boxes of elements between arrays of any strides, with or without a change of byte order.
struct StridedCopy {
  /// The bytes of one number; complex elements are two numbers.
  private var size: Int
  private let swaps: Bool
  private var extent: [Int]
  private var from: [Int]
  private var to: [Int]
  private let first: (from: Int, to: Int)

  /// - Parameters:
  ///   - extent: Elements along each axis; strides and offsets are counted in elements as well.
  ///   - component: The bytes whose order is reversed when `swaps` is true.
  init(
    _ extent: [Int], elementSize: Int, component: Int, swaps: Bool,
    from: [Int], at source: Int, to: [Int], at target: Int
  ) {
    self.swaps = swaps && component > 1
    // Elements that are swapped in parts, or wider than a register, are a further axis of numbers.
    size = self.swaps ? component : min(elementSize, 8)
    let parts = elementSize / size
    self.extent = extent
    self.from = from.map { $0 * parts }
    self.to = to.map { $0 * parts }
    first = (source * parts, target * parts)
    if parts > 1 {
      self.extent.append(parts)
      self.from.append(1)
      self.to.append(1)
    }
    simplify()
  }

  /// Leaves out axes of one element, sorts by the target's strides, and joins what lies together on both sides.
  private mutating func simplify() {
    let kept = extent.indices.filter { extent[$0] != 1 }.sorted { to[$0] > to[$1] }
    (extent, from, to) = (kept.map { extent[$0] }, kept.map { from[$0] }, kept.map { to[$0] })
    var axis = extent.count - 1
    while axis > 0 {
      if from[axis - 1] == from[axis] * extent[axis], to[axis - 1] == to[axis] * extent[axis] {
        extent[axis - 1] *= extent[axis]
        (from[axis - 1], to[axis - 1]) = (from[axis], to[axis])
        extent.remove(at: axis)
        from.remove(at: axis)
        to.remove(at: axis)
      }
      axis -= 1
    }
    if extent.isEmpty { (extent, from, to) = ([1], [1], [1]) }
  }

  /// Copies; every element is checked to lie inside both buffers before the first is touched.
  func run(from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
    guard !extent.contains(0) else { return }
    func end(_ offset: Int, _ strides: [Int]) -> Int {
      zip(extent, strides).reduce(offset) { $0 + ($1.0 - 1) * $1.1 } + 1
    }
    precondition(first.from >= 0 && end(first.from, from) * size <= source.count, "a copy reads outside its array")
    precondition(first.to >= 0 && end(first.to, to) * size <= target.count, "a copy writes outside its array")
    guard let source = source.baseAddress, let target = target.baseAddress else { return }
    switch size {
    case 1: unsafe copy(UInt8.self, source, target)
    case 2: unsafe copy(UInt16.self, source, target)
    case 4: unsafe copy(UInt32.self, source, target)
    default: unsafe copy(UInt64.self, source, target)
    }
  }

  @inline(__always)
  private func copy<T: FixedWidthInteger>(_: T.Type, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    let last = extent.count - 1
    let (count, step, stride) = (extent[last], from[last] * size, to[last] * size)
    let isRun = step == size && stride == size && !swaps
    eachRow { read, write in
      var (input, output) = unsafe (source + read, target + write)
      if isRun {
        unsafe output.copyMemory(from: input, byteCount: count * size)
      } else if swaps {
        for _ in 0..<count {
          unsafe output.storeBytes(of: input.loadUnaligned(as: T.self).byteSwapped, as: T.self)
          unsafe (input, output) = (input + step, output + stride)
        }
      } else {
        for _ in 0..<count {
          unsafe output.storeBytes(of: input.loadUnaligned(as: T.self), as: T.self)
          unsafe (input, output) = (input + step, output + stride)
        }
      }
    }
  }

  /// Calls a body with the byte offsets of every row, that is, of every index but the last axis'.
  @inline(__always)
  private func eachRow(_ body: (Int, Int) -> Void) {
    let outer = extent.count - 1
    var index = [Int](repeating: 0, count: outer)
    var (read, write) = (first.from * size, first.to * size)
    while true {
      body(read, write)
      var axis = outer - 1
      while axis >= 0 {
        index[axis] += 1
        read += from[axis] * size
        write += to[axis] * size
        if index[axis] < extent[axis] { break }
        read -= extent[axis] * from[axis] * size
        write -= extent[axis] * to[axis] * size
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
