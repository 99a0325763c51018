/// How far a detector's scores are the probabilities of being right.
public struct Calibration: Sendable, Hashable {
  /// The detections whose scores lie in one part of 0 to 1.
  public struct Bin: Sendable, Hashable {
    public let lower: Double
    public let upper: Double
    public let count: Int
    /// nil in an empty bin.
    public let meanScore: Double?
    /// The share of the detections that match an annotation; nil in an empty bin.
    public let matchedShare: Double?
  }

  /// From the lowest scores to the highest, all of the same width.
  public let bins: [Bin]
  /// The mean distance of score and matched share over bins, each by its number of detections; nil without detections.
  ///
  /// Expected calibration error: Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017, arXiv:1706.04599, equation 3.
  public let expectedError: Double?

  /// The calibration of some detections; nil where a score is no probability.
  ///
  /// - Parameters:
  ///   - isMatched: Whether each of them matches an annotation.
  ///   - count: How many bins there are.
  public init?(scores: [Float], isMatched: [Bool], bins count: Int = 10) {
    precondition(scores.count == isMatched.count, "calibration: \(scores.count) scores, \(isMatched.count) matches")
    precondition(count > 0, "calibration: \(count) bins")
    guard scores.allSatisfy({ (0...1).contains($0) }) else { return nil }
    var sums = [(count: Int, score: Double, matched: Int)](repeating: (0, 0, 0), count: count)
    for (score, matched) in zip(scores, isMatched) {
      let bin = min(count - 1, Int(Double(score) * Double(count)))
      sums[bin].count += 1
      sums[bin].score += Double(score)
      sums[bin].matched += matched ? 1 : 0
    }
    bins = sums.enumerated().map { place, sum in
      let share = { (part: Double) in sum.count == 0 ? nil : part / Double(sum.count) }
      return Bin(
        lower: Double(place) / Double(count), upper: Double(place + 1) / Double(count), count: sum.count,
        meanScore: share(sum.score), matchedShare: share(Double(sum.matched)))
    }
    let gaps = sums.reduce(0) { $0 + abs($1.score - Double($1.matched)) }
    expectedError = scores.isEmpty ? nil : gaps / Double(scores.count)
  }
}
