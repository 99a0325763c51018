/// How well scores put true ahead of false ones, whatever the threshold.
public enum RankingArea {
  /// The area under the receiver operating characteristic: the share of pairs of a true and a false one in which the
  /// true one has the higher score, ties counting half; nil unless there are both.
  ///
  /// The statistic of Mann and Whitney 1947 over the number of pairs: Hanley and McNeil 1982, Radiology 143:29.
  ///
  /// - Complexity: O(n log n).
  public static func value(scores: [Double], isTrue: [Bool]) -> Double? {
    precondition(scores.count == isTrue.count, "ranking area: \(scores.count) scores, \(isTrue.count) labels")
    let positives = isTrue.count { $0 }
    let negatives = isTrue.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var rankSum = 0.0
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      // Ranks from 1; those of equal scores are their mean.
      let rank = Double(start + 1 + end) / 2
      for place in start..<end where isTrue[order[place]] { rankSum += rank }
      start = end
    }
    let least = Double(positives) * Double(positives + 1) / 2
    return (rankSum - least) / (Double(positives) * Double(negatives))
  }
}
