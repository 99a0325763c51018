public import Fingerprints

/// Stages whose tasks compete: what the store knows of their rungs, and what is still to run.
extension Plan {
  /// Decides as far as rungs are on record, and says of the others what will happen.
  static func halve(_ entries: inout [Entry], _ halving: Halving, _ store: Store) throws -> HalvingStanding {
    var standing = HalvingStanding(halving) { entries[$0].task.address }
    while let step = standing.step {
      var marks: [Int: HalvingStanding.Mark] = [:]
      for member in standing.alive {
        let isAnew = entries[member].reason == .forced && standing.rung == 0
        marks[member] = isAnew ? nil : try entries[member].mark(at: step, by: halving.metric, in: store)
      }
      guard marks.count == standing.alive.count else {
        let goOn = Halving.survivors(of: standing.alive.count, eta: halving.eta)
        for member in standing.alive where entries[member].stopping == nil {
          if marks[member] != nil {
            entries[member].state = .maybe
            entries[member].reason = .rung(step: step, of: standing.alive.count, goOn: goOn)
          } else if !entries[member].isPending {
            entries[member].state = .run
            entries[member].reason = .unmeasured(step: step)
          }
        }
        return standing
      }
      for (member, stopping) in standing.advance(marks) where entries[member].stopping == nil {
        entries[member].state = .stopped(stopping)
      }
    }
    return standing
  }

  /// The names of the rows of rungs that tasks have, or would have: `cache gc` keeps them, `cache export` takes them
  /// along.
  ///
  /// - Parameter wanted: Places of tasks in the graph; nil for all.
  public func rungs(of wanted: Set<Int>? = nil) throws -> Set<Digest> {
    var found: Set<Digest> = []
    for entry in entries where wanted?.contains(entry.task.index) ?? true {
      guard let halving = graph.halving(of: entry.task.index), let key = entry.key else { continue }
      for step in halving.rungs {
        if let digest = try entry.task.prepared.trajectory?.digest(of: key, at: step) { found.insert(digest) }
      }
    }
    return found
  }
}

extension Graph {
  /// The competition that a task takes part in.
  func halving(of task: Int) -> Halving? { halvings.first { $0.members.contains(task) } }
}

extension Graph.Task {
  /// Why the task cannot run: a task that it needs was stopped, or all that it gathers.
  func stopping(among entries: [Plan.Entry]) -> Stopping? {
    var kept: Stopping?
    var hasGathered = false
    for input in inputs {
      let stopping = entries[input.producer].stopping
      if !input.isGathered, let stopping { return stopping }
      if input.isGathered {
        if stopping == nil { hasGathered = true }
        kept = kept ?? stopping
      }
    }
    return hasGathered ? nil : kept
  }
}

extension Plan.Entry {
  /// What it came to at a rung; nil where nobody measured that yet.
  fileprivate func mark(at step: Int, by metric: String, in store: Store) throws -> HalvingStanding.Mark? {
    if stopping != nil { return .lost }
    guard let key, let trajectory = task.prepared.trajectory else { return nil }
    return try store.rung(trajectory.digest(of: key, at: step), at: step)?.metric(metric).map { .reached($0) }
  }
}

// MARK: - What is still to run

extension Plan {
  /// What a competition still costs: who goes on decides how much it is.
  public struct HalvingCost: Sendable {
    /// Whose it is.
    public let halving: Halving
    /// Whether all is decided.
    public let isDecided: Bool
    /// Seconds where the cheapest tasks go on, and where the dearest do.
    public let least: Double
    public let most: Double
    /// Seconds if all went to their end.
    public let whole: Double
  }

  /// What each competition still costs.
  ///
  /// - Parameter seconds: What a task takes from its first step to its last.
  public func halvingCosts(_ seconds: (Entry) -> Double) -> [HalvingCost] {
    let places = Dictionary(uniqueKeysWithValues: entries.map { ($0.task.index, $0) })
    return standings.map { standing in
      let halving = standing.halving
      let runners = standing.alive.compactMap { places[$0] }.filter { $0.stopping == nil }
        .map { Runner($0, seconds: seconds($0), isAtRung: $0.isAtRung) }
      var (least, most) = (0.0, 0.0)
      var count = runners.count
      var from = standing.rung == 0 ? 0 : halving.rungs[standing.rung - 1]
      for rung in standing.rung...halving.rungs.count {
        let isFirst = rung == standing.rung
        let to = rung < halving.rungs.count ? halving.rungs[rung] : nil
        let costs = runners.map { $0.seconds(from: from, to: to, isFirst: isFirst) }.sorted()
        least += costs.prefix(count).reduce(0, +)
        most += costs.suffix(count).reduce(0, +)
        count = Halving.survivors(of: count, eta: halving.eta)
        from = to ?? from
      }
      return HalvingCost(
        halving: halving, isDecided: standing.step == nil, least: least, most: most,
        whole: halving.members.compactMap { places[$0] }.reduce(0) { $0 + seconds($1) })
    }
  }

  /// A task that is still in the competition.
  private struct Runner {
    let steps: Int
    let done: Int
    let isCached: Bool
    let isAtRung: Bool
    let secondsAStep: Double

    init(_ entry: Entry, seconds: Double, isAtRung: Bool) {
      steps = max(entry.task.prepared.trajectory?.steps ?? 1, 1)
      done = entry.resumesAt ?? 0
      isCached = entry.isCached
      self.isAtRung = isAtRung
      secondsAStep = seconds / Double(steps)
    }

    /// Seconds from one rung to the next; nil is the end.
    func seconds(from: Int, to: Int?, isFirst: Bool) -> Double {
      // What is in the store comes to its rungs all the same.
      if to == nil ? isCached : isFirst && isAtRung { return 0 }
      let end = to ?? steps
      return Double(max(0, end - max(from, min(done, end)))) * secondsAStep
    }
  }
}

extension Plan.Entry {
  /// Whether it waits at a rung for the others.
  public var isAtRung: Bool { if case .rung? = reason { true } else { false } }
}
