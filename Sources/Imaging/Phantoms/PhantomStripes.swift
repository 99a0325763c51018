import Tensors

/// How evenly the sheet lights each row: stripes along x, and shadows of what lies in its way.
struct PhantomStripes: Sendable {
  /// A dark streak: where it begins, how deep and wide it is, and how far it reaches.
  private struct Shadow: Sendable {
    let start: SIMD3<Double>
    let depth: Double
    let width: Double
    let length: Double
  }

  private let size: Extent
  /// Gains by plane and row, with spare rows on both sides for the tilt.
  private let gains: [Float]
  private let spare = 24
  private let tilt: Double
  private let fading: Double
  private let shadows: [Shadow]

  init(_ scene: PhantomScene, random: inout Philox) {
    size = scene.size
    tilt = Elementary.sin(random.uniform(in: -3...3) * Double.pi / 180)
    fading = random.uniform(in: 0...0.3)
    let rows = scene.size.y + 2 * spare
    var current = (0..<rows).map { _ in 0.0 }
    var all: [Float] = []
    all.reserveCapacity(rows * scene.size.z)
    for z in 0..<scene.size.z {
      var fresh = random.normal()
      for row in 0..<rows {
        // Rows follow their neighbours by 0.6, planes by 0.9.
        if row > 0 { fresh = 0.6 * fresh + 0.8 * random.normal() }
        current[row] = z == 0 ? fresh : 0.9 * current[row] + Double(0.19).squareRoot() * fresh
        all.append(Float(scene.stripes * current[row]))
      }
    }
    gains = all
    let far = SIMD3(Double(size.z), Double(size.y), Double(size.x))
    shadows = (0..<scene.shadows).map { _ in
      Shadow(
        start: SIMD3(random.uniform(), random.uniform(), random.uniform()) * far, depth: random.uniform(in: 0.1...0.3),
        width: random.uniform(in: 1.5...5), length: random.uniform(in: 50...200))
    }
  }

  /// Writes the relative light along one row.
  func fill(_ row: inout [Float], z: Int, y: Int) {
    let first = z * (size.y + 2 * spare) + spare
    for x in 0..<size.x {
      let place = min(Double(size.y + spare - 2), max(Double(1 - spare), Double(y) + tilt * Double(x)))
      let below = place.rounded(.down)
      let share = Float(place - below)
      let index = first + Int(below)
      let fade = Float(1 - fading * Double(x) / Double(size.x))
      row[x] = 1 + fade * (gains[index] * (1 - share) + gains[index + 1] * share)
    }
    for shadow in shadows where abs(Double(z) - shadow.start[0]) < 3 {
      darken(&row, by: shadow, z: z, y: y)
    }
  }

  private func darken(_ row: inout [Float], by shadow: Shadow, z: Int, y: Int) {
    let aside = (Double(z) - shadow.start[0]) / 1.5
    let from = max(0, Int(shadow.start[2]))
    for x in from..<min(size.x, from + Int(shadow.length)) {
      let across = (Double(y) + tilt * Double(x) - shadow.start[1]) / shadow.width
      let share = Elementary.exp(-0.5 * (across * across + aside * aside))
      row[x] *= Float(1 - shadow.depth * share * (1 - Double(x - from) / shadow.length))
    }
  }
}
