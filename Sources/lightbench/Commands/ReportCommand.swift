import ArgumentParser
import Fingerprints
import Foundation
import Pipeline
import Recipes
import Reports
import SystemPackage

/// `lightbench report`: one HTML file with the answer, the evidence, the cost and the way to repeat it.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one self-contained HTML file: the answer, the evidence, what it cost, how to repeat it.",
    discussion: """
      The page needs no network and opens from the disk; beside it lies a folder NAME-files with each figure as SVG \
      (and PNG, where rsvg-convert or Chromium is found) and each table as CSV. An experiment that has not run, or only \
      in part, gives a report that says what is missing. It holds times, so it is no file for version control: \
      'lightbench results' writes those.

        report experiments/phantom-matrix.yaml
        report experiments/phantom-matrix.yaml --variant smoke -o smoke.html
        run experiments/phantom-matrix.yaml --report      keeps it current while it runs
      """)

  @OptionGroup var options: ExperimentOptions

  @Option(name: .shortAndLong, help: "The file (default: reports/NAME.html in the store).")
  var output: String?

  @Option(
    name: .customLong("run"),
    help: "Take what this run recorded ('lightbench status' lists them), also after recipe or program changed.")
  var recorded: String?

  @OptionGroup var board: BoardOption

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let (source, page) = try recorded.map(recordedSource) ?? plannedSource()
    let files = ReportFiles(Report(source), at: page)
    let raster = FigureRaster.ofThisMachine
    let (names, note) = try files.writeFolder(raster)
    let bytes = try files.writePage()
    if json {
      return printJSON(
        "report",
        [
          "path": .text(page.string), "bytes": .count(bytes), "folder": .text(files.folder.string),
          "files": .list(names.map { .text($0) }), "drawn_by": .optional(raster?.name), "note": .optional(note),
          "missing": .count(source.missing.count), "tasks": .count(source.results.count),
        ])
    }
    print("\(page): \(spoken(bytes: bytes)); \(counted(names.count, "file")) in \(files.folder)")
    if let note { say("note: \(note)") }
    if !source.missing.isEmpty {
      say(
        "note: \(source.missing.count) of \(counted(source.results.count, "task")) have no result yet; the report says "
          + "which")
    }
  }

  private func plannedSource() throws -> (ReportSource, FilePath) {
    let experiment = try options.open()
    let page = output.map { FilePath($0) } ?? options.reportPage(of: experiment)
    var runs = options.recentRuns(of: experiment)
    var source = ReportSource(
      experiment, plan: try experiment.plan(), for: page.removingLastComponent(),
      runs: try runs.read(from: experiment.store), arguments: options.arguments, version: Build.version)
    source.take(options.reportExtras(of: experiment))
    // A board that somebody names is wanted: without it there is no report.
    if let board = board.board { source.leaderboard = try Leaderboard(reading: FilePath(board)) }
    return (source, page)
  }

  private func recordedSource(_ run: String) throws -> (ReportSource, FilePath) {
    let (record, store) = try options.recorded(run)
    let source = try ReportSource(
      record, in: store, arguments: record.arguments(store: options.store.store), version: Build.version)
    return (source, output.map { FilePath($0) } ?? store.reportPage(named: source.fileName))
  }
}

/// What a report has besides the experiment itself, where it is there.
struct ReportExtras: Sendable {
  /// The plan of the variant with several seeds.
  var repeats: Plan?
  var leaderboard: Leaderboard?
  /// What cannot be read, a sentence each.
  var troubles: [String] = []
}

extension ReportSource {
  mutating func take(_ extras: ReportExtras) {
    (repeats, leaderboard, troubles) = (extras.repeats, extras.leaderboard, extras.troubles)
  }
}

extension ExperimentOptions {
  /// The noise of the seed and the leaderboard of an experiment; one that cannot be read keeps nobody from the other.
  func reportExtras(of experiment: OpenExperiment) -> ReportExtras {
    var extras = ReportExtras()
    do {
      extras.repeats = try repeats(of: experiment)
    } catch {
      extras.troubles.append("Without the noise of the seed: \(Exit.words(for: error)).")
    }
    let path = BoardOption.path(of: experiment.name, board: nil)
    guard FileManager.default.fileExists(atPath: path.string) else { return extras }
    do {
      extras.leaderboard = try Leaderboard(reading: path)
    } catch {
      extras.troubles.append("Without the leaderboard '\(path)': \(Exit.words(for: error)).")
    }
    return extras
  }

  /// The runs of an experiment with these settings.
  func recentRuns(of experiment: OpenExperiment) -> RecentRuns {
    RecentRuns(of: experiment.recipe.name, variant: experiment.recipe.variant, overrides: experiment.overrides)
  }

  /// Where the report of an experiment goes unless somebody says otherwise.
  func reportPage(of experiment: OpenExperiment) -> FilePath { experiment.store.reportPage(named: experiment.name) }

  /// The plan of the variant 'seeds', if there is one, it is not what was asked for, and it has run.
  func repeats(of experiment: OpenExperiment) throws -> Plan? {
    guard variant == nil, experiment.recipe.variants.contains("seeds") else { return nil }
    var other = self
    other.variant = "seeds"
    let plan = try other.open().plan()
    if plan.pending.isEmpty { return plan }
    say("note: the tables are without the noise of the seed; run 'lightbench run \(other.arguments)' first")
    return nil
  }
}

extension Store {
  fileprivate func reportPage(named name: String) -> FilePath {
    root.appending("reports").appending("\(name).html")
  }
}

extension FigureRaster {
  /// The one that is in `PATH`.
  static var ofThisMachine: FigureRaster? {
    FigureRaster(lookingIn: ProcessInfo.processInfo.environment["PATH"] ?? "")
  }
}
