/// What the background of a region is, so that crops of nothing else can be told.
public struct BackgroundLevel: Sendable, Equatable {
  /// Background and three of its standard deviations.
  public let threshold: Float

  /// The background of values from all over a region: its level is their median, its standard deviation the distance
  /// from there to the percentile that lies one deviation lower in a normal distribution. What shines does not count.
  public init(of values: [Float]) {
    let found = Percentiles.of(values, at: [15.865525393145708, 50])
    threshold = Float(found[1] + 3 * (found[1] - found[0]))
  }

  /// Whether a crop holds background alone: its 99th percentile is not above the threshold.
  public func isAll(of crop: [Float]) -> Bool {
    var above = 0
    for value in crop where value > threshold { above += 1 }
    return Self.isAll(of: crop.count, above: above)
  }

  /// The same of a crop of so many voxels, so many of them above the threshold.
  public static func isAll(of count: Int, above: Int) -> Bool { above * 100 <= count }
}
