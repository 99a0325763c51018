import Tensors

/// Draws the crops of a training: crop `index` of step `step` depends on the seed and these two alone.
public struct CropSampler: Sendable {
  /// What a network sees, and what it should say; both in order z, y, x.
  public struct Crop: Sendable, Equatable {
    public let input: [Float]
    public let target: [Float]
    /// Which voxels count: 0 in ignore boxes, 1 elsewhere; `nil` if all count.
    public let weight: [Float]?
    /// Where the crop was taken from: the region's place in the list, and its first voxel.
    public let region: Int
    public let origin: Extent
  }

  public let regions: [CropRegion]
  public let settings: CropSettings
  /// The regions of each group, by their places; groups are drawn equally often, then the regions in them.
  private let groups: [Range<Int>]
  private let seed: UInt64
  private let purpose: String

  /// A sampler over regions, each drawn equally often.
  ///
  /// - Parameter purpose: Keeps samplers with the same seed apart, for example `"train"` and `"validate"`.
  /// - Precondition: There is at least one region.
  public init(regions: [CropRegion], settings: CropSettings, seed: UInt64, purpose: String = "crops") {
    self.init(groups: [regions], settings: settings, seed: seed, purpose: purpose)
  }

  /// A sampler over groups of regions, such as markers: each group is drawn equally often, and in it each region.
  ///
  /// One group gives the crops of its regions without groups.
  ///
  /// - Precondition: There is at least one group, and none is empty.
  public init(groups: [[CropRegion]], settings: CropSettings, seed: UInt64, purpose: String = "crops") {
    precondition(!groups.isEmpty && groups.allSatisfy { !$0.isEmpty }, "crop sampler: no regions")
    regions = groups.flatMap { $0 }
    var ranges: [Range<Int>] = []
    for group in groups {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + group.count)
    }
    self.groups = ranges
    self.settings = settings
    self.seed = seed
    self.purpose = purpose
  }

  // MARK: - Crops

  /// One crop of a step.
  ///
  /// About half (`centredShare`) hold a cell, at any place in the crop; the others lie anywhere, though their middle
  /// never in an ignore box. A region smaller than the crop lies in its middle, surrounded by zeros in input and
  /// target, as a network's own padding does. Quarter turns need a crop with equal sides in the plane.
  public func crop(step: Int, index: Int) -> Crop {
    var random = Philox(
      seed: seed, purpose: purpose, position: UInt64(truncatingIfNeeded: step) << 24 | UInt64(index & 0xFF_FFFF))
    // One group takes no draw, so that a single marker keeps its crops.
    let group = groups[groups.count == 1 ? 0 : random.below(groups.count)]
    let number = group.lowerBound + random.below(group.count)
    let region = regions[number]
    let isCentred = random.uniform() < settings.centredShare && !region.usable.isEmpty
    let origin = isCentred ? originAroundCentre(region, &random) : originAnywhere(region, &random)
    let turn = settings.turns ? Turn(random: &random, quarters: settings.size.y == settings.size.x) : Turn()
    let gain = Float(1 + settings.gain * random.uniform(in: -1...1))
    let offset = Float(settings.offset * random.uniform(in: -1...1))
    let size = settings.size
    let box = Box(lower: origin, upper: Extent(origin.z + size.z, origin.y + size.y, origin.x + size.x))
    let input = cut(region.volume, box).map { gain * $0 + offset }
    let target = region.target.values(in: box, around: region.centres)
    return Crop(
      input: turn.applied(to: input, size), target: turn.applied(to: target, size),
      weight: weight(region, box).map { turn.applied(to: $0, size) }, region: number, origin: origin)
  }

  // MARK: - Places

  /// A place that has a random centre anywhere in the crop, moved so that the crop stays in its region.
  private func originAroundCentre(_ region: CropRegion, _ random: inout Philox) -> Extent {
    let centre = region.usable[random.below(region.usable.count)]
    let voxel = [centre.z, centre.y, centre.x].map { Int($0.rounded()) }
    let places = (0..<3).map { axis in
      let side = settings.size.axes[axis]
      let wanted = voxel[axis] - random.below(side)
      let room = region.volume.size.axes[axis] - side
      return room >= 0 ? min(room, max(0, wanted)) : room / 2
    }
    return Extent(places[0], places[1], places[2])
  }

  private func originAnywhere(_ region: CropRegion, _ random: inout Philox) -> Extent {
    let size = settings.size
    var origin = Extent.zero
    for _ in 0..<64 {
      let places = (0..<3).map { axis in
        let room = region.volume.size.axes[axis] - size.axes[axis]
        return room >= 0 ? random.below(room + 1) : room / 2
      }
      origin = Extent(places[0], places[1], places[2])
      let middle = Extent(origin.z + size.z / 2, origin.y + size.y / 2, origin.x + size.x / 2)
      if !region.ignore.contains(where: { $0.contains(middle) }) { break }
    }
    return origin
  }

  // MARK: - Values

  /// The values of a box, 0 outside of the volume.
  private func cut(_ volume: Volume, _ box: Box) -> [Float] {
    let inside = Box(
      lower: Extent(max(0, box.lower.z), max(0, box.lower.y), max(0, box.lower.x)),
      upper: Extent(
        min(volume.size.z, box.upper.z), min(volume.size.y, box.upper.y), min(volume.size.x, box.upper.x)))
    if inside == box { return volume.cropped(to: box).values }
    let size = box.size
    var values = [Float](repeating: 0, count: size.count)
    for z in inside.lower.z..<inside.upper.z {
      for y in inside.lower.y..<inside.upper.y {
        for x in inside.lower.x..<inside.upper.x {
          values[size.offset(z - box.lower.z, y - box.lower.y, x - box.lower.x)] = volume[z, y, x]
        }
      }
    }
    return values
  }

  /// 0 in ignore boxes and 1 elsewhere, or nothing where no ignore box meets the crop.
  private func weight(_ region: CropRegion, _ box: Box) -> [Float]? {
    let size = box.size
    var weight: [Float]?
    for ignored in region.ignore {
      let low = (0..<3).map { max(0, ignored.lower.axes[$0] - box.lower.axes[$0]) }
      let high = (0..<3).map { min(size.axes[$0], ignored.upper.axes[$0] - box.lower.axes[$0]) }
      guard (0..<3).allSatisfy({ low[$0] < high[$0] }) else { continue }
      var values = weight ?? [Float](repeating: 1, count: size.count)
      for z in low[0]..<high[0] {
        for y in low[1]..<high[1] {
          for x in low[2]..<high[2] { values[size.offset(z, y, x)] = 0 }
        }
      }
      weight = values
    }
    return weight
  }
}
