public import Imaging
import Neural
public import SystemPackage
import Tensors

/// Makes a model of a safetensors file that another program wrote.
///
/// The size of the network is in the shapes of its tensors. All else must be said, unless the file has the metadata of
/// a model already; then what is said replaces what it says.
public struct ModelImport: Sendable {
  /// How intensities are to be normalised before the network sees them.
  public enum Intensities: Sendable, Hashable {
    /// Not at all.
    case raw
    case normalised(Normalisation)
  }

  /// Nil: as the file says.
  public var intensities: Intensities?
  /// The probability above which a maximum counts; nil: as the file says.
  public var tau: Double?
  /// The distance below which two maxima are one cell, in pixels of the plane; nil: as the file says.
  public var minimumDistance: Double?
  /// The voxel size of the training volumes; nil: as the file says, or unknown.
  public var voxelSize: VoxelSize?
  /// What it was trained on; nil: as the file says, or 'unknown'.
  public var marker: String?
  /// The largest distance of a match in pixels; nil: as the file says, or the minimum distance.
  public var tolerance: Double?
  /// What the names of the file's tensors begin with before PyTorch's names.
  public var prefix = ""

  /// Says nothing yet.
  public init() {}

  // MARK: -

  /// The model of a file.
  ///
  /// - Throws: `TaskFailure` with the path and what is wrong or not said.
  public func model(reading path: FilePath) throws -> DetectorModel {
    try DetectorModel.located(path) {
      let file = try Safetensors(reading: path)
      var model = file.isModel ? try DetectorModel(file, named: "'\(path)'") : try foreign(file)
      switch intensities {
      case .normalised(let normalisation): model.normalisation = normalisation
      case .raw: model.normalisation = nil
      case nil: break
      }
      model.tau = tau ?? model.tau
      model.minimumDistance = minimumDistance ?? model.minimumDistance
      model.voxelSize = voxelSize ?? model.voxelSize
      model.marker = Marker(
        label: marker ?? model.marker.label, displayName: marker ?? model.marker.displayName,
        tolerance: tolerance ?? model.marker.tolerance)
      try model.check()
      return model
    }
  }

  // MARK: - Private

  private func foreign(_ file: Safetensors) throws -> DetectorModel {
    let options = [
      ("--normalisation", intensities == nil), ("--tau", tau == nil), ("--minimum-distance", minimumDistance == nil),
    ]
    let missing = options.filter { $0.1 }.map(\.0)
    guard missing.isEmpty, let tau, let minimumDistance else {
      throw SafetensorsError("its metadata does not say what a model needs; give \(missing.joined(separator: ", "))")
    }
    let state = try renamed(file.tensors)
    return DetectorModel(
      architecture: .convMixer(try ConvMixerConfiguration(shapesOf: state)), state: state,
      marker: Marker(label: "unknown", displayName: "unknown", tolerance: minimumDistance), normalisation: nil,
      voxelSize: nil, minimumDistance: minimumDistance, tau: tau, curve: [], seen: [])
  }

  /// Without the prefix; the residual's function is `f` here, and `fn` in the ConvMixer of its authors.
  private func renamed(_ state: NamedTensors) throws -> NamedTensors {
    if let stranger = state.names.first(where: { !$0.hasPrefix(prefix) }) {
      throw SafetensorsError("the name of tensor '\(stranger)' does not begin with '\(prefix)'; check '--prefix'")
    }
    return NamedTensors(
      state.under(prefix).entries.map { name, tensor in (name.replacing(".0.fn.", with: ".0.f."), tensor) })
  }
}
