/// Many to one: each detection with its nearest annotation, of equals the first, if one is within the radius.
struct NearestMatches {
  /// By detection.
  private(set) var edges: [MatchEdge] = []
  /// The annotations that have a detection within the radius, in order.
  private(set) var annotations: [Int] = []

  /// - Complexity: O(n log n) while few points lie within the radius of one place; no list of pairs is kept.
  init(_ detections: [SIMD3<Double>], _ annotations: [SIMD3<Double>], radius: Double) {
    let tree = KDTree(annotations)
    var isNear = [Bool](repeating: false, count: annotations.count)
    for (index, place) in detections.enumerated() {
      var best: (distance: Double, annotation: Int32)?
      tree.forEach(within: radius, of: place) { other, distance in
        isNear[Int(other)] = true
        if let best, best <= (distance, other) { return }
        best = (distance, other)
      }
      guard let best else { continue }
      edges.append(MatchEdge(distance: best.distance, detection: Int32(index), annotation: best.annotation))
    }
    self.annotations = isNear.indices.filter { isNear[$0] }
  }
}
