/// Pairs detections with annotations.
public struct Matching: Sendable {
  /// A detection and an annotation within the tolerance, by their places in the two lists.
  public struct Pair: Sendable, Hashable {
    public let detection: Int
    public let annotation: Int
    /// In the unit of the tolerance.
    public let distance: Double

    /// A pair of places in the two lists.
    public init(detection: Int, annotation: Int, distance: Double) {
      self.detection = detection
      self.annotation = annotation
      self.distance = distance
    }
  }

  /// The matches: each point occurs once; with `nearest` there is one pair for each detection that has an annotation
  /// within the tolerance (its nearest one).
  public let pairs: [Pair]
  /// The annotations that have a detection within the tolerance by the rule, by their places, in order.
  public let matchedAnnotations: [Int]
  public let counts: MatchCounts

  /// What `optimal` takes on: the most points on a side, the most pairs within the tolerance, and the most of the
  /// product of these pairs and the points of the smaller side, by which its time grows (at the limit, some 50 s).
  public static let optimalLimit = (points: 200_000, pairs: 20_000_000, work: 200_000_000_000)

  /// How many pairs within the tolerance `greedy` takes on, which it sorts: at the limit, in some 2 GB.
  public static let greedyLimit = 50_000_000

  /// Pairs two lists of points.
  ///
  /// - Parameters:
  ///   - detections: Centres found by a model.
  ///   - annotations: Centres set by a person.
  ///   - tolerance: The largest distance of a match; equal counts. Distances are computed in Double.
  ///   - rule: One to one, or many to one.
  ///   - area: Points outside of it are dropped from both lists first; `nil` keeps all.
  /// - Throws: `MatchingError` where there is too much for `greedy` or `optimal`.
  /// - Complexity: O(n log n) while few points lie within the tolerance of one place; `optimal` is slower where many do.
  public init(
    _ detections: [Point], with annotations: [Point], tolerance: Tolerance, rule: MatchRule = .greedy,
    area: EvaluationArea? = nil
  ) throws {
    let keep = { (points: [Point]) in points.indices.filter { area?.contains(points[$0]) ?? true } }
    let found = keep(detections)
    let actual = keep(annotations)
    let places = tolerance.space(found.map { detections[$0] })
    let targets = tolerance.space(actual.map { annotations[$0] })
    let edges: [MatchEdge]
    var matched: [Int]?
    switch rule {
    case .greedy:
      edges = try Self.greedy(places, targets, tolerance)
    case .optimal:
      edges = try Self.optimal(places, targets, tolerance)
    case .nearest:
      let nearest = NearestMatches(places, targets, radius: tolerance.distance)
      (edges, matched) = (nearest.edges, nearest.annotations.map { actual[$0] })
    }
    pairs = edges.map {
      Pair(detection: found[Int($0.detection)], annotation: actual[Int($0.annotation)], distance: $0.distance)
    }
    matchedAnnotations = matched ?? pairs.map(\.annotation).sorted()
    counts = MatchCounts(
      detections: found.count, annotations: actual.count, matchedDetections: edges.count,
      matchedAnnotations: matchedAnnotations.count, distance: edges.reduce(0) { $0 + $1.distance })
  }

  // MARK: -

  static func greedy(
    _ detections: [SIMD3<Double>], _ annotations: [SIMD3<Double>], _ tolerance: Tolerance, limit: Int = greedyLimit
  ) throws -> [MatchEdge] {
    let graph = MatchGraph(detections, annotations, radius: tolerance.distance, most: limit)
    guard graph.edges.count <= limit else {
      throw MatchingError(
        "the rule 'greedy' takes up to \(limit) pairs within the tolerance, here are more within "
          + "\(tolerance.distance) \(tolerance.unit); use a smaller tolerance, or the rule 'nearest'")
    }
    return graph.greedy()
  }

  static func optimal(
    _ detections: [SIMD3<Double>], _ annotations: [SIMD3<Double>], _ tolerance: Tolerance,
    limit: (points: Int, pairs: Int, work: Int) = optimalLimit
  ) throws -> [MatchEdge] {
    guard max(detections.count, annotations.count) <= limit.points else {
      throw MatchingError(
        "the rule 'optimal' takes up to \(limit.points) points a side, here are \(detections.count) detections "
          + "and \(annotations.count) annotations; use the rule 'greedy'")
    }
    let most = min(limit.pairs, limit.work / max(1, min(detections.count, annotations.count)))
    let graph = MatchGraph(detections, annotations, radius: tolerance.distance, most: most)
    guard graph.edges.count <= most else {
      throw MatchingError(
        "the rule 'optimal' takes up to \(most) pairs within the tolerance of so many points, here are more within "
          + "\(tolerance.distance) \(tolerance.unit); use a smaller tolerance, or the rule 'nearest'")
    }
    return graph.optimal()
  }
}
