/// Points that keep a distance from each other, found through cells of that size.
struct SpacingGrid {
  private let spacing: Double
  private var cells: [SIMD3<Int32>: [SIMD3<Double>]] = [:]

  init(spacing: Double) {
    self.spacing = spacing
  }

  /// Adds a point unless another one lies nearer than the spacing; whether it was added.
  mutating func insert(_ point: SIMD3<Double>) -> Bool {
    let home = SIMD3<Int32>((point / spacing).rounded(.down))
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
}
