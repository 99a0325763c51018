import Artifacts
import Pipeline
import Recipes
import SystemPackage

/// One output of one task in the store.
struct SelectedArtifact {
  /// As in `train[marker=cfos].model`.
  let name: String
  let type: ArtifactType
  fileprivate let output: Manifest.Output
  fileprivate let store: Store

  /// All of it, in memory.
  func bundle() throws -> Bundle { try store.read(output.digest) }

  /// Writes it as files of other programs; a volume is never held as a whole.
  ///
  /// - Returns: What was written.
  func export(to path: FilePath) throws -> [String] {
    type == .volume
      ? try Export.write(try store.open(output.digest, as: .volume), to: path)
      : try Export(try bundle()).write(to: path)
  }
}

extension OpenExperiment {
  /// The tasks that any of some selectors names; nil where there are no selectors.
  ///
  /// - Throws: `SelectorError` for one that names none.
  func tasks(matching texts: [String]) throws -> Set<Int>? {
    guard !texts.isEmpty else { return nil }
    var found: Set<Int> = []
    for text in texts {
      found.formUnion(try tasks(text).map(\.index))
    }
    return found
  }

  /// What a selector names.
  ///
  /// - Parameters:
  ///   - text: A selector with a port; without one, the only output beside the metrics.
  ///   - arguments: What follows `lightbench run` to mean this experiment.
  /// - Throws: `SelectorError` where it names no output, or one that is not computed yet.
  func artifact(_ text: String, arguments: String) throws -> SelectedArtifact {
    let selector = try Selector(text)
    let tasks = graph.tasks(matching: selector)
    guard let task = tasks.first else { throw SelectorError("no task matches '\(text)'") }
    guard tasks.count == 1 else {
      throw SelectorError("'\(text)' matches \(tasks.count) tasks, such as '\(task.address)'; name one")
    }
    let entry = try plan().entries[task.index]
    if let stopping = entry.stopping {
      throw SelectorError(
        "'\(task.address)' has no result: '\(stopping.address)' was stopped at step \(stopping.step), where others did better"
      )
    }
    guard let manifest = entry.manifest else {
      throw SelectorError("'\(task.address)' has no result yet; run 'lightbench run \(arguments)' first")
    }
    return try manifest.artifact(selector, of: task.address, in: store)
  }
}

extension ExperimentOptions {
  /// The same of a recorded run; the experiment itself is not read.
  func recordedArtifact(_ text: String, of run: String) throws -> SelectedArtifact {
    let selector = try Selector(text)
    let (record, store) = try recorded(run)
    let results = try store.results(of: record).filter {
      (selector.stage == nil || selector.stage == $0.stage) && selector.matches($0.coordinate)
    }
    guard let result = results.first else { throw SelectorError("no task of the run '\(record.id)' matches '\(text)'") }
    guard results.count == 1 else {
      throw SelectorError("'\(text)' matches \(results.count) tasks, such as '\(result.address)'; name one")
    }
    guard let manifest = result.manifest else {
      throw SelectorError("the store has no result of '\(result.address)' of the run '\(record.id)'")
    }
    return try manifest.artifact(selector, of: result.address, in: store)
  }
}

extension Manifest {
  /// The output that a selector names: the port in its path, or the only one beside the metrics.
  fileprivate func artifact(
    _ selector: Selector, of address: String, in store: Store
  ) throws -> SelectedArtifact {
    let port = try selector.path.isEmpty ? onlyPort(of: address) : selector.path.joined(separator: ".")
    guard let artifact = outputs[port] else {
      let names = outputs.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw SelectorError("'\(address)' has no output '\(port)'; it has \(names)")
    }
    return SelectedArtifact(name: "\(address).\(port)", type: artifact.type, output: artifact, store: store)
  }

  private func onlyPort(of address: String) throws -> String {
    let names = outputs.keys.filter { $0 != "metrics" }.sorted()
    guard names.count == 1 else {
      throw SelectorError("'\(address)' has several outputs: \(names.joined(separator: ", ")); name one")
    }
    return names[0]
  }
}
