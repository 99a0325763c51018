import Tensors

/// Glia: microglia (Iba1) and astrocytes (GFAP).
extension Morphology {
  /// Iba1: a small body of 7 to 10 um, four to seven branched processes of 20 to 30 um.
  func drawMicroglia(_ soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    let radius = random.uniform(in: 3.5...5)
    let axes = axes(radius: radius, variation: 0.2, random: &random)
    let peak = soma.brightness / Morphology.dimming(SIMD3(repeating: radius))
    canvas.paint(at: soma.position, axes: axes, reach: 1.25) { peak * Morphology.edge($0, width: 0.5) }
    for _ in 0..<(4 + random.below(4)) {
      let heading = random.direction()
      let level = soma.brightness * random.uniform(in: 0.2...0.35)
      let path = random.path(
        from: soma.position + 0.8 * radius * heading, heading: heading, length: random.uniform(in: 20...30),
        winding: 0.16)
      drawProcess(path, from: 1.2 * level, to: 0.7 * level, radius: 0.7, on: &canvas, random: &random)
      for _ in 0..<(1 + random.below(2)) {
        let start = path[path.count / 4 + random.below(path.count / 2)]
        let branch = random.path(
          from: start, heading: random.direction(), length: random.uniform(in: 8...15), winding: 0.2)
        drawProcess(branch, from: 0.9 * level, to: 0.5 * level, radius: 0.6, on: &canvas, random: &random)
      }
    }
  }

  /// GFAP: a weak body of 8 to 12 um; five to nine radial processes of 20 to 30 um brighter than it, one foot on a
  /// vessel where one is near.
  func drawAstrocyte(_ soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    let radius = random.uniform(in: 4...6)
    let axes = axes(radius: radius, variation: 0.15, random: &random)
    let peak = 0.4 * soma.brightness / Morphology.dimming(SIMD3(repeating: radius))
    canvas.paint(at: soma.position, axes: axes, reach: 1.25) { peak * Morphology.edge($0, width: 0.5) }
    for _ in 0..<(5 + random.below(5)) {
      let heading = random.direction()
      let level = soma.brightness * random.uniform(in: 0.7...1.2)
      let path = random.path(
        from: soma.position + radius * heading, heading: heading, length: random.uniform(in: 20...30), winding: 0.06)
      let middle = path.count / 2
      drawProcess(
        Array(path[..<middle]), from: 0.6 * level, to: level, radius: 1, on: &canvas, random: &random)
      drawProcess(
        Array(path[middle...]), from: level, to: 0.35 * level, radius: 0.8, on: &canvas, random: &random)
    }
    drawFoot(of: soma, on: &canvas, random: &random)
  }

  /// Patches of end-feet along the walls of vessels.
  func drawFeetAlongVessels(_ brightness: Double, on canvas: inout PhantomCanvas, random: inout Philox) {
    for vessel in vessels.vessels {
      var level = 0.0
      for (step, point) in vessel.axis.enumerated() {
        if step % 12 == 0 { level = random.uniform() < 0.45 ? brightness * random.uniform(in: 0.2...0.6) : 0 }
        for _ in 0..<3 where level > 0 {
          canvas.deposit(level * 0.9 * 2, at: point + vessel.radius * random.direction())
        }
      }
    }
  }

  // MARK: - Private

  /// A process to the nearest vessel within 40 um that ends in a bright foot.
  private func drawFoot(of soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    guard let target = vessels.nearest(to: soma.position, within: 40) else { return }
    let way = target.point - soma.position
    let length = (way * way).sum().squareRoot() - target.radius
    guard length > 6 else { return }
    let heading = way / (way * way).sum().squareRoot()
    let path = random.path(from: soma.position, heading: heading, length: length, winding: 0)
    drawProcess(path, from: 0.5 * soma.brightness, to: soma.brightness, radius: 0.8, on: &canvas, random: &random)
    for _ in 0..<12 {
      canvas.deposit(1.2 * soma.brightness, at: soma.position + length * heading + 2.5 * random.direction())
    }
  }
}
