/// A stain: what it is called, and how far a detection may lie from an annotation.
public struct Marker: Hashable, Sendable, Codable {
  /// The name in recipes and ports, for example `"cfos"`.
  public let label: String
  /// The name in reports, for example `"cFos"`.
  public let displayName: String
  /// The largest distance of a match, in pixels.
  public let tolerance: Double

  /// A marker from its record.
  public init(label: String, displayName: String, tolerance: Double) {
    self.label = label
    self.displayName = displayName
    self.tolerance = tolerance
  }
}
