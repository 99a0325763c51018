import Tensors

/// A cell body to be drawn.
struct Soma: Sendable {
  /// In micrometres from the centre of the first voxel, in order z, y, x.
  let position: SIMD3<Double>
  /// Brightness over the local background, relative to it.
  let brightness: Double
}

/// What one phantom region is like, drawn once: size, density, contrast, stripes, noise.
struct PhantomScene: Sendable {
  let marker: PhantomMarker
  let traits: PhantomTraits
  let size: Extent
  /// Cells per cubic millimetre.
  let density: Double
  let contrast: Double
  let spread: (below: Double, above: Double)
  /// Standard deviation of the stripes, relative to the row.
  let stripes: Double
  let shadows: Int
  /// Counts of the plain background over the offset.
  let background: Double
  /// Standard deviation of the smooth texture, relative to the background.
  let texture: Double
  /// Standard deviation of the noise, relative to the background.
  let noise: Double
  let offset: Double
  /// Standard deviations of the point spread in voxels, z and in the plane.
  let blur: (depth: Double, plane: Double)

  /// A few more than the 60 that a region must hold, because centres in its outermost half voxels are dropped.
  static let leastCells = 66.0

  /// How far an impostor keeps from what else there is, in micrometres: more than any tolerance.
  private static let impostorSpacing = 18.0

  /// Draws a region's conditions from its own generator.
  init(_ settings: PhantomSettings, seed: UInt64, role: Role, index: Int) {
    let label = settings.marker.rawValue
    var random = Philox(seed: seed, purpose: "phantom.\(label).\(role.rawValue).scene", position: UInt64(index))
    let isStrange = role == .test && index == 2
    marker = settings.marker
    traits = marker.traits
    let range = traits.density
    let drawn =
      range.lowerBound * Elementary.exp(random.uniform() * Elementary.log(range.upperBound / range.lowerBound))
    density = isStrange ? traits.strangeDensity : drawn
    let share = settings.contrastShare
    let blend = { (own: Double, common: Double) in share * own + (1 - share) * common }
    let common = PhantomTraits.common
    let exposure = Elementary.exp(random.uniform(in: -0.3...0.3)) * (isStrange ? 0.5 : 1)
    contrast = exposure * Elementary.exp(blend(Elementary.log(traits.contrast), Elementary.log(common.contrast)))
    spread = (blend(traits.spread.below, common.spread.below), blend(traits.spread.above, common.spread.above))
    stripes = isStrange ? 0.045 : random.uniform(in: 0.019...0.028)
    shadows = (isStrange ? 6 : 1) + random.below(3)
    background = random.uniform(in: 1_500...2_700)
    texture = isStrange ? 0.2 : random.uniform(in: 0.1...0.15)
    noise = random.uniform(in: 0.017...0.028)
    offset = random.uniform(in: 100...200)
    blur = (isStrange ? 1.2 : random.uniform(in: 0.7...1.1), isStrange ? 0.9 : random.uniform(in: 0.6...0.8))
    size = PhantomScene.grown(settings.size, density: density)
  }

  /// A size in which a density gives enough cells, grown in y and x alike.
  private static func grown(_ size: Extent, density: Double) -> Extent {
    let voxel = Phantom.voxelSize
    let cells = density * 1e-9 * Double(size.count) * voxel.z * voxel.y * voxel.x
    guard cells < leastCells else { return size }
    let factor = (leastCells / cells).squareRoot()
    let grow = { (length: Int) in Int((Double(length) * factor / 4).rounded(.up)) * 4 }
    return Extent(size.z, grow(size.y), grow(size.x))
  }

  // MARK: - Cells

  /// Places the bodies in the region and a margin of 15 um around it, and draws their brightness.
  func somata(random: inout Philox) -> [Soma] {
    let voxel = Phantom.voxelSize.vector
    let margin = SIMD3<Double>(repeating: 15)
    let extent = SIMD3(Double(size.z), Double(size.y), Double(size.x)) * voxel
    let room = extent + 2 * margin
    let wanted = Int((density * 1e-9 * room[0] * room[1] * room[2]).rounded())
    let clusters = marker == .th ? clusterCentres(room: room, count: max(2, wanted / 45), random: &random) : []
    var grid = SpacingGrid(spacing: traits.spacing)
    var found: [Soma] = []
    var tries = 0
    while found.count < wanted && tries < 200 * wanted + 1_000 {
      tries += 1
      var place = SIMD3(random.uniform(), random.uniform(), random.uniform()) * room
      if !clusters.isEmpty && random.uniform() < 0.8 {
        let spreadOut = SIMD3(random.normal(), random.normal(), random.normal()) * SIMD3(28, 38, 38)
        place = clusters[random.below(clusters.count)] + spreadOut
        guard (0..<3).allSatisfy({ place[$0] >= 0 && place[$0] < room[$0] }) else { continue }
      }
      guard grid.insert(place) else { continue }
      found.append(Soma(position: place - margin - 0.5 * voxel, brightness: brightness(random: &random)))
    }
    return found
  }

  /// Places things that are no cells apart from the cells and from each other, as bright as cells are.
  ///
  /// All lie where a cell would count (`centres`); there are fewer than asked for only where they find no room.
  ///
  /// - Parameter share: How many there are to a cell of the region.
  func impostors(share: Double, beside somata: [Soma], random: inout Philox) -> [Soma] {
    let voxel = Phantom.voxelSize.vector
    let room = SIMD3(Double(size.z - 1), Double(size.y - 1), Double(size.x - 1)) * voxel
    var grid = SpacingGrid(spacing: max(traits.spacing, Self.impostorSpacing))
    // Cells may lie nearer to each other than that: all of them count.
    for soma in somata { grid.place(soma.position) }
    let wanted = Int((share * Double(centres(of: somata).count)).rounded())
    var found: [Soma] = []
    for _ in 0..<200 * wanted where found.count < wanted {
      let place = SIMD3(random.uniform(), random.uniform(), random.uniform()) * room
      if grid.insert(place) { found.append(Soma(position: place, brightness: brightness(random: &random))) }
    }
    return found
  }

  /// The centres of the bodies whose larger part lies in the region, in voxels, sorted.
  func centres(of somata: [Soma]) -> [Point] {
    let voxel = Phantom.voxelSize.vector
    let last = SIMD3(Double(size.z - 1), Double(size.y - 1), Double(size.x - 1))
    let inside = somata.map { $0.position / voxel }.filter { place in
      (0..<3).allSatisfy { place[$0] >= 0 && place[$0] <= last[$0] }
    }
    return inside.map { Point(Float($0[0]), Float($0[1]), Float($0[2])) }
      .sorted { ($0.z, $0.y, $0.x) < ($1.z, $1.y, $1.x) }
  }

  // MARK: - Private

  private func clusterCentres(room: SIMD3<Double>, count: Int, random: inout Philox) -> [SIMD3<Double>] {
    (0..<count).map { _ in SIMD3(random.uniform(), random.uniform(), random.uniform()) * room }
  }

  /// A lognormal of two halves: its median is the contrast, with one spread below and one above.
  private func brightness(random: inout Philox) -> Double {
    let deviation = random.normal()
    return contrast * Elementary.exp(deviation * (deviation < 0 ? spread.below : spread.above))
  }
}
