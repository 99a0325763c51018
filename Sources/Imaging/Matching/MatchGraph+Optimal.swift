extension MatchGraph {
  /// As many pairs as possible, and among all such choices one with the least total distance; by detection.
  ///
  /// The largest number of pairs splits the graph (Dulmage and Mendelsohn 1958): where detections are in surplus every
  /// annotation is matched, elsewhere every detection. In each part the side that is matched whole is assigned at the
  /// least cost. No search leaves its connected component.
  func optimal() -> [MatchEdge] {
    let largest = MaximumMatching(self, from: greedy())
    let surplus = largest.reachedFromFreeDetections()
    // A person is whoever must be matched: a detection, or an annotation where detections are in surplus.
    var persons: [[Int32]] = []
    var byAnnotation = [[Int32]](repeating: [], count: annotations)
    for detection in 0..<detections {
      let isSurplus = surplus.detections[detection]
      var own: [Int32] = []
      for index in starts[detection]..<starts[detection + 1] {
        let annotation = Int(edges[Int(index)].annotation)
        guard surplus.annotations[annotation] == isSurplus else { continue }
        if isSurplus { byAnnotation[annotation].append(index) } else { own.append(index) }
      }
      if !isSurplus, largest.annotationOf[detection] >= 0 { persons.append(own) }
    }
    persons += byAnnotation.indices.lazy.filter { surplus.annotations[$0] }.map { byAnnotation[$0] }
    // Objects: annotations, then detections.
    let scale = edges.reduce(0) { max($0, $1.distance) }
    let assignment = SparseAssignment(
      persons: persons, objects: annotations + detections,
      object: { index in
        let edge = edges[Int(index)]
        let detection = Int(edge.detection)
        return surplus.detections[detection] ? annotations + detection : Int(edge.annotation)
      },
      cost: { index in
        // Whole numbers, so that sums are exact; a step is 2^-40 of the longest distance.
        scale > 0 ? Int64((edges[Int(index)].distance / scale * 0x1p40).rounded()) : 0
      })
    return assignment.solved().sorted().map { edges[Int($0)] }
  }
}
