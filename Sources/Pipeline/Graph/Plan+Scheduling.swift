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
    /// Whether tasks that compete pause at rungs; else all run to their end.
    public var halves = true

    /// Settings with threads from 1 and seconds above 0.
    public init(threads: Int, checkpointInterval: Double, durations: Durations = Durations()) {
      self.threads = threads
      self.checkpointInterval = checkpointInterval
      self.durations = durations
    }
  }

  /// Some tasks and what they need, by places in the graph: what a run of them shows, records and schedules.
  ///
  /// - Parameter wanted: Indices of tasks; nil for all.
  public func reached(by wanted: Set<Int>?) -> Set<Int> { graph.ancestors(of: wanted ?? Set(graph.tasks.indices)) }

  /// The tasks for the scheduler: those wanted and what they need, producers first.
  ///
  /// They are those of `part(reached(by: wanted))`, in the same order; where nothing is halved, without what tables
  /// leave out.
  ///
  /// - Parameter wanted: Indices of tasks; nil for all.
  public func scheduled(
    for experiment: OpenExperiment, wanted: Set<Int>? = nil, settings: RunSettings
  ) -> [ScheduledTask] {
    let halvings = settings.halves ? graph.halvings : []
    let reached =
      settings.halves
      ? reached(by: wanted) : entries.map(\.task).ancestors(of: wanted ?? Set(graph.tasks.indices), halvings: [])
    let chosen = entries.filter { reached.contains($0.task.index) }
    let places = Dictionary(uniqueKeysWithValues: chosen.enumerated().map { ($1.task.index, $0) })
    let temporary = temporary(in: reached)
    let competing = Dictionary(
      halvings.filter { reached.isSuperset(of: $0.members) }.flatMap { halving in
        let scheduled = halving.moved { places[$0] ?? 0 }
        return scheduled.members.map { ($0, scheduled) }
      }
    ) { $1 }
    return chosen.enumerated().map { place, entry in
      let task = entry.task
      let producers = Set(task.inputs.map(\.producer)).sorted()
      // What is taken directly as well is needed.
      let gathered = Set(task.inputs.filter(\.isGathered).map(\.producer))
        .subtracting(task.inputs.filter { !$0.isGathered }.map(\.producer))
      return ScheduledTask(
        index: place, address: task.address, dependencies: producers.compactMap { places[$0] },
        cost: Cost(memory: task.memory, seconds: settings.durations.seconds(of: entry)),
        cores: task.needs.cores ?? settings.threads, isForced: entry.reason == .forced,
        retries: task.needs.retry, isTemporary: temporary.contains(task.index),
        gathered: Set(gathered.compactMap { places[$0] }), halving: competing[place],
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
      if entry.isPending, !reached.contains(entry.task.index) { found.subtract(producers) }
    }
    return found.intersection(read)
  }

  private func decision(
    _ entry: Entry, isLost: Bool, experiment: OpenExperiment, settings: RunSettings, manifest: (Int) -> Manifest?
  ) throws -> ScheduledTask.Decision {
    // What was stopped since the plan was made has no manifest: who gathers does without it.
    let task = entry.task.leavingOut { manifest($0) == nil }
    func output(_ input: Graph.Input) throws -> Manifest.Output {
      guard let output = manifest(input.producer)?.outputs[input.producerPort] else {
        throw TaskFailure(
          code: .internalError,
          message: "'\(graph.tasks[input.producer].address)' published no output '\(input.producerPort)'")
      }
      return output
    }
    let key = try task.key(entry.parameters, numerics: graph.numerics) { try output($0).digest }
    let competes = settings.halves && graph.halving(of: task.index) != nil
    let dropped = entry.isDropped && !isLost ? entry.manifest : nil
    let found = try dropped ?? (entry.reason == .forced ? nil : experiment.store.lookup(key.digest()))
    if let found, !competes { return .cached(found) }
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
    guard competes, let trajectory = task.prepared.trajectory else { return .order(order) }
    return .competes(
      Competitor(order: order, found: found, trajectory: trajectory) { try experiment.store.rung($0, at: $1) })
  }
}

extension Graph.Task {
  /// Bytes that the task needs: what the recipe says, else the kind's estimate.
  public var memory: Int { needs.memory.map { Int($0.bytes) } ?? prepared.cost.memory }
}
