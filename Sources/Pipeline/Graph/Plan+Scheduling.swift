import Fingerprints
import Recipes
import SystemPackage

extension Plan {
  /// How tasks are run: settings of a run, never part of a key.
  public struct RunSettings: Sendable {
    /// Threads of a task that does not say.
    public var threads: Int
    /// Seconds between two checkpoints.
    public var checkpointInterval: Double
    /// How long tasks took in earlier runs.
    public var durations: Durations

    /// Settings with threads from 1 and seconds above 0.
    public init(threads: Int, checkpointInterval: Double, durations: Durations = Durations()) {
      self.threads = threads
      self.checkpointInterval = checkpointInterval
      self.durations = durations
    }
  }

  /// The tasks for the scheduler: those wanted and what they need, producers first.
  ///
  /// - Parameter wanted: Indices of tasks; nil for all.
  public func scheduled(
    for experiment: OpenExperiment, wanted: Set<Int>? = nil, settings: RunSettings
  ) -> [ScheduledTask] {
    let reached = wanted.map { graph.ancestors(of: $0) } ?? Set(graph.tasks.indices)
    let chosen = entries.filter { reached.contains($0.task.index) }
    let places = Dictionary(uniqueKeysWithValues: chosen.enumerated().map { ($1.task.index, $0) })
    let temporary = temporary(in: reached)
    return chosen.enumerated().map { place, entry in
      let task = entry.task
      let producers = Set(task.inputs.map(\.producer)).sorted()
      return ScheduledTask(
        index: place, address: task.address, dependencies: producers.compactMap { places[$0] },
        cost: Cost(memory: task.memory, seconds: settings.durations.seconds(of: entry)),
        cores: task.needs.cores ?? settings.threads, isForced: entry.reason == .forced,
        retries: task.needs.retry, isTemporary: temporary.contains(task.index),
        decide: { manifests, isLost in
          try decision(entry, isLost: isLost, experiment: experiment, settings: settings) { producer in
            places[producer].flatMap { manifests[$0] }
          }
        })
    }
  }

  /// Tasks with `keep: temp` that somebody reads, and nobody but the tasks of a run.
  private func temporary(in reached: Set<Int>) -> Set<Int> {
    var found = Set(entries.filter { $0.task.keep == .temp }.map(\.task.index))
    guard !found.isEmpty else { return [] }
    var read: Set<Int> = []
    for entry in entries {
      let producers = entry.task.inputs.filter { $0.producerPort != "metrics" }.map(\.producer)
      read.formUnion(producers)
      if !entry.isCached, !reached.contains(entry.task.index) { found.subtract(producers) }
    }
    return found.intersection(read)
  }

  private func decision(
    _ entry: Entry, isLost: Bool, experiment: OpenExperiment, settings: RunSettings, manifest: (Int) -> Manifest?
  ) throws -> ScheduledTask.Decision {
    let task = entry.task
    func output(_ input: Graph.Input) throws -> Manifest.Output {
      guard let output = manifest(input.producer)?.outputs[input.producerPort] else {
        throw TaskFailure(
          code: .internalError,
          message: "'\(graph.tasks[input.producer].address)' published no output '\(input.producerPort)'")
      }
      return output
    }
    let key = try task.key(entry.parameters, numerics: graph.numerics) { try output($0).digest }
    if entry.isDropped, !isLost, let row = entry.manifest { return .cached(row) }
    if entry.reason != .forced, let found = try experiment.store.lookup(key.digest()) { return .cached(found) }
    let lineage = try lineages?.lineage(of: task, manifests: manifest)
    var inputs: [String: [InputArtifact]] = [:]
    for input in task.inputs {
      let artifact = try output(input)
      inputs[input.port, default: []].append(
        InputArtifact(type: artifact.type, digest: artifact.digest, labels: input.labels))
    }
    let outside = experiment.outside.of(task.experiment)
    var order = TaskOrder(
      address: task.address, kind: task.prepared.kind, parameters: task.parameters?.write() ?? "{}", key: key,
      inputs: inputs, folder: outside.folder.string, dataRoot: outside.root?.string,
      store: experiment.store.root.string, threads: task.needs.cores ?? settings.threads,
      timeLimit: task.needs.time?.value, checkpointInterval: settings.checkpointInterval,
      log: try experiment.store.logFile(for: key).string, isFresh: entry.reason == .forced)
    order.lineage = lineage
    return .order(order)
  }
}

extension Graph.Task {
  /// Bytes that the task needs: what the recipe says, else the kind's estimate.
  public var memory: Int { needs.memory.map { Int($0.bytes) } ?? prepared.cost.memory }
}
