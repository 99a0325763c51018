import Tensors

/// A detector that knows nothing: as many points as there are annotations, anywhere.
///
/// Its F1 shows how much of another detector's figure density alone gives.
public enum ChanceDetector {
  /// Uniform points in a region, all with score 1.
  ///
  /// - Parameter region: The region's id, so that each region has points of its own.
  public static func detections(count: Int, in size: Extent, seed: UInt64, region: String) -> Detections {
    var random = Philox(seed: seed, purpose: "chance." + region)
    let points = (0..<count).map { _ in
      Point(
        Float(random.uniform() * Double(size.z) - 0.5), Float(random.uniform() * Double(size.y) - 0.5),
        Float(random.uniform() * Double(size.x) - 0.5))
    }
    return Detections(points: points, scores: [Float](repeating: 1, count: count))
  }
}
