import ArgumentParser
import Fingerprints
import Pipeline
import Reports
import SystemPackage

extension CacheCommand {
  /// `lightbench cache export`.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "Copy results, of tasks and all they need, into a folder for another store.")

    @OptionGroup var options: ExperimentOptions

    @Argument(help: "Tasks, as in 'train[marker=cfos]'; all of the experiment where none are named.")
    var selectors: [String] = []

    @Option(name: .shortAndLong, help: "The folder, which must be new or empty.")
    var output: String

    func run() throws {
      let experiment = try options.open()
      let (rows, trajectories) = try experiment.rowsAndRungs(matching: selectors)
      let (missing, rungs) = try experiment.store.export(rows, rungs: trajectories, to: FilePath(output))
      if missing > 0 { say("note: \(missing) results stay out, because their temporary outputs are gone") }
      print(
        "\(rows.count - missing) results\(rungs > 0 ? " and \(counted(rungs, "rung"))" : "") in '\(output)'; "
          + "'lightbench cache import \(output.quotedForShell)' takes them in")
    }
  }

  /// `lightbench cache import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "Take in what 'cache export' wrote, after everything in it was checked.",
      discussion: "Where anything is damaged or not what it says, nothing is taken in and the exit code is 5.")

    @Argument(help: "The folder.")
    var folder: String

    @OptionGroup var store: StoreOption

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
      let arrival = try Store(at: store.path).importRows(from: FilePath(folder))
      if json {
        printJSON(
          "cache import",
          [
            "new": .count(arrival.published), "there": .count(arrival.alreadyThere),
            "conflicts": .count(arrival.conflicts), "rungs": .count(arrival.rungs),
          ])
      } else {
        print(
          "\(arrival.published) results are new, \(arrival.alreadyThere) were there, "
            + "\(arrival.conflicts) differ from what was there, which stays"
            + (arrival.rungs > 0 ? "; new as well: \(counted(arrival.rungs, "rung")) of trainings that compete" : ""))
      }
      if arrival.conflicts > 0 { Exit.leave(.store) }
    }
  }
}
