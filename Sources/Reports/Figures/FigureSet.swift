/// Figures, and what could not be drawn: a cell that was not computed, a record without times.
public struct FigureSet: Sendable, Equatable {
  /// In the order in which they are shown.
  public var figures: [ReportFigure]
  /// What is missing, each in a sentence without a full stop: `no training curve of 'train[marker=th]': it has no log`.
  public var missing: [String]

  /// What many are missing for one reason.
  public var gaps: [Gap]

  /// Things of one kind that could not be drawn.
  public struct Gap: Sendable, Equatable {
    /// How many, of what and why, as in `missing`.
    public let sentence: String
    /// Which ones.
    public let names: [String]
  }

  /// A set from its parts.
  public init(_ figures: [ReportFigure] = [], missing: [String] = [], gaps: [Gap] = []) {
    (self.figures, self.missing, self.gaps) = (figures, missing, gaps)
  }

  /// Both together, the left one first.
  public static func + (left: FigureSet, right: FigureSet) -> FigureSet {
    FigureSet(
      left.figures + right.figures, missing: left.missing + right.missing, gaps: left.gaps + right.gaps)
  }
}
