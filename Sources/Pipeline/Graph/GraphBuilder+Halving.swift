import Recipes

/// Stages whose tasks are stopped early.
extension GraphBuilder {
  /// Notes that the tasks of a stage are halved, where they can be.
  mutating func halve(_ block: StageBlock, _ kind: StageKind, _ places: Range<Int>) {
    guard let stop = block.stop else { return }
    let owner = "'stop' of stage '\(block.name)'"
    guard !kind.rungMetrics.isEmpty else {
      report(
        .unsupported, "'stop' of '\(block.name)' is not supported: \(block.kind) does not stop early", stop.range,
        hint: "without it all tasks run to their end")
      return
    }
    guard kind.rungMetrics.contains(stop.metric) else {
      let names = kind.rungMetrics.joined(separator: ", ")
      report(
        .unknownChoice,
        "'metric' of \(owner): '\(stop.metric)' is not one of \(names), which \(block.kind) measures on its way",
        stop.metricRange, hint: Suggestion.hint(for: stop.metric, among: kind.rungMetrics))
      return
    }
    // Of parameters that are wrong, which are reported, nothing is known.
    let lengths = tasks[places].compactMap { task in task.prepared.trajectory.map { (task.address, $0.steps) } }
    guard lengths.count == places.count, let shortest = lengths.min(by: { $0.1 < $1.1 }) else { return }
    guard stop.min < shortest.1 else {
      report(
        .outOfRange, "'min' of \(owner): '\(stop.min)' is not below the \(shortest.1) steps of \(shortest.0)",
        stop.minRange, hint: "a task can only be stopped before its end")
      return
    }
    halvings.append(Halving(block.name, stop, members: Array(places), steps: shortest.1))
  }
}
