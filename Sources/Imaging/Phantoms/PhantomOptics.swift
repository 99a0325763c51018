import Tensors

/// From structure to counts: point spread, background, vessels, stripes, noise, offset.
struct PhantomOptics: Sendable {
  private let scene: PhantomScene
  private let size: Extent

  init(_ scene: PhantomScene) {
    self.scene = scene
    size = scene.size
  }

  /// The camera's image of a canvas.
  ///
  /// The stripes multiply structure and background alike, since both are lit by the same sheet.
  func image(of canvas: PhantomCanvas, vessels: PhantomVessels, random: inout Philox) -> [UInt16] {
    let structure = blurred(canvas)
    let smooth = PhantomTexture.smooth(size, random: &random)
    let fine = PhantomTexture.fine(size, random: &random)
    let dark = GaussianFilter.applied(
      to: vessels.coverage(of: canvas), size: size, sigma: SIMD3(scene.blur.depth, scene.blur.plane, scene.blur.plane))
    let stripes = PhantomStripes(scene, random: &random)
    var image = [UInt16](repeating: 0, count: size.count)
    let texture = Float(scene.texture)
    let haze = Float(scene.traits.haze)
    var row = [Float](repeating: 0, count: size.x)
    for z in 0..<size.z {
      for y in 0..<size.y {
        let start = size.offset(z, y, 0)
        stripes.fill(&row, z: z, y: y)
        for x in 0..<size.x {
          let place = start + x
          let tissue = max(0.2, 1 + texture * smooth[place] + haze * fine[place]) * (1 - 0.35 * dark[place])
          let light = Double((tissue + structure[place] * (1 - 0.8 * dark[place])) * row[x]) * scene.background
          image[place] = counted(light, random: &random)
        }
      }
    }
    return image
  }

  // MARK: - Private

  /// The structure through the point spread: a narrow Gaussian and a tenth of the light in a broad one.
  private func blurred(_ canvas: PhantomCanvas) -> [Float] {
    let light = zip(canvas.bodies, canvas.processes).map(+)
    let narrow = GaussianFilter.applied(
      to: light, size: size, sigma: SIMD3(scene.blur.depth, scene.blur.plane, scene.blur.plane))
    let broad = GaussianFilter.applied(to: light, size: size, sigma: SIMD3(1.8, 4, 4))
    return zip(narrow, broad).map { 0.9 * $0 + 0.1 * $1 }
  }

  /// Photons and electrons: Poisson and read noise of counts, added to the offset and rounded.
  ///
  /// The gain is such that the background has the scene's noise. Above 30 photons the Poisson distribution is
  /// taken as a Gaussian, so both noises are one draw.
  private func counted(_ light: Double, random: inout Philox) -> UInt16 {
    let read = 8.0
    let wanted = scene.noise * scene.background
    let gain = max(0.05, (wanted * wanted - read * read) / scene.background)
    let photons = light / gain
    let counts: Double
    if photons > 30 {
      counts = light + (gain * light + read * read).squareRoot() * random.normal()
    } else {
      counts = gain * Double(poisson(photons, random: &random)) + read * random.normal()
    }
    return UInt16(min(65_535, max(0, (counts + scene.offset).rounded())))
  }

  /// A Poisson number by Knuth's product of uniforms.
  private func poisson(_ mean: Double, random: inout Philox) -> Int {
    let limit = Elementary.exp(-mean)
    var product = random.uniform()
    var count = 0
    while product > limit {
      product *= random.uniform()
      count += 1
    }
    return count
  }
}
