/// Points in space, arranged so that those near a place are found without looking at all.
struct KDTree {
  private static let leafSize = 12
  /// Coordinates in the order of the tree, and where each point stood in the list it came from.
  private var points: [SIMD3<Double>]
  private var origins: [Int32]
  private var axes: [UInt8]

  /// - Complexity: O(n log n).
  init(_ list: [SIMD3<Double>]) {
    points = list
    origins = (0..<list.count).map(Int32.init)
    axes = [UInt8](repeating: 0, count: list.count)
    build(0, list.count)
  }

  /// Calls a closure with the number and distance of each point within a distance of a place (equal counts).
  func forEach(within radius: Double, of place: SIMD3<Double>, _ visit: (Int32, Double) -> Void) {
    search(0, points.count, place, radius, visit)
  }

  // MARK: - Private

  private mutating func build(_ low: Int, _ high: Int) {
    guard high - low > KDTree.leafSize else { return }
    var least = points[low]
    var most = points[low]
    for index in low..<high {
      least = pointwiseMin(least, points[index])
      most = pointwiseMax(most, points[index])
    }
    let width = most - least
    let axis = width[0] >= width[1] && width[0] >= width[2] ? 0 : width[1] >= width[2] ? 1 : 2
    let middle = (low + high) / 2
    select(middle, axis, low, high - 1)
    axes[middle] = UInt8(axis)
    build(low, middle)
    build(middle + 1, high)
  }

  /// Moves the point of a rank along an axis to its place, smaller ones before it (Hoare's selection).
  private mutating func select(_ rank: Int, _ axis: Int, _ from: Int, _ to: Int) {
    var low = from
    var high = to
    while low < high {
      let pivot = points[(low + high) / 2][axis]
      var left = low
      var right = high
      while left <= right {
        while points[left][axis] < pivot { left += 1 }
        while points[right][axis] > pivot { right -= 1 }
        if left <= right {
          points.swapAt(left, right)
          origins.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right { high = right } else if rank >= left { low = left } else { return }
    }
  }

  private func search(
    _ low: Int, _ high: Int, _ place: SIMD3<Double>, _ radius: Double, _ visit: (Int32, Double) -> Void
  ) {
    if high - low <= KDTree.leafSize {
      for index in low..<high { test(index, place, radius, visit) }
      return
    }
    let middle = (low + high) / 2
    let axis = Int(axes[middle])
    let apart = place[axis] - points[middle][axis]
    // The margin keeps a point whose rounded distance is just the radius.
    let reach = radius * (1 + 1e-12)
    test(middle, place, radius, visit)
    if apart <= reach { search(low, middle, place, radius, visit) }
    if -apart <= reach { search(middle + 1, high, place, radius, visit) }
  }

  private func test(_ index: Int, _ place: SIMD3<Double>, _ radius: Double, _ visit: (Int32, Double) -> Void) {
    let apart = points[index] - place
    let distance = (apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2]).squareRoot()
    if distance <= radius { visit(origins[index], distance) }
  }
}
