import Tensors

/// Neurons: NeuN, c-Fos, parvalbumin and tyrosine hydroxylase.
extension Morphology {
  /// NeuN: a filled ellipsoid of 9 to 14 um with a soft edge.
  func drawNeuron(_ soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    let radius = random.uniform(in: 4.5...7)
    let axes = axes(radius: radius, variation: 0.15, random: &random)
    let peak = soma.brightness / Morphology.dimming(SIMD3(repeating: radius))
    canvas.paint(at: soma.position, axes: axes, reach: 1.25) { peak * Morphology.edge($0, width: 0.5) }
  }

  /// c-Fos: a small filled nucleus of 7 to 10 um.
  func drawNucleus(_ soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    let radius = random.uniform(in: 3.5...5)
    let axes = axes(radius: radius, variation: 0.12, random: &random)
    let peak = soma.brightness / Morphology.dimming(SIMD3(repeating: radius))
    canvas.paint(at: soma.position, axes: axes, reach: 1.25) { peak * Morphology.edge($0, width: 0.5) }
  }

  /// Parvalbumin: a bright shell of 12 to 18 um around a dark nucleus, three to six proximal dendrites.
  func drawBasketCell(_ soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    let radius = random.uniform(in: 6.5...9)
    let axes = axes(radius: radius, variation: 0.12, random: &random)
    let peak = soma.brightness / 0.62
    canvas.paint(at: soma.position, axes: axes, reach: 1.15) { distance in
      let nucleus = Morphology.edge(distance / 0.68, width: 0.3)
      return peak * Morphology.edge(distance, width: 0.3) * (1 - 0.95 * nucleus)
    }
    for _ in 0..<(3 + random.below(4)) {
      let heading = random.direction()
      let length = random.uniform(in: 30...80)
      let path = random.path(
        from: soma.position + 0.9 * radius * heading, heading: heading, length: length, winding: 0.1)
      drawProcess(
        path, from: 0.45 * soma.brightness, to: 0.15 * soma.brightness, radius: 0.8, on: &canvas, random: &random)
    }
  }

  /// Puncta of parvalbumin axons around unlabelled bodies: rings without a cell.
  func drawBaskets(_ count: Int, _ brightness: Double, on canvas: inout PhantomCanvas, random: inout Philox) {
    for _ in 0..<(2 * count) {
      let centre = place(random: &random)
      let radius = random.uniform(in: 5...7.5)
      for _ in 0..<(10 + random.below(14)) {
        canvas.deposit(brightness * random.uniform(in: 1...3.5), at: centre + radius * random.direction())
      }
    }
    for _ in 0..<(8 * count) {
      let path = random.path(from: place(random: &random), heading: random.direction(), length: 30, winding: 0.2)
      drawProcess(path, from: 0.07 * brightness, to: 0.07 * brightness, radius: 0.5, on: &canvas, random: &random)
    }
  }

  /// Tyrosine hydroxylase: a spindle of 15 to 25 um by 1:1.6, two to four thick dendrites.
  func drawFusiform(_ soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    let long = random.uniform(in: 9...12.5)
    var heading = random.direction() * SIMD3(0.6, 1, 1)
    heading /= (heading * heading).sum().squareRoot()
    let frame = random.frame(along: heading)
    let axes = [frame[0] * long, frame[1] * long / 1.6, frame[2] * long / 1.6]
    let peak = soma.brightness / Morphology.dimming(SIMD3(repeating: long / 1.5))
    canvas.paint(at: soma.position, axes: axes, reach: 1.2) { peak * Morphology.edge($0, width: 0.4) }
    for branch in 0..<(2 + random.below(3)) {
      // The first two leave at the poles, the others anywhere.
      let course = branch == 0 ? heading : branch == 1 ? -heading : random.direction()
      let start = soma.position + (branch < 2 ? 0.85 * long : 0.5 * long) * course
      let path = random.path(from: start, heading: course, length: random.uniform(in: 50...150), winding: 0.07)
      drawProcess(
        path, from: 0.6 * soma.brightness, to: 0.2 * soma.brightness, radius: 1.5, on: &canvas, random: &random)
    }
  }

  /// A mesh of beaded axons: 22,000 fibres of 150 um to a cubic millimetre.
  func drawAxonMesh(_ brightness: Double, on canvas: inout PhantomCanvas, random: inout Philox) {
    let fibres = Int(bounds[0] * bounds[1] * bounds[2] * 2.2e-5)
    for _ in 0..<fibres {
      let path = random.path(from: place(random: &random), heading: random.direction(), length: 150, winding: 0.12)
      let level = brightness * random.uniform(in: 0.1...0.3)
      drawProcess(path, from: level, to: level, radius: 0.5, on: &canvas, random: &random)
      for bead in stride(from: 4, to: path.count, by: 9) where random.uniform() < 0.6 {
        canvas.deposit(level * random.uniform(in: 6...18), at: path[bead])
      }
    }
  }
}
