import ArgumentParser
import Fingerprints
import Pipeline

extension CacheCommand {
  /// `lightbench cache pin`.
  struct Pin: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "pin", abstract: "Let results stay, whatever 'cache gc' removes: those of tasks and all they need.")

    @OptionGroup var options: ExperimentOptions

    @Argument(help: "Tasks, as in 'train[marker=cfos]'; all of the experiment where none are named.")
    var selectors: [String] = []

    func run() throws {
      let experiment = try options.open()
      let rows = try experiment.rows(matching: selectors)
      let count = try experiment.store.pin(Set(rows.map(\.fingerprint)))
      print("\(count) results pinned, \(rows.count - count) were before")
    }
  }

  /// `lightbench cache unpin`.
  struct Unpin: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "unpin", abstract: "Take the pins of results away, of tasks and all they need.")

    @OptionGroup var options: ExperimentOptions

    @Argument(help: "Tasks, as in 'train[marker=cfos]'; all of the experiment where none are named.")
    var selectors: [String] = []

    func run() throws {
      let experiment = try options.open()
      let rows = try experiment.rows(matching: selectors)
      print("\(try experiment.store.unpin(Set(rows.map(\.fingerprint)))) pins taken away")
    }
  }
}

extension OpenExperiment {
  /// The rows of tasks and of all that they need.
  ///
  /// - Throws: `SelectorError` where a task has no result yet.
  func rows(matching selectors: [String]) throws -> [Manifest] { try rowsAndRungs(matching: selectors).rows }

  /// The same, and the trainings among them whose rungs are on record.
  func rowsAndRungs(matching selectors: [String]) throws -> (rows: [Manifest], trajectories: Set<Digest>) {
    let wanted = graph.ancestors(of: try tasks(matching: selectors) ?? Set(graph.tasks.indices))
    let plan = try plan()
    let entries = plan.entries.filter { wanted.contains($0.task.index) }
    if let missing = entries.first(where: \.isPending) {
      throw SelectorError("'\(missing.task.address)' has no result yet; run 'lightbench run \(file)' first")
    }
    var seen: Set<Digest> = []
    let rows = entries.compactMap(\.manifest).filter { seen.insert($0.fingerprint).inserted }
    return (rows, try plan.rungs(of: wanted))
  }
}
