/// A detection and an annotation within the tolerance, by their places in two lists.
struct MatchEdge: Sendable {
  let distance: Double
  let detection: Int32
  let annotation: Int32
}

/// Which detections lie within the tolerance of which annotations.
struct MatchGraph {
  let detections: Int
  let annotations: Int
  /// Grouped by detection, in order.
  let edges: [MatchEdge]
  /// Where the edges of each detection begin; one more entry for the end.
  let starts: [Int32]

  /// The graph of two lists of places.
  ///
  /// - Parameter most: How many edges are looked at before the rest is left out; the caller compares.
  /// - Complexity: O(n log n) while few points lie within the radius of one place.
  init(_ detections: [SIMD3<Double>], _ annotations: [SIMD3<Double>], radius: Double, most: Int) {
    let tree = KDTree(annotations)
    var edges: [MatchEdge] = []
    edges.reserveCapacity(2 * detections.count)
    var starts: [Int32] = [0]
    starts.reserveCapacity(detections.count + 1)
    for (index, place) in detections.enumerated() where edges.count <= most {
      tree.forEach(within: radius, of: place) { other, distance in
        guard edges.count <= most else { return }
        edges.append(MatchEdge(distance: distance, detection: Int32(index), annotation: other))
      }
      starts.append(Int32(truncatingIfNeeded: edges.count))
    }
    self.detections = detections.count
    self.annotations = annotations.count
    self.edges = edges
    self.starts = starts
  }
}
