import ArgumentParser
import Fingerprints
import Foundation
import Pipeline
import Reports
import Stages
import SystemPackage

/// `lightbench cache ls | verify | gc`.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Look at the store, check it, and remove what nothing reaches.",
    subcommands: [List.self, Verify.self, Collect.self])

  /// `lightbench cache ls`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List what the store holds.")

    @OptionGroup var store: StoreOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let entries = try Store(at: store.path, create: false).contents()
      if json {
        return try printJSON([
          "schema": 1,
          "rows": .list(
            entries.map {
              [
                "fingerprint": .text($0.fingerprint.hex), "address": .text($0.address), "kind": .text($0.kind),
                "size": .integer(Int64($0.size)), "whole": .boolean($0.isWhole),
              ]
            }),
        ])
      }
      var table = TextTable(["fingerprint", "computed as", "kind", "size", "took"], rightAligned: [3, 4])
      for entry in entries {
        table.append([
          String(entry.fingerprint.hex.prefix(12)), entry.address, entry.kind, spoken(bytes: entry.size),
          spoken(seconds: entry.seconds),
        ])
      }
      print(table.text)
      print("\(entries.count) tasks, \(spoken(bytes: entries.reduce(0) { $0 + $1.size }))")
    }
  }

  /// `lightbench cache verify`.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Read everything in the store and hold it against its digests.")

    @OptionGroup var store: StoreOption

    func run() throws {
      let store = try Store(at: store.path, create: false)
      let result = try store.verifyAll()
      for text in result.damaged { print("damaged, now in quarantine: \(text)") }
      for text in result.incomplete { print("lacks an output: \(text)") }
      print("\(result.objects) objects, \(spoken(bytes: result.bytes))")
      guard result.isSound else {
        say("error: what is damaged or incomplete is computed again by the next 'lightbench run'")
        Exit.leave(.store)
      }
    }
  }

  /// `lightbench cache gc`.
  struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "gc",
      abstract:
        "Remove what no run of the last days and no experiment to keep reaches, and the litter of crashes.")

    @OptionGroup var store: StoreOption

    @Option(name: .customLong("keep"), help: "Experiments whose results stay, beside those of recent runs.")
    var experiments: [String] = []

    @Option(help: "Results of runs of so many days stay.")
    var days = 30.0

    @Flag(help: "Only say what would go.")
    var dryRun = false

    func run() throws {
      let store = try Store(at: store.path, create: false)
      var roots: Set<Digest> = []
      for file in experiments {
        let experiment = try OpenExperiment(
          FilePath(file), variant: nil, overrides: [], store: store.root, registry: .lightbench)
        roots.formUnion(try experiment.plan().entries.compactMap { $0.manifest?.fingerprint })
      }
      let result = try store.collect(.init(roots: roots, days: days, isDryRun: dryRun))
      let verb = dryRun ? "would go" : "gone"
      for row in result.rows { print("\(verb): \(row.address) (\(row.kind))") }
      print(
        "\(verb): \(result.rows.count) tasks, \(result.objects) objects, \(result.litter) pieces of litter, "
          + "\(spoken(bytes: result.bytes)); computing them again would take \(spoken(seconds: result.seconds))")
      print("kept: \(result.kept) tasks, \(spoken(bytes: result.keptBytes))")
    }
  }
}
