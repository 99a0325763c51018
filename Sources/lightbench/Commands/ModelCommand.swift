import ArgumentParser
import Artifacts
import Fingerprints
import Foundation
import SystemPackage

/// `lightbench model export|import|show`.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Exchange models with PyTorch as safetensors files, and look into them.",
    discussion: """
      A model file is a safetensors file: weights under the names of PyTorch's nn.Sequential, and as metadata the \
      size of the network, the normalisation, tau, the minimum distance and the voxel size of its training regions. \
      'predict' takes such a file; in Python, safetensors.torch.load_file gives the state_dict.

        model export experiments/mine.yaml:'train[marker=cfos]' -o cfos.safetensors
        model show cfos.safetensors
        model import theirs.safetensors -o ours.safetensors --normalisation percentile \\
          --tau 0.5 --minimum-distance 3
      """,
    subcommands: [ModelExportCommand.self, ModelImportCommand.self, ModelShowCommand.self])
}

/// `lightbench model export`.
struct ModelExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model of an experiment as a model file.")

  @Argument(help: ModelOptions.sources)
  var model: String

  @Option(name: .shortAndLong, help: "The file to write, *.safetensors.")
  var output: String

  @OptionGroup var options: ModelOptions

  func run() throws {
    let (name, model) = try options.model(model)
    try write(model, to: output)
    print("\(name) -> \(output)")
  }
}

/// `lightbench model import`.
struct ModelImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a model file of a safetensors file that PyTorch wrote.",
    discussion: """
      The network must be a ConvMixer of the layout nn.Sequential(stem, GELU, norm, blocks, head); its dim, depth, \
      kernel and patch are in the shapes of the tensors, and every tensor is checked against them. What the weights \
      do not tell must be said, unless the file is a model file already: then the options replace what it says.
      """)

  @Argument(help: "A safetensors file with a state_dict.")
  var file: String

  @Option(name: .shortAndLong, help: "The model file to write; without it the file is only checked.")
  var output: String?

  @OptionGroup var intensities: IntensityOptions

  @Option(help: "The probability above which a maximum is a cell, 0 to 1.")
  var tau: Double?

  @Option(help: "The distance below which two maxima are one cell, in pixels of the plane.")
  var minimumDistance: Double?

  @Option(help: "The voxel size of the training volumes, z,y,x in um (default: unknown).")
  var voxel: ThreeNumbers?

  @Option(help: "The marker it was trained on (default: unknown).")
  var marker: String?

  @Option(help: "The largest distance of a match, in pixels (default: the minimum distance).")
  var tolerance: Double?

  @Option(help: "What the names of the tensors begin with before '0.weight', as in 'module.'.")
  var prefix = ""

  func run() throws {
    var settings = ModelImport()
    settings.intensities = try intensities.choice()
    (settings.tau, settings.minimumDistance) = (tau, minimumDistance)
    (settings.voxelSize, settings.marker, settings.tolerance) = (voxel?.voxelSize, marker, tolerance)
    settings.prefix = prefix
    let model = try settings.model(reading: FilePath(file))
    guard let output else {
      print("\(file) fits \(model.architecture.words); -o writes the model file")
      return
    }
    try write(model, to: output)
    print("\(file) -> \(output): \(model.architecture.words)")
  }
}

/// `lightbench model show`.
struct ModelShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print what a model is: configuration, normalisation, tau, parameters.")

  @Argument(help: ModelOptions.sources)
  var model: String

  @Flag(help: "Print one line of JSON.")
  var json = false

  @OptionGroup var options: ModelOptions

  func run() throws {
    if let file = try foreign() {
      if json { return printJSON("model", ["tensors": ModelSummary.list(file.tensors)]) }
      print("no metadata of a model; 'lightbench model import' completes it\n\n" + ModelSummary.table(file.tensors))
      return
    }
    let summary = ModelSummary(try options.model(model).model)
    if json { return printJSON("model", summary.document) }
    print(summary.text)
  }

  /// The file, where it is one of tensors alone.
  private func foreign() throws -> Safetensors? {
    guard FileManager.default.fileExists(atPath: model) else { return nil }
    let file = try DetectorModel.located(FilePath(model)) { try Safetensors(reading: FilePath(model)) }
    return file.isModel ? nil : file
  }
}

/// Writes a model file, all of it or nothing.
private func write(_ model: DetectorModel, to path: String) throws {
  try Data(model.safetensors.bytes).write(to: URL(filePath: path), options: .atomic)
}
