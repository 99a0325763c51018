/// Turns a heatmap into cell centres: local maxima above a threshold, no two within a footprint.
///
/// The rule is that of CANVAS (arXiv:2603.29842); ties are settled so that a plateau gives one point and the result
/// never depends on the order of work.
public struct FindMaxima: Sendable {
  /// A voxel that is the greatest of its footprint.
  public struct Candidate: Sendable, Hashable {
    public let voxel: Extent
    public let score: Float
  }

  public let footprint: Footprint

  /// Maxima of a footprint.
  public init(footprint: Footprint) {
    self.footprint = footprint
  }

  /// Maxima no nearer than a distance, in pixels of the plane.
  public init(minimumDistance: Double = 3, voxelSize: VoxelSize?, shape: Footprint.Shape = .ellipsoid) {
    self.init(footprint: Footprint(minimumDistance: minimumDistance, voxelSize: voxelSize, shape: shape))
  }

  // MARK: - Whole volumes

  /// The maxima of a heatmap above a threshold, the highest first.
  public func detections(in heatmap: Volume, above threshold: Float) -> Detections {
    accepted(from: candidates(in: heatmap, above: threshold))
  }

  // MARK: - The two steps, for work by blocks

  /// The voxels above a threshold that no voxel of their footprint exceeds, unless all of it is equal.
  ///
  /// - Parameters:
  ///   - core: Only voxels in this box are looked at; their footprints reach beyond it. `nil` is the whole volume.
  ///   - origin: Added to the voxels' positions.
  /// - Complexity: O(voxels), plus the footprint for each voxel that is higher than its first neighbours.
  public func candidates(
    in heatmap: Volume, above threshold: Float, core: Box? = nil, origin: Extent = .zero
  ) -> [Candidate] {
    let core = core ?? Box(heatmap.size)
    let size = heatmap.size
    let steps = footprint.steps
    let reach = footprint.reach
    let distances = steps.map { size.offset($0.z, $0.y, $0.x) }
    var found: [Candidate] = []
    for z in core.lower.z..<core.upper.z {
      for y in core.lower.y..<core.upper.y {
        let isInside = z >= reach.z && y >= reach.y && z < size.z - reach.z && y < size.y - reach.y
        for x in core.lower.x..<core.upper.x {
          let score = heatmap.values[size.offset(z, y, x)]
          guard score > threshold else { continue }
          let place = Extent(z, y, x)
          let isMaximum =
            isInside && x >= reach.x && x < size.x - reach.x
            ? holds(heatmap.values, size.offset(z, y, x), distances) : holds(heatmap, place, steps)
          guard isMaximum else { continue }
          found.append(Candidate(voxel: Extent(z + origin.z, y + origin.y, x + origin.x), score: score))
        }
      }
    }
    return found
  }

  /// The candidates that remain when each, in order of falling score and then z, y, x, is dropped if an accepted one
  /// lies in its footprint.
  ///
  /// - Complexity: O(n log n).
  public func accepted(from candidates: [Candidate]) -> Detections {
    let sorted = candidates.sorted {
      if $0.score != $1.score { return $0.score > $1.score }
      return ($0.voxel.z, $0.voxel.y, $0.voxel.x) < ($1.voxel.z, $1.voxel.y, $1.voxel.x)
    }
    var accepted = Detections()
    var taken: Set<Extent> = []
    let steps = footprint.steps
    for candidate in sorted {
      let voxel = candidate.voxel
      let isFree =
        !taken.contains(voxel)
        && !steps.contains {
          taken.contains(Extent(voxel.z + $0.z, voxel.y + $0.y, voxel.x + $0.x))
        }
      guard isFree else { continue }
      taken.insert(voxel)
      accepted.points.append(Point(voxel))
      accepted.scores.append(candidate.score)
    }
    return accepted
  }

  // MARK: - Private

  /// Whether a voxel far from the border is a maximum.
  private func holds(_ values: [Float], _ place: Int, _ distances: [Int]) -> Bool {
    let score = values[place]
    var isConstant = true
    for distance in distances {
      let other = values[place &+ distance]
      guard score >= other else { return false }
      if other < score { isConstant = false }
    }
    return !isConstant
  }

  /// Whether a voxel is a maximum of that part of its footprint that lies in the volume.
  private func holds(_ heatmap: Volume, _ place: Extent, _ steps: [Extent]) -> Bool {
    let size = heatmap.size
    let score = heatmap.values[size.offset(place.z, place.y, place.x)]
    var isConstant = true
    for step in steps {
      let z = place.z + step.z
      let y = place.y + step.y
      let x = place.x + step.x
      guard z >= 0, y >= 0, x >= 0, z < size.z, y < size.y, x < size.x else { continue }
      let other = heatmap.values[size.offset(z, y, x)]
      guard score >= other else { return false }
      if other < score { isConstant = false }
    }
    return !isConstant
  }
}
