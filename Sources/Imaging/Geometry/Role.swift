/// What a region is for.
public enum Role: String, Sendable, Codable, CaseIterable, Hashable {
  case train
  case validation
  case test
}
