/// When a stage's tasks are stopped before their end, because others of them do better; never part of a fingerprint.
public struct StopRule: Sendable {
  /// How it is decided who goes on.
  public enum Rule: String, Sendable, CaseIterable, ParameterValue {
    /// Successive halving: of the tasks that reached a rung, one in `eta` goes on to the next. Jamieson and Talwalkar
    /// 2016, arXiv:1502.07943.
    case halving
  }

  /// How it is decided.
  public let rule: Rule
  /// The metric that is compared.
  public let metric: String
  /// One in how many goes on, at least 2; also how much longer each rung is than the one before.
  public let eta: Int
  /// The steps of the first rung, at least 1.
  public let min: Int
  /// Where it stands.
  public let range: SourceRange
  /// Where the metric is named.
  public let metricRange: SourceRange
  /// Where `min` is said, or the rule where it is not.
  public let minRange: SourceRange
}
