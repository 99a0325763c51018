import ArgumentParser
import SystemPackage

/// `lightbench get`: takes an artifact out of the store.
struct GetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Take an artifact out: models as safetensors, detections and tables as CSV, volumes as OME-Zarr or TIFF.",
    discussion: """
      Detections come out as CSV, for cellfinder where the name ends in .xml, for napari in .napari.csv, for \
      Neuroglancer as a folder in .precomputed; these know no regions, so several get a file each. \
      A volume comes out as a TIFF stack where the name ends in .tif.
      """)

  @OptionGroup var options: ExperimentOptions

  @Argument(help: "A task and a port: 'train[marker=cfos].model', or train.model@marker=cfos.")
  var selector: String

  @Option(name: .shortAndLong, help: "The file or folder to write.")
  var output: String

  @Option(
    name: .customLong("run"),
    help: "Take what this run recorded ('lightbench status' lists them), also after recipe or program changed.")
  var recorded: String?

  func run() throws {
    let artifact =
      if let recorded { try options.recordedArtifact(selector, of: recorded) } else {
        try options.open().artifact(selector, arguments: options.arguments)
      }
    let written = try artifact.export(to: FilePath(output))
    print("\(artifact.name) -> \(written.joined(separator: ", "))")
  }
}
