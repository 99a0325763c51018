import Fingerprints

/// An array that can tell which of its parts are not stored without reading values.
protocol SparseArray: StoredArray {
  /// Of each box the element, little-endian, that it is full of because none of it is stored; nil where some of it is,
  /// and where that takes too long to tell.
  ///
  /// What is wrong with the file is left to `read`, which names it.
  func absentElements(of boxes: [Region]) throws -> [[UInt8]?]
}

extension StoredArray {
  /// See `SparseArray`; nil for arrays that are none.
  func absentElements(of boxes: [Region]) throws -> [[UInt8]?] {
    guard let array = self as? any SparseArray else { return boxes.map { _ in nil } }
    return try array.absentElements(of: boxes)
  }
}

/// What of a box is looked at one by one, at most: with smaller chunks reading costs little more than asking.
let maximumChunksAsked = 1 << 12

extension ArrayFile: SparseArray {
  func absentElements(of boxes: [Region]) throws -> [[UInt8]?] { try array.absentElements(of: boxes) }
}

extension ContentHasher {
  /// Adds one element again and again.
  mutating func update(_ element: [UInt8], count: Int) {
    let piece = Memory.filled(element, count: (1 << 16) / element.count)
    var rest = count * element.count
    while rest > 0 {
      update(piece.prefix(rest))
      rest -= min(rest, piece.count)
    }
  }
}
