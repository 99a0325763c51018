import ArgumentParser
import ArrayStores
import SystemPackage

/// `lightbench data show`: what a file or folder is.
struct DataShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print what is at a path: shapes, types, chunks, codecs, voxel sizes, levels.",
    discussion: """
      Only metadata is read, unless --statistics asks for the values. An array that cannot be opened is shown with its \
      problem; the exit code is 5 then.
      """)

  @Argument(help: "A file or folder.")
  var path: String

  @Flag(help: "Read all values: extent, mean, deviation, percentiles.")
  var statistics = false

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var source: DataSource

  func run() throws {
    let summary = try reading(asJSON: json) {
      try CollectionSummary(of: FilePath(path), as: source.format, withStatistics: statistics)
    }
    if json { printJSON("data show", summary.fields) } else { print(DataSummary(summary).text) }
    if summary.items.contains(where: { $0.problem != nil }) { Exit.leave(.store) }
  }
}
