/// An array in a file, open for reading in parts.
public protocol StoredArray: Sendable {
  /// The type of the elements.
  var type: ElementType { get }
  /// The number of elements along each axis; volumes have `[z, y, x]`.
  var shape: [Int] { get }
  /// The shape of the smallest part that is read on its own, a hint for those who choose boxes.
  var chunkShape: [Int] { get }
  /// The values of a box, little-endian in C order; only the parts of the file that it meets are read.
  ///
  /// - Throws: `ArrayStoreError` with the place.
  func read(_ region: Region) throws -> NDArray
}

extension StoredArray {
  /// All values.
  public func read() throws -> NDArray { try read(Region(all: shape)) }

  /// The values of a box, from `start`, `shape` elements along each axis.
  public func read(start: [Int], shape: [Int]) throws -> NDArray {
    try read(Region(start: start, shape: shape))
  }
}

/// An array in memory is one in a file that is read already.
extension NDArray: StoredArray {
  /// All of it.
  public var chunkShape: [Int] { shape.map { max($0, 1) } }
  /// A copy of a box.
  public func read(_ region: Region) throws -> NDArray { try self.region(region) }
}
