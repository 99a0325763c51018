import Fingerprints
import Recipes

extension Plan {
  /// The tasks for the scheduler: those wanted, and what they need.
  ///
  /// - Parameters:
  ///   - wanted: Indices of tasks; nil for all.
  ///   - cores: How many threads a task gets that does not say.
  ///   - interval: Seconds between two checkpoints.
  public func scheduled(
    for experiment: OpenExperiment, wanted: Set<Int>?, cores: Int, interval: Double, log: @escaping @Sendable (String) -> String
  ) -> [ScheduledTask] {
    let reached = wanted.map { graph.ancestors(of: $0) } ?? Set(graph.tasks.indices)
    return entries.filter { reached.contains($0.task.index) }.map { entry in
      let task = entry.task
      let threads = task.needs.cores ?? cores
      return ScheduledTask(
        index: task.index, address: task.address, kind: task.prepared.kind,
        dependencies: Array(Set(task.inputs.map(\.producer))).sorted(),
        cost: Cost(memory: task.needs.memory?.bytes ?? task.prepared.cost.memory, seconds: task.prepared.cost.seconds),
        cores: threads, manifest: entry.manifest,
        makeOrder: { manifests in
          try order(entry, manifests: manifests, experiment: experiment, threads: threads, interval: interval, log: log)
        })
    }
  }

  private func order(
    _ entry: Entry, manifests: [Int: Manifest], experiment: OpenExperiment, threads: Int, interval: Double,
    log: (String) -> String
  ) throws -> ScheduledTask.Decision {
    let task = entry.task
    func output(_ input: Graph.Input) throws -> Manifest.Output {
      guard let output = manifests[input.producer]?.outputs[input.producerPort] else {
        throw TaskFailure(
          code: .internalError,
          message: "'\(graph.tasks[input.producer].address)' published no output '\(input.producerPort)'")
      }
      return output
    }
    let key = try task.key(entry.parameters, numerics: graph.numerics) { try output($0).digest }
    if entry.reason != .forced, let found = try experiment.store.manifest(for: key.digest()) { return .cached(found) }
    var inputs: [String: [InputArtifact]] = [:]
    for input in task.inputs {
      let artifact = try output(input)
      inputs[input.port, default: []].append(
        InputArtifact(type: artifact.type, digest: artifact.digest, labels: input.labels))
    }
    return .order(
      TaskOrder(
        address: task.address, kind: task.prepared.kind, parameters: task.parameters?.write() ?? "{}", key: key,
        inputs: inputs, folder: experiment.outside.folder.string, dataRoot: experiment.outside.root?.string,
        store: experiment.store.root.string, threads: threads, timeLimit: task.needs.time?.seconds,
        checkpointInterval: interval, log: log(task.address)))
  }
}
