import ArgumentParser
import Artifacts
import Foundation
import Imaging
import Pipeline
import Stages
import SystemPackage

/// Where a model comes from, for every command that takes one.
struct ModelOptions: ParsableArguments {
  @Option(help: "Of an experiment: its variant.")
  var variant: String?

  @Option(
    name: .customShort("S"),
    help: ArgumentHelp("Of an experiment: a value, as 'lightbench run' takes it.", valueName: "key=value"))
  var set: [String] = []

  @OptionGroup var store: StoreOption

  /// What every command says of its model.
  static let sources: ArgumentHelp =
    "A model file, or one of an experiment: EXPERIMENT:SELECTOR, as in experiments/phantom-matrix.yaml:'train[marker=cfos]'."

  /// The model of a file or of an experiment, and what to call it.
  func model(_ source: String) throws -> (name: String, model: DetectorModel) {
    guard !FileManager.default.fileExists(atPath: source), let colon = source.lastIndex(of: ":") else {
      guard FileManager.default.fileExists(atPath: source) else {
        throw TaskFailure(
          code: .badData,
          message: "there is no model file '\(source)'; a model is a file or EXPERIMENT:SELECTOR, as in "
            + "experiments/phantom-matrix.yaml:'train[marker=cfos]'")
      }
      return (source, try DetectorModel(reading: FilePath(source)))
    }
    let (file, selector) = (String(source[..<colon]), String(source[source.index(after: colon)...]))
    var options = ["run", file]
    if let variant { options += ["--variant", variant] }
    for text in set { options += ["-S", text] }
    if let folder = store.store { options += ["--store", folder] }
    let arguments = options.dropFirst().map(\.quotedForShell).joined(separator: " ")
    let experiment = try OpenExperiment(
      FilePath(file), variant: variant, overrides: set, store: store.path, registry: .lightbench)
    let artifact = try experiment.artifact(selector, arguments: arguments)
    guard artifact.type == .model else {
      throw SelectorError("'\(artifact.name)' is no model but of type '\(artifact.type)'; name a task that trains one")
    }
    return (artifact.name, try DetectorModel(try artifact.bundle()))
  }
}

/// Three numbers along z, y, x, as in `4,1.8,1.8`.
struct ThreeNumbers: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let values = argument.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
    guard values.count == 3, argument.count(where: { $0 == "," }) == 2, values.allSatisfy({ $0.isFinite && $0 > 0 })
    else { return nil }
    self.values = values
  }

  /// As a voxel size in µm.
  var voxelSize: VoxelSize { VoxelSize(values[0], values[1], values[2]) }
}
