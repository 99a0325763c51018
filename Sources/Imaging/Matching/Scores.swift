/// Measures of a detector; `nil` where a measure would be 0/0 (shown as n/a).
public struct Scores: Sendable, Hashable, Codable {
  /// Matched detections / detections.
  public let precision: Double?
  /// Matched annotations / annotations.
  public let recall: Double?
  /// The harmonic mean of both: 2 matched / (detections + annotations) where matches are one to one.
  public let f1: Double?
  /// The mean distance of the matches, in the unit of the tolerance.
  public let localisationError: Double?

  /// The measures of some counts.
  public init(_ counts: MatchCounts) {
    let ratio = { (part: Int, whole: Int) in whole == 0 ? nil : Double(part) / Double(whole) }
    precision = ratio(counts.matchedDetections, counts.detections)
    recall = ratio(counts.matchedAnnotations, counts.annotations)
    localisationError = counts.matchedDetections == 0 ? nil : counts.distance / Double(counts.matchedDetections)
    if counts.matchedDetections == counts.matchedAnnotations {
      f1 = ratio(2 * counts.matchedDetections, counts.detections + counts.annotations)
    } else if let precision, let recall, precision + recall > 0 {
      f1 = 2 * precision * recall / (precision + recall)
    } else {
      f1 = 0
    }
  }

  private init(precision: Double?, recall: Double?, f1: Double?, localisationError: Double?) {
    self.precision = precision
    self.recall = recall
    self.f1 = f1
    self.localisationError = localisationError
  }

  /// The mean of each measure over regions, those without it left out; `nil` where no region has it.
  public static func mean(_ regions: [Scores]) -> Scores {
    let mean = { (measure: (Scores) -> Double?) -> Double? in
      let values = regions.compactMap(measure)
      return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    return Scores(
      precision: mean { $0.precision }, recall: mean { $0.recall }, f1: mean { $0.f1 },
      localisationError: mean { $0.localisationError })
  }
}
