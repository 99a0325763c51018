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
    /// Something before it runs; it runs too if that changes its inputs. Or it goes on if it is among the best.
    case maybe
    /// Others of its stage do better, or of the stage of a task that it needs: it has no result, and does not run.
    case stopped(Stopping)
  }

  /// One task and what will happen to it.
  public struct Entry: Sendable {
    /// The task, without what it would have gathered of tasks that were stopped.
    public let task: Graph.Task
    /// The key with the plan keys of its producers in the place of its inputs: known before anything runs.
    public let planKey: Digest
    /// The parameters with what outside data means in them.
    public let parameters: [String: CanonicalValue]
    /// The key, where all its inputs are known.
    public let key: TaskKey?
    /// What will happen.
    public internal(set) var state: State
    /// Why, where it is not cached.
    public internal(set) var reason: Reason?
    /// The row of the store of a task that competes, or needs one that does, while its place is not known.
    var kept: Manifest?
    /// The step at which a training is taken up, where a checkpoint is there.
    public let resumesAt: Int?
    /// Whether its outputs were temporary and are gone: it is cached as long as nobody reads them.
    public internal(set) var isDropped = false
  }

  /// The graph.
  public let graph: Graph
  /// One entry a task, in the order of the graph.
  public let entries: [Entry]
  /// How far the stages are whose tasks compete, as the store knows.
  var standings: [HalvingStanding] = []
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
    entries.reserveCapacity(graph.tasks.count)
    while entries.count < graph.tasks.count {
      let known = entries
      let sightings = try Parallel.map(graph.wave(from: known.count)) { task in
        try Sighting(
          of: task, meaning: meanings[task.index] ?? [:], numerics: graph.numerics, entries: known, store: store,
          isForced: forced.contains(task.index))
      }
      for sighting in sightings {
        entries.append(
          try Self.entry(sighting, graph: graph, store: store, entries: entries, previous: previous, forced: forced))
      }
      let decided = standings.count
      for halving in graph.halvings.dropFirst(decided) where (halving.members.last ?? 0) < entries.count {
        standings.append(try Self.halve(&entries, halving, store))
      }
    }
    Self.restoreDropped(&entries)
    self.entries = entries
  }

  /// Lets tasks whose temporary outputs are gone run where somebody will read them.
  private static func restoreDropped(_ entries: inout [Entry]) {
    guard entries.contains(where: \.isDropped) else { return }
    var readers: [Int: String] = [:]
    // Consumers stand after their producers, so one pass from the end sees every reader first.
    for index in entries.indices.reversed() {
      if entries[index].isDropped, let reader = readers[index] {
        entries[index].state = .run
        entries[index].kept = nil
        entries[index].reason = .dropped(wantedBy: reader)
      }
      guard entries[index].isPending else { continue }
      for input in entries[index].task.inputs where input.producerPort != "metrics" {
        readers[input.producer] = entries[index].task.address
      }
    }
  }

  /// The tasks that run or may run.
  public var pending: [Entry] { entries.filter(\.isPending) }

  /// What the store says of a task; the part of a plan that many tasks at a time are looked up for.
  private struct Sighting: Sendable {
    let task: Graph.Task
    let parameters: [String: CanonicalValue]
    let planKey: Digest
    /// The key; nil where an input is not known yet.
    let key: TaskKey?
    let found: Manifest?
    /// Whether its outputs were temporary and are gone.
    let isDropped: Bool
    /// Why a task that it needs was stopped.
    let stopping: Stopping?

    init(
      of task: Graph.Task, meaning: [String: CanonicalValue], numerics: Int, entries: [Entry], store: Store,
      isForced: Bool
    ) throws {
      stopping = task.stopping(among: entries)
      let kept = stopping == nil ? task.leavingOut { entries[$0].stopping != nil } : task
      self.task = kept
      let parameters = task.prepared.parameters.merging(meaning) { _, outside in outside }
      self.parameters = parameters
      planKey = try task.key(parameters, numerics: numerics) { input in
        Digest.of(
          try CanonicalValue.list([.bytes(entries[input.producer].planKey.bytes), .text(input.producerPort)]).encoded())
      }.digest()
      // Who is gathered shows when all who compete are decided.
      guard
        kept.inputs.allSatisfy({ input in
          let producer = entries[input.producer]
          return producer.isCached && !(input.isGathered && producer.isPending)
        })
      else {
        (key, found, isDropped) = (nil, nil, false)
        return
      }
      let key = try kept.key(parameters, numerics: numerics) { input in
        try entries[input.producer].output(input.producerPort)
      }
      self.key = key
      let fingerprint = try key.digest()
      let whole = isForced ? nil : try store.lookup(fingerprint)
      let dropped = whole == nil && !isForced && task.keep == .temp ? try store.droppedRow(fingerprint) : nil
      found = whole ?? dropped
      isDropped = dropped != nil
    }
  }

  /// A task with its state; where its inputs are all known and it is not cached, with the reason.
  private static func entry(
    _ sighting: Sighting, graph: Graph, store: Store, entries: [Entry], previous: (String) throws -> TaskKey?,
    forced: Set<Int>
  ) throws -> Entry {
    let task = sighting.task
    if let stopping = sighting.stopping {
      return Entry(
        task: task, planKey: sighting.planKey, parameters: sighting.parameters, key: nil, state: .stopped(stopping),
        reason: nil, resumesAt: nil)
    }
    guard let key = sighting.key else {
      let input = task.inputs.first { entries[$0.producer].isPending }
      return Entry(
        task: task, planKey: sighting.planKey, parameters: sighting.parameters, key: nil, state: .maybe,
        reason: input.map { .input(port: $0.port, producer: graph.tasks[$0.producer].address) }, resumesAt: nil)
    }
    // A result that is there stays, though it shows later whether the task belongs to those that are left.
    let undecided = task.inputs.first { entries[$0.producer].isPending }
    let reason: Reason? =
      if forced.contains(task.index) { .forced } else if let undecided {
        .input(port: undecided.port, producer: graph.tasks[undecided.producer].address)
      } else if sighting.found != nil { nil } else {
        Reason(
          of: key, previous: try previous(task.address),
          origins: KeyOrigins(of: task, in: graph, entries: entries)
            .completed(with: sighting.parameters, of: task, seed: nil))
      }
    let resumesAt =
      try sighting.found == nil
      ? task.prepared.trajectory.flatMap {
        try store.resumableStep(key: key, trajectory: $0)
      } : nil
    return Entry(
      task: task, planKey: sighting.planKey, parameters: sighting.parameters, key: key,
      state: undecided != nil ? .maybe : sighting.found.map(State.cached) ?? .run, reason: reason, kept: sighting.found,
      resumesAt: resumesAt, isDropped: sighting.isDropped)
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

  /// Whether it runs, or may run; one that competes may be in the store all the same.
  public var isPending: Bool {
    switch state {
    case .run, .maybe: true
    case .cached, .stopped: false
    }
  }

  /// Where it was stopped, or a task that it needs.
  public var stopping: Stopping? {
    if case .stopped(let stopping) = state { stopping } else { nil }
  }

  /// The row of the store, where it has one.
  public var manifest: Manifest? {
    switch state {
    case .cached(let manifest): manifest
    case .run, .maybe: kept
    case .stopped: nil
    }
  }

  func output(_ port: String) throws -> Digest {
    guard let output = manifest?.outputs[port] else {
      throw TaskFailure(
        code: .store, message: "the row of '\(task.address)' has no output '\(port)'", phase: "read")
    }
    return output.digest
  }
}

extension Graph {
  /// Tasks from a place on that need none of one another: as many as stand together.
  fileprivate func wave(from start: Int) -> ArraySlice<Task> {
    // Who needs tasks that compete must see all of them decided.
    let end = halvings.lazy.compactMap { $0.members.last.map { $0 + 1 } }.first { $0 > start } ?? tasks.count
    return tasks[start..<end].prefix { task in task.inputs.allSatisfy { $0.producer < start } }
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
