public import Fingerprints

extension StoredArray {
  /// The SHA-256 of the values in C order, little-endian, without padding.
  ///
  /// What `hashlib.sha256(array.tobytes())` gives for a little-endian array of NumPy, and `sha256sum` for
  /// a raw file. Values are read in pieces of about 256 MiB, one after the other; a row of the last axis is
  /// never cut.
  ///
  /// - Throws: `overflow`, and what reading throws.
  public func valueHash() throws -> Digest {
    var hasher = ContentHasher()
    guard try Shape.count(shape) > 0 else { return hasher.finalise() }
    // The axis that is cut: those behind it fit a piece, those before it are walked one by one.
    var (axis, inner) = (shape.count, type.size)
    while axis > 0, inner <= maximumPieceBytes / shape[axis - 1] {
      axis -= 1
      inner *= shape[axis]
    }
    guard axis > 0 else {
      try add(Region(all: shape), to: &hasher)
      return hasher.finalise()
    }
    let cut = axis - 1
    let step = max(1, maximumPieceBytes / inner)
    var extent = shape
    for index in 0..<cut { extent[index] = 1 }
    try Shape.forEachIndex(from: Array(repeating: 0, count: cut), upTo: Array(shape[..<cut])) { lead in
      for first in stride(from: 0, to: shape[cut], by: step) {
        extent[cut] = min(step, shape[cut] - first)
        let start = lead + [first] + [Int](repeating: 0, count: shape.count - axis)
        try add(Region(start: start, shape: extent), to: &hasher)
      }
    }
    return hasher.finalise()
  }

  private func add(_ box: Region, to hasher: inout ContentHasher) throws {
    if let element = try absentElements(of: [box])[0] {
      hasher.update(element, count: try Shape.count(box.shape))
    } else {
      hasher.update(try read(box).bytes)
    }
  }
}
