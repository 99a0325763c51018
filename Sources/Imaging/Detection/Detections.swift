/// Cell centres found in a volume, each with a score.
public struct Detections: Sendable, Equatable, Codable {
  public var points: [Point]
  public var scores: [Float]

  /// Detections from two lists of the same length.
  public init(points: [Point] = [], scores: [Float] = []) {
    precondition(points.count == scores.count, "detections: \(points.count) points, \(scores.count) scores")
    self.points = points
    self.scores = scores
  }

  /// How many there are.
  public var count: Int { points.count }

  /// Those with a score at or above a threshold, in the same order.
  public func atLeast(_ threshold: Float) -> Detections {
    let kept = scores.indices.filter { scores[$0] >= threshold }
    return Detections(points: kept.map { points[$0] }, scores: kept.map { scores[$0] })
  }
}
