/// A matching with as many pairs as a graph has room for.
///
/// Hopcroft and Karp 1973: each round finds the shortest augmenting paths that share no point.
struct MaximumMatching {
  /// The annotation of each detection, -1 without.
  private(set) var annotationOf: [Int32]
  /// The detection of each annotation, -1 without.
  private(set) var detectionOf: [Int32]
  private let graph: MatchGraph

  /// - Parameters:
  ///   - pairs: A matching to begin with.
  /// - Complexity: O(edges · √points).
  init(_ graph: MatchGraph, from pairs: [MatchEdge]) {
    self.graph = graph
    annotationOf = [Int32](repeating: -1, count: graph.detections)
    detectionOf = [Int32](repeating: -1, count: graph.annotations)
    for pair in pairs {
      annotationOf[Int(pair.detection)] = pair.annotation
      detectionOf[Int(pair.annotation)] = pair.detection
    }
    while augment() {}
  }

  /// The points that alternating paths from free detections reach: there, detections are in surplus, and every
  /// largest matching matches each of the annotations with one of the detections.
  func reachedFromFreeDetections() -> (detections: [Bool], annotations: [Bool]) {
    var detections = annotationOf.map { $0 < 0 }
    var annotations = [Bool](repeating: false, count: graph.annotations)
    var stack = annotationOf.indices.filter { annotationOf[$0] < 0 }
    while let detection = stack.popLast() {
      for index in graph.starts[detection]..<graph.starts[detection + 1] {
        let annotation = Int(graph.edges[Int(index)].annotation)
        if annotations[annotation] { continue }
        annotations[annotation] = true
        let next = Int(detectionOf[annotation])
        precondition(next >= 0, "maximum matching: an augmenting path was left")
        if detections[next] { continue }
        detections[next] = true
        stack.append(next)
      }
    }
    return (detections, annotations)
  }

  // MARK: - Private

  /// One round; false where there is no augmenting path.
  private mutating func augment() -> Bool {
    guard let levels = levels() else { return false }
    var next = graph.starts
    for detection in annotationOf.indices where annotationOf[detection] < 0 {
      follow(from: detection, levels, &next)
    }
    return true
  }

  /// How many pairs each detection is away from a free one; nil where no free annotation is reached.
  private func levels() -> [Int32]? {
    var levels = annotationOf.map { $0 < 0 ? Int32(0) : -1 }
    var queue = annotationOf.indices.filter { annotationOf[$0] < 0 }
    var place = 0
    var last = Int32.max
    while place < queue.count {
      let detection = queue[place]
      place += 1
      if levels[detection] > last { break }
      for index in graph.starts[detection]..<graph.starts[detection + 1] {
        let other = Int(detectionOf[Int(graph.edges[Int(index)].annotation)])
        if other < 0 {
          last = levels[detection]
        } else if levels[other] < 0 {
          levels[other] = levels[detection] + 1
          queue.append(other)
        }
      }
    }
    return last == .max ? nil : levels
  }

  /// Looks for a free annotation in depth, along rising levels, and flips the path to it.
  private mutating func follow(from root: Int, _ levels: [Int32], _ next: inout [Int32]) {
    var path = [root]
    while let detection = path.last {
      guard next[detection] < graph.starts[detection + 1] else {
        path.removeLast()
        if let before = path.last { next[before] += 1 }
        continue
      }
      let other = Int(detectionOf[Int(graph.edges[Int(next[detection])].annotation)])
      if other < 0 {
        for step in path.reversed() {
          let annotation = graph.edges[Int(next[step])].annotation
          annotationOf[step] = annotation
          detectionOf[Int(annotation)] = Int32(step)
          next[step] += 1
        }
        return
      }
      if levels[other] == levels[detection] + 1 { path.append(other) } else { next[detection] += 1 }
    }
  }
}
