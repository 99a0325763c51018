import Recipes

/// Mistakes in how stages fit together; the codes of the text and the language stand in `Recipes`.
extension DiagnosticCode {
  /// An input that the stage kind does not take.
  static let unknownPort: Self = "E202"
  /// An input that nothing is connected to.
  static let unconnected: Self = "E203"
  /// An output that the producer does not give.
  static let unknownOutput: Self = "E205"
  /// An artifact of another type than the port's.
  static let typeMismatch: Self = "E206"
  /// A list of artifacts for a port that takes one.
  static let tooMany: Self = "E207"
  /// A producer's task that `except` leaves out.
  static let leftOut: Self = "E210"
  /// A stage kind that gathers, without `gather`.
  static let gatherMissing: Self = "E212"
  /// A `gather` for a stage kind that does not.
  static let gatherUnwanted: Self = "E213"
  /// Two gathered values for one cell.
  static let twoValues: Self = "E214"
  /// An axis to gather by that the source lacks.
  static let gatherAxis: Self = "E215"
  /// An axis that makes no difference to any task of its stage (a warning).
  static let unreadAxis: Self = "W216"
  /// A `gather` that finds no task.
  static let gathersNothing: Self = "E217"
  /// A key of `gather` that the stage kind has no use for.
  static let gatherUnused: Self = "E218"
  /// Shapes that do not fit: a crop that is larger than a region.
  static let shape: Self = "E220"
  /// A region to test on that was learned from.
  static let leakage: Self = "E221"
  /// More memory than there is.
  static let tooLarge: Self = "E222"
  /// What may be more than there is (a warning).
  static let tooLargeEstimate: Self = "W222"
  /// Gathered stages whose outputs differ, for a stage that passes one of them on.
  static let gatherUnlike: Self = "E219"
}
