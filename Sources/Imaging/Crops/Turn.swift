import Tensors

/// Flips along each axis, then perhaps a swap of y and x: together all turns that keep the planes.
struct Turn: Sendable, Hashable {
  var flipsZ = false
  var flipsY = false
  var flipsX = false
  var swapsPlane = false

  init() {}

  /// A random turn; y and x are swapped only where `quarters` allows.
  init(random: inout Philox, quarters: Bool) {
    let bits = random.next()
    flipsZ = bits & 1 == 1
    flipsY = bits & 2 == 2
    flipsX = bits & 4 == 4
    swapsPlane = quarters && bits & 8 == 8
  }

  /// The turned values of a volume of a size.
  ///
  /// - Precondition: y and x are equal where they are swapped.
  func applied(to values: [Float], _ size: Extent) -> [Float] {
    precondition(!swapsPlane || size.y == size.x, "turn: y and x differ in \(size)")
    guard self != Turn() else { return values }
    var result: [Float] = []
    result.reserveCapacity(values.count)
    let stepY = swapsPlane ? 1 : size.x
    let stepX = swapsPlane ? size.x : 1
    for z in 0..<size.z {
      let plane = (flipsZ ? size.z - 1 - z : z) * size.y * size.x
      for y in 0..<size.y {
        let row = plane + (flipsY ? size.y - 1 - y : y) * stepY
        for x in 0..<size.x { result.append(values[row + (flipsX ? size.x - 1 - x : x) * stepX]) }
      }
    }
    return result
  }
}
