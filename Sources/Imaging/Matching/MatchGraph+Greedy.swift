extension MatchGraph {
  /// The shortest pairs first, then by detection and annotation; each point once.
  func greedy() -> [MatchEdge] {
    let sorted = edges.sorted {
      if $0.distance != $1.distance { return $0.distance < $1.distance }
      return ($0.detection, $0.annotation) < ($1.detection, $1.annotation)
    }
    var isTaken = (
      detections: [Bool](repeating: false, count: detections),
      annotations: [Bool](repeating: false, count: annotations)
    )
    var pairs: [MatchEdge] = []
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
}
