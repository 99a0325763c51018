import ArgumentParser
import Foundation
import Pipeline
import Reports
import SystemPackage

/// `lightbench leaderboard add|show`.
struct LeaderboardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaderboard", abstract: "Score submissions on the test regions of an experiment, and rank them.",
    discussion: """
      A submission is a folder with 'submission.yaml' ('name: ...' and 'method: ...') and a file of points a marker and \
      region, MARKER/REGION.csv, .napari.csv, .xml (cellfinder) or .precomputed (Neuroglancer), in voxels of the region \
      from 0. The rules are fixed: greedy matching within the marker's tolerance in pixels, every point counts.

        leaderboard add experiments/phantom-matrix.yaml my-submission
        leaderboard show experiments/phantom-matrix.yaml
      """,
    subcommands: [LeaderboardAddCommand.self, LeaderboardShowCommand.self])
}

/// Where the board of an experiment lies.
struct BoardOption: ParsableArguments {
  @Option(help: "The file with the board (default: results/EXPERIMENT/leaderboard.json).")
  var board: String?

  func path(of name: String) -> FilePath { Self.path(of: name, board: board) }

  static func path(of name: String, board: String?) -> FilePath {
    FilePath(board ?? "results/\(name)/leaderboard.json")
  }
}

/// `lightbench leaderboard add`.
struct LeaderboardAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Check a submission, score it, and put it on the board.")

  @OptionGroup var options: ExperimentOptions

  @Argument(help: "The folder of the submission.")
  var submission: String

  @OptionGroup var board: BoardOption

  @Flag(help: "Score a submission of the same name again, in its place.")
  var replace = false

  func run() throws {
    let experiment = try options.open()
    let truth = try LeaderboardTruth(of: experiment.plan(), in: experiment.store)
    let path = board.path(of: experiment.name)
    var leaderboard =
      FileManager.default.fileExists(atPath: path.string)
      ? try Leaderboard(reading: path) : Leaderboard(title: experiment.name, truth: truth)
    try leaderboard.add(Submission(reading: FilePath(submission), for: truth), truth: truth, replaces: replace)
    try leaderboard.write(to: path)
    print(leaderboard.grid().text(), terminator: "")
  }
}

/// `lightbench leaderboard show`.
struct LeaderboardShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print the board of an experiment, the best first.")

  @Argument(help: "The experiment, or NAME.VARIANT.")
  var experiment: String

  @Option(help: "A variant of the experiment.")
  var variant: String?

  @OptionGroup var board: BoardOption

  @Option(help: "The form of the output: text, csv, md, json or latex.")
  var format = GridFormat.text

  @Flag(help: "The same as --format json.")
  var json = false

  func run() throws {
    let path = FilePath(experiment)
    let stem = path.extension == "yaml" ? path.stem ?? experiment : experiment
    let leaderboard = try Leaderboard(reading: board.path(of: stem + (variant.map { ".\($0)" } ?? "")))
    (json ? .json : format).show(leaderboard.grid(), listing: "leaderboard")
  }
}
