import Tensors

/// Makes light-sheet volumes of cleared brain with known cells: one physics, six morphologies.
///
/// Structure (bodies, processes, vessels, specks) is drawn at 4 x 1.8 x 1.8 um, blurred by the point spread of the
/// microscope, added to a smooth background, striped, and counted by a camera. Markers differ in morphology,
/// density and contrast only.
public enum Phantom {
  /// The voxels of all phantoms, in micrometres.
  public static let voxelSize = VoxelSize(4, 1.8, 1.8)

  /// All regions of some settings: training, validation, then test, in order.
  ///
  /// Each region depends on the seed, the marker, its role and number alone, so one more region changes no other.
  /// The third test region is out of distribution: an extreme density, half the contrast, strong stripes, a coarser
  /// background and a wider point spread.
  public static func regions(_ settings: PhantomSettings, seed: UInt64) -> [PhantomRegion] {
    Role.allCases.flatMap { role in
      (0..<settings.count(role)).map { region(settings, seed: seed, role: role, index: $0) }
    }
  }

  /// The size that a region will have, without drawing it.
  ///
  /// - Parameter index: The 0-based number of the region within its role.
  public static func size(_ settings: PhantomSettings, seed: UInt64, role: Role, index: Int) -> Extent {
    PhantomScene(settings, seed: seed, role: role, index: index).size
  }

  /// One region.
  ///
  /// - Parameter index: The 0-based number of the region within its role.
  public static func region(_ settings: PhantomSettings, seed: UInt64, role: Role, index: Int) -> PhantomRegion {
    var cast = Cast(settings, seed: seed, role: role, index: index)
    var canvas = PhantomCanvas(size: cast.scene.size, voxel: voxelSize.vector)
    let morphology = Morphology(marker: settings.marker, vessels: cast.vessels, bounds: canvas.bounds)
    for soma in cast.somata { morphology.draw(soma, on: &canvas, random: &cast.random) }
    morphology.drawSurroundings(of: cast.somata, on: &canvas, random: &cast.random)
    let specks = Int(cast.scene.traits.specks * Double(cast.somata.count) + 0.5)
    morphology.drawSpecks(specks, on: &canvas, random: &cast.random)
    let impostors = cast.impostors(share: settings.impostors)
    var strange = impostors.random
    for impostor in impostors.somata { morphology.drawRod(impostor, on: &canvas, random: &strange) }

    var physics = Philox(seed: seed, purpose: cast.purpose + ".physics", position: UInt64(index))
    let image = PhantomOptics(cast.scene).image(of: canvas, vessels: cast.vessels, random: &physics)
    return PhantomRegion(
      id: "\(role.rawValue)-\(index + 1)", role: role, size: cast.scene.size, voxelSize: voxelSize, values: image,
      centres: cast.scene.centres(of: cast.somata))
  }

  /// The centres of a region's impostors, sorted: as bright as cells, and none.
  ///
  /// - Parameter index: The 0-based number of the region within its role.
  public static func impostors(_ settings: PhantomSettings, seed: UInt64, role: Role, index: Int) -> [Point] {
    let cast = Cast(settings, seed: seed, role: role, index: index)
    return cast.scene.centres(of: cast.impostors(share: settings.impostors).somata)
  }

  /// What is in a region, before anything is painted.
  private struct Cast {
    let scene: PhantomScene
    let purpose: String
    let vessels: PhantomVessels
    let somata: [Soma]
    /// As it stands behind the cells' places: what is drawn of them goes on with it.
    var random: Philox
    private let key: (seed: UInt64, position: UInt64)

    init(_ settings: PhantomSettings, seed: UInt64, role: Role, index: Int) {
      scene = PhantomScene(settings, seed: seed, role: role, index: index)
      purpose = "phantom.\(settings.marker.rawValue).\(role.rawValue)"
      key = (seed, UInt64(index))
      var random = Philox(seed: seed, purpose: purpose + ".cells", position: key.position)
      let bounds = SIMD3(Double(scene.size.z), Double(scene.size.y), Double(scene.size.x)) * voxelSize.vector
      vessels = PhantomVessels(in: bounds, random: &random)
      somata = scene.somata(random: &random)
      self.random = random
    }

    /// Places of impostors, by a generator of their own: the cells are those of the phantom without them.
    func impostors(share: Double) -> (somata: [Soma], random: Philox) {
      var random = Philox(seed: key.seed, purpose: purpose + ".impostors", position: key.position)
      return (share > 0 ? scene.impostors(share: share, beside: somata, random: &random) : [], random)
    }
  }
}
