import ArgumentParser
import Fingerprints
import Pipeline
import Reports

/// `lightbench cache`: the store, looked at, checked, cleaned and carried.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Look at the store, check it, clean it, and carry results elsewhere.",
    subcommands: [
      List.self, Usage.self, Verify.self, Collect.self, Pin.self, Unpin.self, Export.self, Import.self,
    ])

  /// `lightbench cache ls`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List what the store holds.")

    @OptionGroup var store: StoreOption

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
      let store = try Store(at: store.path, create: false)
      let entries = try store.contents()
      let pins = try store.pins()
      if json {
        return printJSON(
          "cache ls",
          [
            "rows": .list(
              entries.map {
                [
                  "fingerprint": .text($0.fingerprint.hex), "address": .text($0.address), "kind": .text($0.kind),
                  "size": .count($0.size), "whole": .boolean($0.isWhole), "seconds": .number($0.seconds),
                  "pinned": .boolean(pins.contains($0.fingerprint)),
                ]
              })
          ])
      }
      var table = TextTable(["fingerprint", "computed as", "kind", "size", "took", ""], rightAligned: [3, 4])
      for entry in entries {
        table.append([
          String(entry.fingerprint.hex.prefix(12)), entry.address, entry.kind, spoken(bytes: entry.size),
          spoken(seconds: entry.seconds), pins.contains(entry.fingerprint) ? "pinned" : "",
        ])
      }
      print(table.text)
      print("\(counted(entries.count, "task")), \(spoken(bytes: entries.reduce(0) { $0 + $1.size }))")
    }
  }

  /// `lightbench cache du`.
  struct Usage: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "du", abstract: "Say where the room has gone: by stage kind, by experiment, by part of the store.",
      discussion: "What two kinds or two experiments share counts for both.")

    @OptionGroup var store: StoreOption

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
      let store = try Store(at: store.path, create: false)
      let (kinds, experiments) = (try store.usageByKind(), try store.usageByExperiment())
      let (parts, disk) = (try store.usageByPart(), try store.disk())
      if json {
        return printJSON(
          "cache du",
          [
            "kinds": Self.list(kinds), "experiments": Self.list(experiments), "parts": Self.list(parts),
            "free": .count(disk.free), "disk": .count(disk.size),
          ])
      }
      print(Self.table("stage kind", kinds))
      print("\n" + Self.table("experiment", experiments))
      var table = TextTable(["part", "size"], rightAligned: [1])
      for part in parts { table.append([part.name, spoken(bytes: part.bytes)]) }
      print("\n" + table.text)
      print("\(spoken(bytes: disk.free)) of \(spoken(bytes: disk.size)) are free on the disk")
    }

    private static func table(_ name: String, _ usage: [Store.Usage]) -> String {
      var table = TextTable([name, "tasks", "size"], rightAligned: [1, 2])
      for entry in usage {
        table.append([
          entry.name.isEmpty ? "(no run on record)" : entry.name, "\(entry.tasks)", spoken(bytes: entry.bytes),
        ])
      }
      return table.text
    }

    private static func list(_ usage: [Store.Usage]) -> CanonicalValue {
      .list(usage.map { ["name": .text($0.name), "tasks": .count($0.tasks), "bytes": .count($0.bytes)] })
    }
  }
}
