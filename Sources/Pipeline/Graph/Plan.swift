public import Fingerprints
import Recipes

/// A graph held against a store: what is there, what must run, and why.
public struct Plan: Sendable {
  /// What will happen to a task.
  public enum State: Sendable {
    /// Its outputs are in the store.
    case cached(Manifest)
    /// It runs.
    case run
    /// Something before it runs; it runs too if that changes its inputs.
    case maybe
  }

  /// One task and what will happen to it.
  public struct Entry: Sendable {
    /// The task.
    public let task: Graph.Task
    /// The key with the plan keys of its producers in the place of its inputs: known before anything runs.
    public let planKey: Digest
    /// The parameters with what outside data means in them.
    public let parameters: [String: CanonicalValue]
    /// The key, where all its inputs are known.
    public let key: TaskKey?
    /// What will happen.
    public let state: State
    /// Why, where it is not cached.
    public let reason: Reason?
    /// The step at which a training is taken up, where a checkpoint is there.
    public let resumesAt: Int?
  }

  /// The graph.
  public let graph: Graph
  /// One entry a task, in the order of the graph.
  public let entries: [Entry]
  /// The regions behind every output, where somebody followed them.
  var lineages: LineageBook?

  /// Asks a store what it has.
  ///
  /// - Parameters:
  ///   - previous: The key that a task of that address had in an earlier run, for reasons.
  ///   - forced: Tasks that run although they are cached.
  /// - Throws: `OutsideDataError` with everything that is missing or wrong outside the store.
  public init(
    _ graph: Graph, store: Store, outside: OutsideData, previous: (String) throws -> TaskKey? = { _ in nil },
    forced: Set<Int> = []
  ) throws {
    self.graph = graph
    let meanings = try Self.meanings(of: graph, in: outside)
    var entries: [Entry] = []
    for task in graph.tasks {
      let parameters = task.prepared.parameters.merging(meanings[task.index] ?? [:]) { _, outside in outside }
      let planKey = try task.key(parameters, numerics: graph.numerics) { input in
        Digest.of(
          try CanonicalValue.list([.bytes(entries[input.producer].planKey.bytes), .text(input.producerPort)]).encoded())
      }
      var entry = Entry(
        task: task, planKey: try planKey.digest(), parameters: parameters, key: nil, state: .maybe,
        reason: task.inputs.first { !entries[$0.producer].isCached }.map {
          .input(port: $0.port, producer: graph.tasks[$0.producer].address)
        }, resumesAt: nil)
      if task.inputs.allSatisfy({ entries[$0.producer].isCached }) {
        entry = try Self.settled(
          entry, graph: graph, store: store, entries: entries, previous: previous, isForced: forced.contains(task.index)
        )
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  /// The tasks that run or may run.
  public var pending: [Entry] { entries.filter { !$0.isCached } }

  /// A task whose inputs are all known: cached, or a reason why not.
  private static func settled(
    _ entry: Entry, graph: Graph, store: Store, entries: [Entry], previous: (String) throws -> TaskKey?, isForced: Bool
  ) throws -> Entry {
    let key = try entry.task.key(entry.parameters, numerics: graph.numerics) { input in
      try entries[input.producer].output(input.producerPort)
    }
    let fingerprint = try key.digest()
    let found = isForced ? nil : try store.lookup(fingerprint)
    let reason: Reason? =
      if found != nil { nil } else if isForced { .forced } else {
        Reason(
          of: key, previous: try previous(entry.task.address),
          origins: KeyOrigins(of: entry.task, in: graph, entries: entries)
            .completed(with: entry.parameters, of: entry.task, seed: nil))
      }
    let resumesAt =
      try found == nil
      ? entry.task.prepared.trajectory.flatMap {
        try store.resumableStep(key: key, trajectory: $0)
      } : nil
    return Entry(
      task: entry.task, planKey: entry.planKey, parameters: entry.parameters, key: key,
      state: found.map(State.cached) ?? .run, reason: reason, resumesAt: resumesAt)
  }

  /// What outside data means to each task; all that is missing is said at once.
  private static func meanings(of graph: Graph, in outside: OutsideData) throws -> [Int: [String: CanonicalValue]] {
    var meanings: [Int: [String: CanonicalValue]] = [:]
    var problems: [String] = []
    for task in graph.tasks {
      do {
        meanings[task.index] = try task.prepared.outside(outside.of(task.experiment))
      } catch let failure as TaskFailure where failure.code == .badData {
        if !problems.contains(failure.message) { problems.append(failure.message) }
      }
    }
    guard problems.isEmpty else { throw OutsideDataError(problems: problems) }
    return meanings
  }
}

extension Plan.Entry {
  /// Whether its outputs are in the store.
  public var isCached: Bool { manifest != nil }

  /// The row of the store, where it is cached.
  public var manifest: Manifest? {
    if case .cached(let manifest) = state { manifest } else { nil }
  }

  func output(_ port: String) throws -> Digest {
    guard let output = manifest?.outputs[port] else {
      throw TaskFailure(
        code: .store, message: "the row of '\(task.address)' has no output '\(port)'", phase: "read")
    }
    return output.digest
  }
}

extension Graph.Task {
  /// The key of the task, with inputs named by `digest`.
  func key(
    _ parameters: [String: CanonicalValue], numerics: Int, digest: (Graph.Input) throws -> Digest
  ) rethrows -> TaskKey {
    TaskKey(
      kind: prepared.kind, revision: prepared.revision, parameters: parameters,
      inputs: try inputs.map {
        TaskKey.Input(port: $0.port, place: $0.place, digest: try digest($0), labels: $0.labels)
      }, seed: seed, numerics: numerics)
  }
}

/// Everything outside the store that a plan needs and cannot have.
public struct OutsideDataError: Error, Sendable {
  /// One message a problem: what, where, what to do.
  public let problems: [String]
}
