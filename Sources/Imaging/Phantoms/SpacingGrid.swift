/// Points to keep a distance from, found through cells of that size.
struct SpacingGrid {
  private let spacing: Double
  private var cells: [SIMD3<Int32>: [SIMD3<Double>]] = [:]

  init(spacing: Double) {
    self.spacing = spacing
  }

  /// Adds a point unless another one lies nearer than the spacing; whether it was added.
  mutating func insert(_ point: SIMD3<Double>) -> Bool {
    let home = home(of: point)
    for z in Int32(-1)...1 {
      for y in Int32(-1)...1 {
        for x in Int32(-1)...1 {
          for other in cells[home &+ SIMD3(z, y, x)] ?? [] {
            let apart = point - other
            if (apart * apart).sum() < spacing * spacing { return false }
          }
        }
      }
    }
    cells[home, default: []].append(point)
    return true
  }

  /// Adds a point however near to others it lies.
  mutating func place(_ point: SIMD3<Double>) {
    cells[home(of: point), default: []].append(point)
  }

  private func home(of point: SIMD3<Double>) -> SIMD3<Int32> { SIMD3<Int32>((point / spacing).rounded(.down)) }
}
