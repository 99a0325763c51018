/// Figures, and what could not be drawn: a cell that was not computed, a record without times.
public struct FigureSet: Sendable, Equatable {
  /// In the order in which they are shown.
  public var figures: [ReportFigure]
  /// What is missing, each in a sentence without a full stop: `no training curve of 'train[marker=th]': it has no log`.
  public var missing: [String]

  /// A set from its parts.
  public init(_ figures: [ReportFigure] = [], missing: [String] = []) {
    (self.figures, self.missing) = (figures, missing)
  }

  /// Both together, the left one first.
  public static func + (left: FigureSet, right: FigureSet) -> FigureSet {
    FigureSet(left.figures + right.figures, missing: left.missing + right.missing)
  }
}
