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

  /// The matches: with `greedy` each point occurs once; with `nearest` there is one pair for each detection that has
  /// an annotation within the tolerance (its nearest one).
  public let pairs: [Pair]
  public let counts: MatchCounts

  /// Pairs two lists of points.
  ///
  /// - Parameters:
  ///   - detections: Centres found by a model.
  ///   - annotations: Centres set by a person.
  ///   - tolerance: The largest distance of a match; equal counts. Distances are computed in Double.
  ///   - rule: One to one, or many to one.
  ///   - area: Points outside of it are dropped from both lists first; `nil` keeps all.
  /// - Complexity: O(n log n) while few points lie within the tolerance of one place.
  public init(
    _ detections: [Point], with annotations: [Point], tolerance: Tolerance, rule: MatchRule = .greedy,
    area: EvaluationArea? = nil
  ) {
    let keep = { (points: [Point]) in points.indices.filter { area?.contains(points[$0]) ?? true } }
    let found = keep(detections)
    let actual = keep(annotations)
    let places = tolerance.space(found.map { detections[$0] })
    let tree = KDTree(tolerance.space(actual.map { annotations[$0] }))
    var edges = Matching.edges(places, tree, tolerance.distance)
    var matched: (detections: Int, annotations: Int)
    switch rule {
    case .greedy:
      edges = Matching.greedy(edges, found.count, actual.count)
      matched = (edges.count, edges.count)
    case .nearest:
      matched = (0, Set(edges.map(\.annotation)).count)
      edges = Matching.nearest(edges)
      matched.detections = edges.count
    }
    pairs = edges.map {
      Pair(detection: found[Int($0.detection)], annotation: actual[Int($0.annotation)], distance: $0.distance)
    }
    counts = MatchCounts(
      detections: found.count, annotations: actual.count, matchedDetections: matched.detections,
      matchedAnnotations: matched.annotations, distance: edges.reduce(0) { $0 + $1.distance })
  }

  // MARK: - Private

  private struct Edge {
    let distance: Double
    let detection: Int32
    let annotation: Int32
  }

  private static func edges(_ places: [SIMD3<Double>], _ tree: KDTree, _ radius: Double) -> [Edge] {
    var edges: [Edge] = []
    for (index, place) in places.enumerated() {
      tree.forEach(within: radius, of: place) { other, distance in
        edges.append(Edge(distance: distance, detection: Int32(index), annotation: other))
      }
    }
    return edges
  }

  /// The shortest pairs first, each point once.
  private static func greedy(_ edges: [Edge], _ detections: Int, _ annotations: Int) -> [Edge] {
    let sorted = edges.sorted {
      if $0.distance != $1.distance { return $0.distance < $1.distance }
      return ($0.detection, $0.annotation) < ($1.detection, $1.annotation)
    }
    var isTaken = (
      detections: [Bool](repeating: false, count: detections),
      annotations: [Bool](repeating: false, count: annotations)
    )
    var pairs: [Edge] = []
    for edge in sorted {
      let detection = Int(edge.detection)
      let annotation = Int(edge.annotation)
      if isTaken.detections[detection] || isTaken.annotations[annotation] { continue }
      isTaken.detections[detection] = true
      isTaken.annotations[annotation] = true
      pairs.append(edge)
    }
    return pairs
  }

  /// The nearest annotation of each detection that has one; edges come grouped by detection.
  private static func nearest(_ edges: [Edge]) -> [Edge] {
    var best: [Edge] = []
    for edge in edges {
      guard let last = best.last, last.detection == edge.detection else {
        best.append(edge)
        continue
      }
      if (edge.distance, edge.annotation) < (last.distance, last.annotation) { best[best.count - 1] = edge }
    }
    return best
  }
}
