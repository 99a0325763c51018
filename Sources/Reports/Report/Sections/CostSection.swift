import Fingerprints
import Foundation
import Pipeline

/// What it cost: time, memory and disk by stage, and the runs that paid.
struct CostSection {
  let source: ReportSource

  var section: ReportSection {
    guard source.results.contains(where: { $0.manifest != nil }) else {
      return ReportSection(
        "cost", "What it cost", [.paragraph("Nothing was computed yet.")] + runs)
    }
    return ReportSection(
      "cost", "What it cost", [.paragraph(sentence)] + timeline + [.table(ReportTable("cost", grid))] + runs)
  }

  /// What stands in the store, each result once: tasks of equal work share one.
  private func manifests(of tasks: [TaskResult]) -> [Manifest] {
    var seen: Set<Digest> = []
    return tasks.compactMap(\.manifest).filter { seen.insert($0.fingerprint).inserted }
  }

  private var sentence: String {
    let all = manifests(of: source.results)
    let seconds = all.reduce(0) { $0 + $1.provenance.seconds }
    let hosts = all.map(\.provenance.host).uniqued().sorted()
    let peak = all.compactMap(\.provenance.memory).max().map { ", at most \(spoken(bytes: $0)) of memory a worker" }
    return "The results that stand in the store took \(spoken(seconds: seconds)) of work on "
      + "\(hosts.joined(separator: ", "))\(peak ?? "") and \(spoken(bytes: Self.bytes(of: all))) of disk. "
      + "What an earlier run, or another experiment, had computed counts with what it took then."
  }

  private static func bytes(of manifests: [Manifest]) -> Int {
    var seen: Set<Digest> = []
    return manifests.flatMap(\.outputs.values).reduce(0) { $0 + (seen.insert($1.digest).inserted ? $1.size : 0) }
  }

  private var grid: Grid {
    Grid(
      title: "Time, memory and disk by stage",
      header: ["stage", "tasks", "done", "work", "longest", "peak memory", "disk"],
      rows: source.stages.map { stage, tasks in
        let found = manifests(of: tasks)
        let seconds = found.map(\.provenance.seconds)
        let peak = found.compactMap(\.provenance.memory).max()
        let bytes = Self.bytes(of: found)
        return [
          Grid.Cell(label: stage), Grid.Cell("\(tasks.count)", .integer(Int64(tasks.count))),
          Self.count(tasks.count { $0.manifest != nil }),
          Self.time(found.isEmpty ? nil : seconds.reduce(0, +)), Self.time(seconds.max()),
          Grid.Cell(peak.map { spoken(bytes: $0) } ?? "-", peak.map { .integer(Int64($0)) } ?? .null),
          Grid.Cell(found.isEmpty ? "-" : spoken(bytes: bytes), .integer(Int64(bytes))),
        ]
      }, labels: 1,
      notes: [
        "work: seconds of the tasks added up, which ran beside one another; in the file in seconds and bytes",
        "peak memory: the most that the worker held, with inputs that it keeps; '-' where nobody measured it",
      ])
  }

  private static func count(_ number: Int) -> Grid.Cell { Grid.Cell("\(number)", .integer(Int64(number))) }

  private static func time(_ seconds: Double?) -> Grid.Cell {
    Grid.Cell(seconds.map { spoken(seconds: $0) } ?? "-", seconds.map { .number($0) } ?? .null)
  }

  // MARK: - Runs

  /// Which worker did what when, of the last run that computed something.
  private var timeline: [ReportBlock] {
    guard let run = source.runs.last(where: { run in run.tasks.contains { $0.began != nil } }) else { return [] }
    do {
      return TimelineFigure(try Timeline(of: run, store: source.store)).set.blocks(under: nil)
    } catch {
      return [.notice("No timeline of the run '\(run.id)': \(error)")]
    }
  }

  private var runs: [ReportBlock] {
    guard !source.runs.isEmpty else { return [] }
    let grid = Grid(
      title: "Runs of this experiment",
      header: ["run", "began (UTC)", "took", "computed", "cached", "failed", "ended"],
      rows: source.runs.map { run in
        let counts = [RunRecord.State.published, .cached, .failed].map { state in
          run.tasks.count { $0.state == state }
        }
        let time = Self.time(run.end.map { $0.time - run.header.started })
        return [Grid.Cell(label: run.id), Grid.Cell(label: Self.utc(run.header.started)), time]
          + counts.map(Self.count) + [Grid.Cell(label: run.condition.words)]
      }, labels: 2,
      notes: source.run == nil
        ? ["runs with the same settings that computed something, the last \(RecentRuns.limit) at most"] : [])
    return [.table(ReportTable("runs", grid))]
  }

  /// A moment as `2026-11-26 20:12`, the same wherever it is read.
  static func utc(_ time: Double) -> String {
    let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().dateTimeSeparator(.space)
      .time(includingFractionalSeconds: false)
    return String(Date(timeIntervalSince1970: time).formatted(style).prefix(16))
  }
}
