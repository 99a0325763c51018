/// How crops are drawn and changed.
public struct CropSettings: Sendable, Hashable, Codable {
  public var size: Extent
  /// The share of crops that hold a cell for certain.
  public var centredShare: Double
  /// Whether crops are flipped along each axis and turned by quarters in the plane.
  public var turns: Bool
  /// The largest change of the gain: 0.1 is a factor within 0.9 and 1.1.
  public var gain: Double
  /// The largest number added, in the unit of the normalised volume.
  public var offset: Double

  /// Settings of crops.
  ///
  /// - Precondition: The size is positive, `centredShare` within 0 and 1.
  public init(
    size: Extent = Extent(16, 64, 64), centredShare: Double = 0.5, turns: Bool = true, gain: Double = 0.1,
    offset: Double = 0.05
  ) {
    precondition(size.axes.allSatisfy { $0 > 0 }, "crops: size \(size)")
    precondition((0...1).contains(centredShare), "crops: centred share \(centredShare) is not within 0 and 1")
    self.size = size
    self.centredShare = centredShare
    self.turns = turns
    self.gain = gain
    self.offset = offset
  }
}
