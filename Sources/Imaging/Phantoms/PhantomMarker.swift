/// The six stains that phantoms imitate: what their cells look like and how many there are.
///
/// Sizes, densities and extras follow the project's table of morphologies; soma sizes and process lengths are
/// typical textbook values, densities follow Keller, Ero and Markram 2018 (Front. Neuroanat. 12:83).
public enum PhantomMarker: String, Sendable, Codable, CaseIterable, Hashable {
  case neun
  case cfos
  case pv
  case th
  case iba1
  case gfap

  /// The record that annotated regions of this marker carry.
  public var marker: Marker {
    switch self {
    case .neun: Marker(label: rawValue, displayName: "NeuN", tolerance: 6)
    case .cfos: Marker(label: rawValue, displayName: "cFos", tolerance: 6)
    case .pv: Marker(label: rawValue, displayName: "PV", tolerance: 8)
    case .th: Marker(label: rawValue, displayName: "TH", tolerance: 8)
    case .iba1: Marker(label: rawValue, displayName: "Iba1", tolerance: 5)
    case .gfap: Marker(label: rawValue, displayName: "GFAP", tolerance: 8)
    }
  }

  /// What sets this marker's cells apart.
  var traits: PhantomTraits {
    switch self {
    case .neun:
      PhantomTraits(
        density: 60_000...100_000, strangeDensity: 60_000, contrast: 1.0, spread: (0.35, 0.35), spacing: 8,
        specks: 0.1, haze: 0.03)
    case .cfos:
      PhantomTraits(
        density: 5_000...16_000, strangeDensity: 1_800, contrast: 0.52, spread: (0.36, 0.6), spacing: 9,
        specks: 0.35, haze: 0.045)
    case .pv:
      PhantomTraits(
        density: 2_500...6_000, strangeDensity: 1_200, contrast: 1.0, spread: (0.3, 0.3), spacing: 18, specks: 0.3,
        haze: 0.06)
    case .th:
      PhantomTraits(
        density: 5_500...11_000, strangeDensity: 20_000, contrast: 1.3, spread: (0.35, 0.35), spacing: 16,
        specks: 0.2, haze: 0.04)
    case .iba1:
      PhantomTraits(
        density: 7_000...10_500, strangeDensity: 6_500, contrast: 1.1, spread: (0.3, 0.3), spacing: 25, specks: 0.4,
        haze: 0.03)
    case .gfap:
      PhantomTraits(
        density: 5_500...11_000, strangeDensity: 20_000, contrast: 0.9, spread: (0.3, 0.3), spacing: 20,
        specks: 0.3, haze: 0.04)
    }
  }
}

/// Numbers of one marker's cells.
struct PhantomTraits: Sendable {
  /// The usual densities, in cells per cubic millimetre.
  let density: ClosedRange<Double>
  /// The density of the region that is out of distribution.
  let strangeDensity: Double
  /// The median brightness of a body over the local background, relative to it.
  let contrast: Double
  /// The standard deviations of the logarithm of that brightness, below and above its median.
  let spread: (below: Double, above: Double)
  /// The smallest distance of two cells in micrometres.
  let spacing: Double
  /// Autofluorescent specks, as a share of the number of cells: more than tissue has (5 to 10%), because they are the
  /// bright things that a filter cannot tell from cells and a learnt detector can.
  let specks: Double
  /// The standard deviation of the fine texture, relative to the background.
  let haze: Double

  /// What all markers share where nothing comes from contrast.
  static let common = (contrast: 0.9, spread: (below: 0.4, above: 0.4))
}
