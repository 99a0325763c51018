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
        what a pin holds, and what a run of the last days, or one under way, used. Where an experiment has tasks \
        without a result, or cannot be read, all that its runs on record used stays.
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
        .filter(Self.mayBeExperiment)
    }

    /// Whether a file is opened: manifests and the like are not, but what cannot be read is, so that it is reported.
    private static func mayBeExperiment(_ file: String) -> Bool {
      guard case .mapping(let entries)? = document(file)?.content else { return true }
      let keys: Set = ["recipe", "stages", "extends", "bind", "set", "axes", "replicates", "variants"]
      return entries.contains { keys.contains($0.name) }
    }

    /// A YAML file; nil where it cannot be read, which is reported where it is opened.
    private static func document(_ file: String) -> Node? {
      (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { try? Node.parse($0, file: file) }
    }

    /// What an experiment would find in the store, in every variant; where that is not all known here, also what its
    /// runs on record used.
    private func reached(by file: String, in store: Store) throws -> Set<Digest> {
      var found: Set<Digest> = []
      var notes: [String] = []
      var names: Set<String> = []
      for variant in [nil] + (try Self.variants(of: file)) {
        do {
          let experiment = try OpenExperiment(
            FilePath(file), variant: variant, overrides: [], store: store.root, registry: .lightbench)
          let plan = try experiment.plan()
          found.formUnion(plan.entries.compactMap { $0.manifest?.fingerprint })
          found.formUnion(try plan.rungs())
          // What lies behind a task without a result has no key yet.
          if !plan.pending.isEmpty { names.insert(experiment.recipe.name) }
        } catch is OutsideDataError {
          notes.append("note: the data of '\(file)' is not here; what its runs on record used is kept")
        } catch let error as RecipeError where !experiments.contains(file) {
          notes.append("note: '\(file)' cannot be read; what its runs on record used is kept\n\(error.rendered())")
        }
      }
      if !notes.isEmpty { names.insert(FilePath(file).stem ?? file) }
      for name in names { found.formUnion(try store.fingerprints(ofRunsOf: name)) }
      // Variants share most mistakes.
      for (place, note) in notes.enumerated() where !notes[..<place].contains(note) { say(note) }
      return found
    }

    private static func variants(of file: String) throws -> [String] {
      guard case .mapping(let entries)? = document(file)?["variants"]?.content else { return [] }
      return entries.map(\.name)
    }
  }
}
