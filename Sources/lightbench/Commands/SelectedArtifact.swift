import Pipeline
import Recipes

extension OpenExperiment {
  /// One output of one task in the store, and what to call it: `train[marker=cfos].model`.
  ///
  /// - Parameters:
  ///   - text: A selector with a port; without one, the only output beside the metrics.
  ///   - arguments: What follows `lightbench run` to mean this experiment.
  /// - Throws: `SelectorError` where it names no output, or one that is not computed yet.
  func artifact(_ text: String, arguments: String) throws -> (name: String, bundle: Bundle) {
    let selector = try Selector(text)
    let tasks = graph.tasks(matching: selector)
    guard let task = tasks.first else { throw SelectorError("no task matches '\(text)'") }
    guard tasks.count == 1 else {
      throw SelectorError("'\(text)' matches \(tasks.count) tasks, such as '\(task.address)'; name one")
    }
    guard let manifest = try plan().entries[task.index].manifest else {
      throw SelectorError("'\(task.address)' has no result yet; run 'lightbench run \(arguments)' first")
    }
    let port = try selector.path.isEmpty ? onlyPort(of: manifest, task) : selector.path.joined(separator: ".")
    guard let artifact = manifest.outputs[port] else {
      let names = manifest.outputs.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw SelectorError("'\(task.address)' has no output '\(port)'; it has \(names)")
    }
    return ("\(task.address).\(port)", try store.read(artifact.digest))
  }

  private func onlyPort(of manifest: Manifest, _ task: Graph.Task) throws -> String {
    let names = manifest.outputs.keys.filter { $0 != "metrics" }.sorted()
    guard names.count == 1 else {
      throw SelectorError("'\(task.address)' has several outputs: \(names.joined(separator: ", ")); name one")
    }
    return names[0]
  }
}
