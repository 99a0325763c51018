/// The tasks of another experiment that a binding takes: `{from: phantom-sweep, select: "best.model[geometry=small]"}`.
public struct TakenTask: Sendable {
  /// The experiment as it was written: a file, or the name of one beside this file, and its variant after a dot.
  public let from: String
  /// Where the experiment stands.
  public let range: SourceRange
  /// The stage, its port and its cells; `$axis` is one of the input's.
  public let reference: Reference
  /// The name of the experiment in addresses, such as `phantom-sweep.full`.
  public internal(set) var experiment = ""

  init(from: String, range: SourceRange, reference: Reference) {
    self.from = from
    self.range = range
    self.reference = reference
  }
}

/// An experiment that tasks are taken from.
public struct TakenExperiment: Sendable {
  /// Its name in addresses: that of its file, with its variant.
  public let name: String
  /// Its recipe with everything bound and set.
  public let recipe: Recipe
}
