/// Percentiles of many values, interpolated linearly between neighbours in rank (as `numpy.percentile` does).
public enum Percentiles {
  /// The percentiles of some values, 0 where there are none.
  ///
  /// - Parameter percents: Between 0 and 100.
  /// - Complexity: O(n) for counts of a 16-bit camera, O(n log n) for other values.
  public static func of(_ values: [Float], at percents: [Double]) -> [Double] {
    guard !values.isEmpty else { return percents.map { _ in 0 } }
    let areCounts = values.allSatisfy { $0 >= 0 && $0 <= 65_535 && $0 == $0.rounded() }
    let sorted = areCounts ? [] : values.sorted()
    let sums = areCounts ? cumulated(values) : []
    let ranked = { (rank: Int) in areCounts ? Double(value(of: rank, sums)) : Double(sorted[rank]) }
    return percents.map { percent in
      let place = percent / 100 * Double(values.count - 1)
      let below = Int(place)
      let above = min(values.count - 1, below + 1)
      return ranked(below) + (place - Double(below)) * (ranked(above) - ranked(below))
    }
  }

  // MARK: - Private

  /// How many values are at or below each count.
  private static func cumulated(_ values: [Float]) -> [Int] {
    var sums = [Int](repeating: 0, count: 65_536)
    for value in values { sums[Int(value)] += 1 }
    for count in 1..<sums.count { sums[count] += sums[count - 1] }
    return sums
  }

  private static func value(of rank: Int, _ sums: [Int]) -> Int {
    var low = 0
    var high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > rank { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
