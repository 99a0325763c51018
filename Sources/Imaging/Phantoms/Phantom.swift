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
    let scene = PhantomScene(settings, seed: seed, role: role, index: index)
    let purpose = "phantom.\(settings.marker.rawValue).\(role.rawValue)"
    var random = Philox(seed: seed, purpose: purpose + ".cells", position: UInt64(index))
    var canvas = PhantomCanvas(size: scene.size, voxel: voxelSize.vector)
    let vessels = PhantomVessels(in: canvas.bounds, random: &random)
    let somata = scene.somata(random: &random)
    let morphology = Morphology(marker: settings.marker, vessels: vessels, bounds: canvas.bounds)
    for soma in somata { morphology.draw(soma, on: &canvas, random: &random) }
    morphology.drawSurroundings(of: somata, on: &canvas, random: &random)
    morphology.drawSpecks(Int(scene.traits.specks * Double(somata.count) + 0.5), on: &canvas, random: &random)

    var physics = Philox(seed: seed, purpose: purpose + ".physics", position: UInt64(index))
    let image = PhantomOptics(scene).image(of: canvas, vessels: vessels, random: &physics)
    return PhantomRegion(
      id: "\(role.rawValue)-\(index + 1)", role: role, size: scene.size, voxelSize: voxelSize, values: image,
      centres: scene.centres(of: somata))
  }
}
