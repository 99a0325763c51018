import ArrayStores

extension NDArray {
  /// Whether every number is finite; whole numbers are.
  func isFinite() throws -> Bool {
    switch type {
    case .float32: try values(as: Float.self).allSatisfy(\.isFinite)
    case .float64: try values(as: Double.self).allSatisfy(\.isFinite)
    default: true
    }
  }
}
