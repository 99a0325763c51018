/// What a case is asked to do.
enum Work: String, Codable, Sendable {
  /// Whole training steps.
  case train
  /// Forward passes in evaluation.
  case infer
}
