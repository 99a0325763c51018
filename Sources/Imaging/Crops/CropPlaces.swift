import Tensors

/// Where crops are taken from in volumes that may be too large to be held: crop `number` of a training depends on the
/// seed and that number alone.
///
/// Groups take turns, so that each gives as many crops, however many regions it has; in a group every place is equally
/// likely.
public struct CropPlaces: Sendable {
  /// Where one crop lies, and how it is turned.
  public struct Place: Sendable, Equatable {
    /// The place of the group in the list.
    public let group: Int
    /// The place of the region in its group.
    public let region: Int
    /// The voxels of the region.
    public let box: Box
    let turn: Turn

    /// The values of the box, turned.
    public func turned(_ values: [Float]) -> [Float] { turn.applied(to: values, box.size) }
  }

  private let groups: [[Extent]]
  private let size: Extent
  private let turns: Bool
  private let seed: UInt64
  private let purpose: String

  /// - Parameters:
  ///   - groups: The sizes of the regions of each group.
  ///   - size: Voxels of a crop.
  ///   - turns: Whether crops are flipped along each axis and turned by quarters in the plane.
  ///   - purpose: Keeps crops of one seed apart that are drawn for different ends.
  /// - Precondition: There is a group, each has a region, and a crop fits into every region.
  public init(groups: [[Extent]], size: Extent, turns: Bool, seed: UInt64, purpose: String) {
    precondition(!groups.isEmpty && groups.allSatisfy { !$0.isEmpty }, "crop places: a group has no regions")
    precondition(
      groups.joined().allSatisfy { zip($0.axes, size.axes).allSatisfy { $0 >= $1 } },
      "crop places: crops of \(size) do not fit into every region")
    (self.groups, self.size, self.turns, self.seed, self.purpose) = (groups, size, turns, seed, purpose)
  }

  /// The place of a crop.
  ///
  /// - Parameter attempt: Another place for the same crop, where the first one will not do; below 256.
  public func place(of number: Int, attempt: Int = 0) -> Place {
    var random = Philox(
      seed: seed, purpose: purpose, position: UInt64(truncatingIfNeeded: number) << 8 | UInt64(attempt & 0xFF))
    let group = number % groups.count
    let rooms = groups[group].map { region in zip(region.axes, size.axes).map { $0 - $1 + 1 } }
    let counts = rooms.map { $0.reduce(1, *) }
    var rank = random.below(counts.reduce(0, +))
    var region = 0
    while rank >= counts[region] {
      rank -= counts[region]
      region += 1
    }
    let room = rooms[region]
    let origin = Extent(rank / (room[1] * room[2]), rank / room[2] % room[1], rank % room[2])
    let upper = Extent(origin.z + size.z, origin.y + size.y, origin.x + size.x)
    let turn = turns ? Turn(random: &random, quarters: size.y == size.x) : Turn()
    return Place(group: group, region: region, box: Box(lower: origin, upper: upper), turn: turn)
  }
}
