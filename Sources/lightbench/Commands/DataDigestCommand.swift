import ArgumentParser
import ArrayStores
import Fingerprints
import SystemPackage

/// `lightbench data digest`: names for the content of arrays.
struct DataDigestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest", abstract: "Print the logical digest of every array at a path.",
    discussion: """
      Equal type, shape and values give equal digests, whatever the format, chunks, codecs and order of bytes; every \
      value is read, and every checksum on the way compared. Texts and records in HDF5 have no digest.

      With --json one line: {"schema": 1, "listing": "data digest", "arrays": [{"array", "type", "shape", "digest"}], \
      "others": [...]}. Where an array cannot be read the exit code is 5, and the line has "error" (a name such as \
      chunk_corrupt), "at" (store, array, chunk) and "message" of the first failure, and all of them as "failures".
      """)

  @Argument(help: "A file or folder.")
  var path: String

  @Option(help: ArgumentHelp("Only this array of the store; may be given several times.", valueName: "name"))
  var array: [String] = []

  @Flag(name: .customLong("sha256"), help: "Also the SHA-256 of the values in C order, little-endian.")
  var hashesValues = false

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var source: DataSource

  func run() throws {
    let digests = CollectionDigests(
      of: FilePath(path), as: source.format, arrays: array, hashesValues: hashesValues
    ) { entry in
      guard !json else { return }
      let hash = entry.valueHash.map { "  sha256 \($0)" } ?? ""
      print("\(entry.digest)\(hash)  \(entry.name.isEmpty ? path : "\(path):\(entry.name)")")
    }
    if json { printJSON("data digest", digests.fields) }
    guard let first = digests.failures.first else { return }
    if !json { for failure in digests.failures { say("error: \(failure)") } }
    Exit.leave(first.code == .invalidArgument ? .badOption : .store)
  }
}
