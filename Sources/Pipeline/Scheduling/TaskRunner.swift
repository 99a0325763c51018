public import Fingerprints

/// The stage kinds as a worker sees them: all types erased, orders in, metrics out.
public protocol TaskRunner: Sendable {
  /// Does the work of an order, writing outputs with the context.
  func run(_ order: TaskOrder, inputs: StageInputs, context: StageContext) async throws -> [Metric]
  /// How the work can be cut in steps; nil for work that cannot.
  func trajectory(of order: TaskOrder) throws -> Trajectory?
  /// The outputs that the work must write, beside `metrics`.
  func outputs(of order: TaskOrder) throws -> [Port]
  /// What data outside the store means to the task now, by parameter; compared with the key before publishing.
  func outside(of order: TaskOrder, _ data: OutsideData) throws -> [String: CanonicalValue]
}
