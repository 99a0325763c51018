/// A half-open box in an array: the elements from `start`, `shape` of them along each axis.
public struct Region: Hashable, Sendable, CustomStringConvertible {
  /// The first index along each axis.
  public let start: [Int]
  /// The number of elements along each axis.
  public let shape: [Int]

  /// A box; `start` and `shape` have one entry an axis.
  public init(start: [Int], shape: [Int]) {
    self.start = start
    self.shape = shape
  }

  /// All of an array.
  public init(all shape: [Int]) {
    self.init(start: shape.map { _ in 0 }, shape: shape)
  }

  /// As in `[0..<4, 8..<16]`.
  public var description: String {
    "[" + zip(start, shape).map { "\($0)..<\($0 &+ $1)" }.joined(separator: ", ") + "]"
  }

  /// Throws `invalid_argument` unless the box lies in an array of this shape.
  func check(inside whole: [Int]) throws {
    let fits =
      start.count == whole.count && shape.count == whole.count
      && zip(zip(start, shape), whole).allSatisfy { box, extent in
        box.0 >= 0 && box.1 >= 0 && box.0 <= extent && box.1 <= extent - box.0
      }
    guard fits else {
      throw ArrayStoreError(.invalidArgument, "region \(self) does not lie in an array of shape \(whole)")
    }
  }

  /// The common part with another box; nil when there is none.
  func intersection(_ other: Region) -> Region? {
    let low = zip(start, other.start).map { max($0, $1) }
    let size = low.indices.map { axis in
      min(start[axis] + shape[axis], other.start[axis] + other.shape[axis]) - low[axis]
    }
    return size.allSatisfy { $0 > 0 } ? Region(start: low, shape: size) : nil
  }

  /// The same box counted from another origin.
  func relative(to origin: [Int]) -> Region {
    Region(start: zip(start, origin).map { $0 - $1 }, shape: shape)
  }

  /// The box with its axes in another order: axis `i` of the result is axis `order[i]` of this.
  func permuted(_ order: [Int]) -> Region {
    Region(start: order.map { start[$0] }, shape: order.map { shape[$0] })
  }

  var isEmpty: Bool { shape.contains(0) }
}

/// Arithmetic on shapes that come from files, where any product may overflow.
enum Shape {
  /// No array has more axes than this; HDF5 has the same limit.
  static let maximumRank = 32
  /// No chunk is larger than this once decoded.
  static let maximumChunkBytes = 1 << 30
  /// No read touches more chunks than this; a file may claim chunks of one element.
  static let maximumChunks = 1 << 24
  /// No array is read at once that is larger than this.
  static let maximumArrayBytes = 1 << 36

  /// The number of elements; throws `overflow`.
  static func count(_ shape: [Int]) throws -> Int {
    if shape.contains(0) { return 0 }
    return try shape.reduce(1) { partial, extent in
      let (product, overflow) = partial.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw ArrayStoreError(.overflow, "the element count of shape \(shape) overflows") }
      return product
    }
  }

  /// The number of bytes; throws `overflow`, and `size_limit` beyond `limit`.
  static func bytes(_ shape: [Int], _ type: ElementType, limit: Int, what: String) throws -> Int {
    let (bytes, overflow) = try count(shape).multipliedReportingOverflow(by: type.size)
    guard !overflow else { throw ArrayStoreError(.overflow, "the byte count of shape \(shape) overflows") }
    guard bytes <= limit else {
      throw ArrayStoreError(
        .sizeLimit, "\(what) of shape \(shape) and type \(type) has \(bytes) bytes, the limit is \(limit)")
    }
    return bytes
  }

  /// Elements from one index to the next along each axis, C order.
  static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      // Wrapping, as the strides of an array too large to exist are never used.
      strides[axis] = strides[axis + 1] &* max(shape[axis + 1], 1)
    }
    return strides
  }

  /// The index with a number, counted in C order.
  static func index(_ number: Int, in extent: [Int]) -> [Int] {
    var (index, rest) = (extent, number)
    for axis in extent.indices.reversed() {
      (rest, index[axis]) = rest.quotientAndRemainder(dividingBy: max(extent[axis], 1))
    }
    return index
  }

  /// Calls a body with every index of a box, in C order.
  static func forEachIndex(from low: [Int], upTo high: [Int], _ body: ([Int]) throws -> Void) rethrows {
    guard zip(low, high).allSatisfy({ $0 < $1 }) else { return }
    var index = low
    while true {
      try body(index)
      var axis = index.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < high[axis] { break }
        index[axis] = low[axis]
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// The chunks that a box of an array meets, as the first index and the end along each axis.
  static func chunks(meeting region: Region, of chunk: [Int]) -> (low: [Int], high: [Int]) {
    (
      zip(region.start, chunk).map { $0 / $1 },
      region.start.indices.map { axis in
        let size = region.shape[axis]
        return size == 0 ? 0 : (region.start[axis] + size - 1) / chunk[axis] + 1
      }
    )
  }
}
