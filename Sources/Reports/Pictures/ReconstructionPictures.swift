import Artifacts
import Imaging
public import Pipeline
import Recipes

/// Pictures of what masked autoencoders make of crops that they see in part: a picture a data set of the experiment.
///
/// Of the trainings on one data set the one with the lowest loss relative to the own-mean predictor is shown, on the first
/// of the fixed crops with the fixed masks by which all are measured. Trainings that diverged are never shown.
///
/// For a report: `ReconstructionPictures(of: plan, store: store).set()`; empty for an experiment without `train.mae`.
public struct ReconstructionPictures {
  /// The trainings on one data set.
  struct Group {
    /// `all`, or the place where no axis tells groups apart.
    var label: String
    var entries: [Plan.Entry]
  }

  private let plan: Plan
  private let store: Store

  /// - Parameter plan: Trainings not in the store yet are left out.
  public init(of plan: Plan, store: Store) {
    (self.plan, self.store) = (plan, store)
  }

  // MARK: -

  /// `reconstructions-DATASET` for each data set; what cannot be drawn is named.
  public func set() -> FigureSet {
    groups.reduce(FigureSet()) { set, group in
      guard let entry = Self.best(group.entries) else {
        return set
          + FigureSet(missing: ["no reconstructions of '\(group.label)': no training on it has a finite loss"])
      }
      do {
        return set + FigureSet([try figure(of: group.label, entry)])
      } catch {
        return set + FigureSet(missing: ["no reconstructions of '\(group.label)': \(error)"])
      }
    }
  }

  /// The trainings of the experiment by the regions that they are measured on, in the order of the graph.
  var groups: [Group] {
    let all = plan.entries.filter { $0.task.experiment == nil && $0.task.prepared.kind == "train.mae" }
    var keys: [[String]] = []
    var entries: [[String]: [Plan.Entry]] = [:]
    for entry in all {
      let key = entry.task.inputs.filter { $0.port == "validation" }.map { "\($0.producer) \($0.producerPort)" }
      if entries[key] == nil { keys.append(key) }
      entries[key, default: []].append(entry)
    }
    let coordinates = keys.map { key in (entries[key] ?? []).map(\.task.coordinate) }
    // What names a data set: the axes on which its trainings are alike and not those of all.
    let axes = (coordinates.first?.first?.axes ?? []).filter { axis in
      coordinates.allSatisfy { Set($0.map { $0[axis] }).count == 1 }
        && Set(coordinates.joined().map { $0[axis] }).count > 1
    }
    return zip(keys, coordinates).enumerated().map { place, group in
      let labels = axes.compactMap { group.1.first?[$0] }
      let stage = entries[group.0]?.first?.task.stage ?? ""
      let label = labels.isEmpty ? (keys.count == 1 ? stage : "\(place + 1)") : labels.joined(separator: " ")
      return Group(label: label, entries: entries[group.0] ?? [])
    }
  }

  /// The training that is best relative to the own-mean predictor; of equals the first, nil where none has a loss.
  static func best(_ entries: [Plan.Entry]) -> Plan.Entry? {
    let known = entries.compactMap { entry -> (entry: Plan.Entry, loss: Double)? in
      guard let metrics = entry.manifest?.metrics else { return nil }
      let value = { (name: String) in metrics.first { $0.name == name }?.value }
      guard value("diverged") ?? 0 == 0, let loss = value(relative) ?? value("validation.loss") else { return nil }
      return (entry, loss)
    }
    return known.min { $0.loss < $1.loss }?.entry
  }

  private static let relative = "validation.relative_to_own_mean"

  // MARK: - One picture

  private func figure(of label: String, _ entry: Plan.Entry) throws -> ReportFigure {
    guard let output = entry.manifest?.outputs["model"] else {
      throw StoreError("'\(entry.task.address)' has no model")
    }
    let model = try AutoencoderModel(store.read(output.digest, as: .mae))
    let validation = try entry.task.inputs.filter { $0.port == "validation" }.map { input in
      guard let regions = plan.entries[input.producer].manifest?.outputs[input.producerPort] else {
        throw StoreError("'\(plan.entries[input.producer].task.address)' has no result in the store")
      }
      return try store.open(regions.digest, as: .annotatedRegions)
    }
    // One of each marker of a joint set, at least three.
    let count = min(6, max(3, validation.count))
    let crops = try Reconstruction.fixed(of: model, on: validation, count: count)
    let names = crops.map(\.marker.displayName)
    let sheet = ReconstructionSheet(crops: crops, names: names, voxelSize: model.voxelSize)
    let value = { (name: String) in entry.manifest?.metrics.first { $0.name == name }?.value }
    let data = Set(names).count == 1 ? names[0] : "\(Set(names).count) markers"
    let loss =
      "Loss on all validation crops: \(fixed(value("validation.loss"), decimals: 5)), "
      + "\(fixed(value(Self.relative), decimals: 2)) of that of who knows each patch's own mean"
    return ReportFigure(
      name: "reconstructions-\(DetectionPictures.fileName(label))", title: "Reconstructions: \(label)",
      caption: caption(model, crops[0], loss: loss, address: entry.task.address, data: data),
      alt:
        "\(count) crops of \(data), as they are, masked by \(fixed(100 * model.maskRatio, decimals: 0))%, and filled "
        + "in. \(loss).", content: .png(try sheet.png()))
  }

  private func caption(
    _ model: AutoencoderModel, _ crop: Reconstruction, loss: String, address: String, data: String
  ) -> String {
    let voxel = model.voxelSize.map { "\($0.product) \u{b5}m (z, y, x)" }
    let normalised =
      crop.isNormalised ? " Its patches are given the mean and deviation that they have in the input." : ""
    return
      "The first fixed validation crops of \(data) with their fixed masks, by '\(address)', of the trainings on this "
      + "data set the one with the lowest loss relative to each patch's own mean. Above the crop, in the middle what the "
      + "model sees (blue: masked), below its output in the masked patches, pasted into the visible ones as they "
      + "are.\(normalised) Plane \(crop.size.z / 2) of \(crop.size.z); crops of \(crop.size), patches of \(crop.patch) "
      + "voxels (z, y, x), \(fixed(100 * model.maskRatio, decimals: 0))% masked. Voxels: \(voxel ?? "of unknown size"). "
      + "\(loss). Black and white are percentiles 1 and 99.7 of each crop."
  }
}
