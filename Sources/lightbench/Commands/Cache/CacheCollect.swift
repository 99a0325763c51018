import ArgumentParser
import Fingerprints
import Foundation
import Pipeline
import Recipes
import Reports
import Stages
import SystemPackage

extension CacheCommand {
  /// `lightbench cache gc`.
  struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "gc", abstract: "Remove what nothing reaches any more, and the litter of crashes.",
      discussion: """
        Kept is what any experiment of the project (experiments/*.yaml in this folder, in every variant) would find, \
        what a pin holds, and what a run of the last days used.
        """)

    @OptionGroup var store: StoreOption

    @Option(name: .customLong("keep"), help: "Another experiment whose results stay; may be repeated.")
    var experiments: [String] = []

    @Flag(help: "Do not look for the experiments of the project.")
    var onlyKept = false

    @Option(help: "Results of runs of so many days stay.")
    var days = 30.0

    @Option(help: "Remove only as much, the oldest first, as brings the objects below a size: '20 GiB'.")
    var maxSize: String?

    @Flag(help: "Only say what would go.")
    var dryRun = false

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
      let limit = try maxSize.map(Self.size)
      let store = try Store(at: store.path, create: false)
      var roots: Set<Digest> = []
      for file in try projectFiles() + experiments { roots.formUnion(try reached(by: file, in: store)) }
      let result = try store.collect(.init(roots: roots, days: days, maximumSize: limit, isDryRun: dryRun))
      if json { return printJSON("cache gc", document(result)) }
      let verb = dryRun ? "would go" : "gone"
      for row in result.rows { print("\(verb): \(row.address) (\(row.kind))") }
      print(
        "\(verb): \(result.rows.count) tasks, \(result.objects) objects, \(result.litter) pieces of litter, "
          + "\(spoken(bytes: result.bytes)); computing them again would take \(spoken(seconds: result.seconds))")
      print("kept: \(result.kept) tasks, \(spoken(bytes: result.keptBytes))")
    }

    private static func size(_ text: String) throws -> Int {
      guard let node = try? Node.parse(text, file: "--max-size"), let size = try? ByteCount.decode(node) else {
        throw ValidationError("--max-size takes a size such as '20 GiB', not '\(text)'")
      }
      return Int(size.bytes)
    }

    private func document(_ result: Store.Collection) -> [String: CanonicalValue] {
      [
        "dry_run": .boolean(dryRun), "objects": .count(result.objects), "litter": .count(result.litter),
        "bytes": .count(result.bytes), "seconds": .number(result.seconds), "kept": .count(result.kept),
        "kept_bytes": .count(result.keptBytes),
        "rows": .list(
          result.rows.map {
            [
              "fingerprint": .text($0.fingerprint.hex), "address": .text($0.address), "kind": .text($0.kind),
              "seconds": .number($0.seconds),
            ]
          }),
      ]
    }

    // MARK: - Experiments

    private func projectFiles() throws -> [String] {
      guard !onlyKept, FileManager.default.fileExists(atPath: "experiments") else { return [] }
      return try FileManager.default.contentsOfDirectory(atPath: "experiments").sorted()
        .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.map { "experiments/" + $0 }
        .filter { file in Self.document(file).map { $0["recipe"] != nil || $0["stages"] != nil } ?? false }
    }

    /// A YAML file; nil where it cannot be read, which is reported where it is opened.
    private static func document(_ file: String) -> Node? {
      (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { try? Node.parse($0, file: file) }
    }

    /// What an experiment would find in the store, in every variant.
    private func reached(by file: String, in store: Store) throws -> Set<Digest> {
      var found: Set<Digest> = []
      for variant in [nil] + (try Self.variants(of: file)) {
        do {
          let experiment = try OpenExperiment(
            FilePath(file), variant: variant, overrides: [], store: store.root, registry: .lightbench)
          found.formUnion(try experiment.plan().entries.compactMap { $0.manifest?.fingerprint })
        } catch is OutsideDataError {
          // Its keys cannot be known here: all that its runs have used stays.
          say("note: the data of '\(file)' is not here; what its runs on record used is kept")
          return try store.fingerprints(ofRunsOf: FilePath(file).stem ?? file)
        } catch let error as RecipeError where !experiments.contains(file) {
          say("note: '\(file)' cannot be read; what its runs on record used is kept\n\(error.rendered())")
          return try store.fingerprints(ofRunsOf: FilePath(file).stem ?? file)
        }
      }
      return found
    }

    private static func variants(of file: String) throws -> [String] {
      guard case .mapping(let entries)? = document(file)?["variants"]?.content else { return [] }
      return entries.map(\.name)
    }
  }
}
