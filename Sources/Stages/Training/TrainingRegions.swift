import Artifacts
import Imaging
import Pipeline

/// What a detector is trained and its threshold chosen on: the regions of one marker, or of several for a joint model.
struct TrainingRegions {
  /// One a marker, in the order of the recipe.
  let train: [AnnotatedRegions]
  let validation: [AnnotatedRegions]

  /// - Throws: `TaskFailure` where there are no regions or no cells, where markers are normalised otherwise than one
  ///   another, where the two ports are of other markers, and where voxel sizes differ.
  init(_ inputs: StageInputs) throws {
    train = try inputs.all("train").map { try AnnotatedRegions($0.bundle) }
    validation = try inputs.all("validation").map { try AnnotatedRegions($0.bundle) }
    guard let first = train.first else { throw Self.failure("there are no training regions") }
    for group in train where !group.regions.contains(where: { !$0.centres.isEmpty }) {
      throw Self.failure("the training regions of '\(group.marker.label)' hold no cells")
    }
    guard !validation.isEmpty, validation.allSatisfy({ !$0.regions.isEmpty }) else {
      let empty = validation.first { $0.regions.isEmpty } ?? first
      throw Self.failure("there are no validation regions of '\(empty.marker.label)'")
    }
    let sizes = (train + validation).flatMap(\.regions).map { region in
      (name: region.id, size: region.voxelSize.map { [$0.z, $0.y, $0.x] })
    }
    if let problem = VoxelSizes.difference(among: sizes) { throw Self.failure("\(problem); \(VoxelSizes.cure)") }
    guard train.count > 1 || validation.count > 1 else { return }
    if let other = (train + validation).first(where: { $0.normalisation != first.normalisation }) {
      throw Self.failure(
        "the regions of '\(other.marker.label)' are normalised otherwise than those of '\(first.marker.label)'; "
          + "a joint model needs one normalisation")
    }
    let (trained, chosen) = (train.map(\.marker.label), validation.map(\.marker.label))
    guard trained.sorted() == chosen.sorted() else {
      throw Self.failure(
        "the training regions are of \(trained.joined(separator: ", ")), the validation regions of "
          + "\(chosen.joined(separator: ", ")); a joint model needs both of each marker")
    }
  }

  /// How intensities are normalised, the same for all.
  var normalisation: Normalisation? { train.first?.normalisation }

  /// The marker; of a joint model a name of all, with the largest tolerance.
  var marker: Marker {
    guard train.count > 1 else { return train[0].marker }
    return Marker(
      label: train.map(\.marker.label).joined(separator: "+"),
      displayName: train.map(\.marker.displayName).joined(separator: " + "),
      tolerance: train.map(\.marker.tolerance).max() ?? 0)
  }

  private static func failure(_ message: String) -> TaskFailure { TaskFailure(code: .badData, message: message) }
}
