import Tensors

/// Draws the cells of a marker and what surrounds them.
struct Morphology: Sendable {
  let marker: PhantomMarker
  let vessels: PhantomVessels
  /// The far corner of the region in micrometres.
  let bounds: SIMD3<Double>

  /// Light per micrometre of a thin process whose blurred peak is 1: the area of the blurred profile,
  /// 2π · 0.85 px · 1.0 voxels, in voxels per micrometre of path.
  static let lightPerLength = 3.0

  /// Draws one cell.
  func draw(_ soma: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    switch marker {
    case .neun: drawNeuron(soma, on: &canvas, random: &random)
    case .cfos: drawNucleus(soma, on: &canvas, random: &random)
    case .pv: drawBasketCell(soma, on: &canvas, random: &random)
    case .th: drawFusiform(soma, on: &canvas, random: &random)
    case .iba1: drawMicroglia(soma, on: &canvas, random: &random)
    case .gfap: drawAstrocyte(soma, on: &canvas, random: &random)
    }
  }

  /// Draws what belongs to no annotated cell: axons, baskets around unlabelled bodies, feet along vessels.
  func drawSurroundings(of somata: [Soma], on canvas: inout PhantomCanvas, random: inout Philox) {
    let brightness = somata.map(\.brightness).reduce(0, +) / Double(max(1, somata.count))
    switch marker {
    case .neun, .cfos, .iba1: return
    case .pv: drawBaskets(somata.count, brightness, on: &canvas, random: &random)
    case .th: drawAxonMesh(brightness, on: &canvas, random: &random)
    case .gfap: drawFeetAlongVessels(brightness, on: &canvas, random: &random)
    }
  }

  /// Draws autofluorescent specks of two to three pixels: bright, but no cells.
  func drawSpecks(_ count: Int, on canvas: inout PhantomCanvas, random: inout Philox) {
    for _ in 0..<count {
      let centre = place(random: &random)
      let brightness = random.uniform(in: 0.8...2.2)
      let direction = random.direction()
      let frame = random.frame(along: direction)
      let axes = [frame[0] * random.uniform(in: 2...4), frame[1] * 1.8, frame[2] * 1.8]
      canvas.paint(at: centre, axes: axes, reach: 1.3) { brightness * 2 * Morphology.edge($0, width: 0.5) }
    }
  }

  /// Draws a rod of the volume of a nucleus of 8.5 um, 21 um long and close to the plane: no cell looks like it.
  func drawRod(_ impostor: Soma, on canvas: inout PhantomCanvas, random: inout Philox) {
    var heading = random.direction() * SIMD3(0.3, 1, 1)
    heading /= (heading * heading).sum().squareRoot()
    let frame = random.frame(along: heading)
    let axes = [frame[0] * 10.6, frame[1] * 2.7, frame[2] * 2.7]
    let peak = impostor.brightness / Morphology.dimming(axes: axes)
    canvas.paint(at: impostor.position, axes: axes, reach: 1.25) { peak * Morphology.edge($0, width: 0.5) }
  }

  // MARK: - Shared pieces

  /// A uniform point of the region.
  func place(random: inout Philox) -> SIMD3<Double> {
    SIMD3(random.uniform(), random.uniform(), random.uniform()) * bounds
  }

  /// 1 inside, 0 outside, with a linear edge of a relative width around radius 1.
  static func edge(_ radius: Double, width: Double) -> Double {
    min(1, max(0, 0.5 + (1 - radius) / width))
  }

  /// How much the point spread dims the middle of an ellipsoid of half axes in micrometres, roughly.
  static func dimming(_ radii: SIMD3<Double>) -> Double {
    let blur = SIMD3(3.6, 1.26, 1.26)
    let spread = radii * radii * 0.55
    let ratio = spread / (spread + blur * blur)
    return (ratio[0] * ratio[1] * ratio[2]).squareRoot() * 0.9
  }

  /// How much the point spread dims the middle of an ellipsoid of half axes in any direction, roughly: as `dimming` of
  /// radii, with the determinants of the spreads.
  static func dimming(axes: [SIMD3<Double>]) -> Double {
    let blur = SIMD3(3.6, 1.26, 1.26)
    // Rows of the matrix of second moments.
    let spread = (0..<3).map { row in axes.reduce(SIMD3(repeating: 0)) { $0 + 0.55 * $1[row] * $1 } }
    func determinant(_ rows: [SIMD3<Double>]) -> Double {
      let (a, b, c) = (rows[0], rows[1], rows[2])
      return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    }
    let blurred = (0..<3).map { row -> SIMD3<Double> in
      var sum = spread[row]
      sum[row] += blur[row] * blur[row]
      return sum
    }
    return (determinant(spread) / determinant(blurred)).squareRoot() * 0.9
  }

  /// Half axes of an ellipsoid around a mean radius, in random directions, each within a share of it.
  func axes(radius: Double, variation: Double, random: inout Philox) -> [SIMD3<Double>] {
    let direction = random.direction()
    return random.frame(along: direction).map {
      $0 * radius * random.uniform(in: (1 - variation)...(1 + variation))
    }
  }

  /// Draws a process along a path; its peak after blurring runs from one brightness to another.
  ///
  /// - Parameter radius: Half its thickness in micrometres.
  func drawProcess(
    _ path: [SIMD3<Double>], from first: Double, to last: Double, radius: Double, on canvas: inout PhantomCanvas,
    random: inout Philox
  ) {
    // A thicker tube needs more light for the same peak; it is spread over its cross-section by chance.
    let strands = radius > 1 ? 4 : 1
    let thickness = 1 + radius * radius / 4
    for (step, point) in path.enumerated() {
      let along = Double(step) / Double(max(1, path.count - 1))
      let light = (first + (last - first) * along) * Morphology.lightPerLength * 0.9 * thickness / Double(strands)
      for _ in 0..<strands {
        let aside = strands == 1 ? SIMD3(repeating: 0) : radius * random.direction()
        canvas.deposit(light, at: point + aside)
      }
    }
  }
}
