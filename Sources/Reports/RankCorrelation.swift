/// Spearman's rank correlation of paired numbers.
public struct RankCorrelation: Sendable, Equatable {
  /// The coefficient, from -1 to 1; `nil` (n/a) for fewer than two pairs or where one side is constant.
  public let coefficient: Double?
  /// How many pairs went into it.
  public let count: Int

  /// Correlates the ranks of two lists; equal values share the mean of their ranks.
  ///
  /// Pearson's coefficient of the ranks, which holds with ties: Spearman 1904; the form of SciPy's `spearmanr`.
  ///
  /// - Precondition: Both lists have the same length.
  public init(_ first: [Double], _ second: [Double]) {
    precondition(
      first.count == second.count, "rank correlation: \(first.count) values against \(second.count)")
    count = first.count
    coefficient = pearson(ranks(of: first), ranks(of: second))
  }
}

/// The rank of each value, from 1; equal values get the mean of the ranks they cover.
private func ranks(of values: [Double]) -> [Double] {
  let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    // places start+1 ... end, their mean
    let shared = Double(start + 1 + end) / 2
    for place in start..<end { ranks[order[place]] = shared }
    start = end
  }
  return ranks
}

private func pearson(_ first: [Double], _ second: [Double]) -> Double? {
  let count = Double(first.count)
  guard first.count > 1 else { return nil }
  let firstMean = first.reduce(0, +) / count
  let secondMean = second.reduce(0, +) / count
  var product = 0.0
  var firstSquares = 0.0
  var secondSquares = 0.0
  for (a, b) in zip(first, second) {
    product += (a - firstMean) * (b - secondMean)
    firstSquares += (a - firstMean) * (a - firstMean)
    secondSquares += (b - secondMean) * (b - secondMean)
  }
  guard firstSquares > 0, secondSquares > 0 else { return nil }
  return min(1, max(-1, product / (firstSquares * secondSquares).squareRoot()))
}
