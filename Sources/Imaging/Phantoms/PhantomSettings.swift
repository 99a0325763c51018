/// Which phantom regions to make.
public struct PhantomSettings: Sendable, Hashable, Codable {
  public var marker: PhantomMarker
  /// The smallest size of a region; it grows in y and x until 60 cells are expected.
  public var size: Extent
  /// How many regions of each role.
  public var train: Int
  public var validation: Int
  public var test: Int
  /// The share of a marker's body brightness that is its own, from 1 (the table) to 0 (as all others).
  public var contrastShare: Double
  /// Rods as bright as the cells and of no marker, as a share of the number of cells: what a detector may take for cells.
  public var impostors: Double

  /// Settings, by default three regions to train, one to validate and three to test.
  ///
  /// - Precondition: The size is positive, no count and no share of impostors negative, and `contrastShare` within 0 and 1.
  public init(
    marker: PhantomMarker, size: Extent = Extent(32, 160, 160), train: Int = 3, validation: Int = 1,
    test: Int = 3, contrastShare: Double = 1, impostors: Double = 0
  ) {
    precondition(size.axes.allSatisfy { $0 > 0 }, "phantom: size \(size)")
    precondition(min(train, validation, test) >= 0, "phantom: a negative number of regions")
    precondition((0...1).contains(contrastShare), "phantom: contrast share \(contrastShare) is not within 0 and 1")
    precondition(impostors >= 0, "phantom: a share of impostors of \(impostors)")
    self.marker = marker
    self.size = size
    self.train = train
    self.validation = validation
    self.test = test
    self.contrastShare = contrastShare
    self.impostors = impostors
  }

  /// How many regions of a role.
  public func count(_ role: Role) -> Int {
    switch role {
    case .train: train
    case .validation: validation
    case .test: test
    }
  }
}
