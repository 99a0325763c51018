import Synchronization

/// Lineages that grow while a run goes on: what only running tells is written in when a task is done.
final class LineageBook: Sendable {
  private let graph: Graph
  let shapes: GraphShapes
  private let state: Mutex<State>

  private struct State {
    var lineages: Lineages
    var recorded: [Int: [String: Lineage]]
  }

  init(_ graph: Graph, shapes: GraphShapes, manifests: [Manifest?]) {
    var recorded: [Int: [String: Lineage]] = [:]
    for (index, manifest) in manifests.enumerated() { recorded[index] = manifest?.lineage }
    self.graph = graph
    self.shapes = shapes
    let lineages = Lineages(graph, shapes: shapes) { recorded[$0] }
    state = Mutex(State(lineages: lineages, recorded: recorded))
  }

  /// What is known now.
  var lineages: Lineages { state.withLock { $0.lineages } }

  /// The lineage of a task that is about to run.
  ///
  /// - Parameter manifests: What is known of its producers.
  /// - Throws: `TaskFailure` where something judges what follows from this task by regions that it learned from, and
  ///   nobody could know before its producers had run.
  func lineage(of task: Graph.Task, manifests: (Int) -> Manifest?) throws -> [String: Lineage]? {
    let lineages = state.withLock { state in
      guard !state.lineages.isComplete else { return state.lineages }
      var isNews = false
      for producer in Set(task.inputs.map(\.producer)) {
        guard state.recorded[producer] == nil, let lineage = manifests(producer)?.lineage else { continue }
        state.recorded[producer] = lineage
        isNews = true
      }
      let recorded = state.recorded
      if isNews { state.lineages = Lineages(graph, shapes: shapes) { recorded[$0] } }
      return state.lineages
    }
    if let leak = lineages.leaks.first(where: { graph.ancestors(of: [$0.task]).contains(task.index) }) {
      throw TaskFailure(
        code: .badData,
        message: lineages.words(for: leak)
          + "; \(Lineages.cure(for: leak)), or say 'allow_leakage: true' in '\(graph.tasks[leak.task].stage)'",
        phase: "read")
    }
    return lineages.outputs[task.index]
  }
}
