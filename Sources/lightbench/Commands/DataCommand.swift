import ArgumentParser
import ArrayStores
import Fingerprints

/// `lightbench data`: what is in files of volumes, and their way into other formats.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Look at volumes in Zarr, OME-Zarr, HDF5, TIFF and NIfTI, name their content, convert them.",
    discussion: """
      Nothing here needs an experiment or a store. A PATH is a file, a folder of TIFF planes or a Zarr folder; its \
      format is told by what stands there, or by --format.

      Exit codes: 0 ok; 2 bad options; 5 the data is damaged, absent or of a kind that is not read, by name; 6 what \
      was to be written stands there already or cannot be written.
      """,
    subcommands: [
      DataShowCommand.self, DataDigestCommand.self, DataConvertCommand.self, DataMIPCommand.self,
      DataPreviewCommand.self,
    ])
}

/// What to read, for every command on data.
struct DataSource: ParsableArguments {
  @Option(
    help: "What PATH must be: zarr, ome-zarr, hdf5, tiff, planes (a folder of TIFF files) or nifti.",
    transform: { text in
      guard let format = ArrayFile.Format(rawValue: text) else {
        let names = ArrayFile.Format.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("there is no format '\(text)'; there are \(names)")
      }
      return format
    })
  var format: ArrayFile.Format?
}

/// Runs a body that reads; what is wrong with the data ends the process with exit code 5.
///
/// - Parameter isWriting: Whether the body writes too: what the file system refuses is the environment's fault then.
func reading<Result>(asJSON: Bool = false, isWriting: Bool = false, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ArrayStoreError {
    if asJSON { print(error.document.json) } else { say("error: \(error)") }
    switch error.code {
    case .invalidArgument: Exit.leave(.badOption)
    case .alreadyExists: Exit.leave(.environment)
    case .inputOutput where isWriting: Exit.leave(.environment)
    default: Exit.leave(.store)
    }
  }
}
