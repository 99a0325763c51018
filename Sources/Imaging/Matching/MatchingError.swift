/// Why lists of points are not matched, in words for who asked.
public struct MatchingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
