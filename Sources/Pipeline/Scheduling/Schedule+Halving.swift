import Fingerprints

/// Tasks that compete: each pauses at a rung until all have come there, or failed, and the best go on.
extension Schedule {
  /// One competition.
  struct Contest {
    var standing: HalvingStanding
    /// What came of the tasks at the rung.
    var marks: [Int: HalvingStanding.Mark] = [:]
    var competitors: [Int: Competitor] = [:]
    /// Who is on the way to the rung, by the state that it will have there, and who waits for it.
    var runners: [Digest: Int] = [:]
    var twins: [Int: [Int]] = [:]
    /// Who has no mark because of a failure that says nothing of it, with the task that failed.
    var culprits: [Int: Int] = [:]
    /// Whether it ended undecided.
    var isClosed = false

    /// Whether all that are left have a mark, or cannot get one.
    var isSettled: Bool { standing.alive.allSatisfy { marks[$0] != nil || culprits[$0] != nil } }

    init(_ halving: Halving, _ tasks: [ScheduledTask]) {
      standing = HalvingStanding(halving) { tasks[$0].address }
    }
  }

  /// Lets a task whose inputs are known take part, or take part again where they were mended.
  mutating func enter(_ index: Int, _ competitor: Competitor) {
    guard let place = contest[index] else { return }
    contests[place].competitors[index] = competitor
    goOn(index, in: place)
    settle(place)
  }

  /// A task has come to a rung.
  mutating func pause(_ index: Int, _ rung: Rung) {
    guard let place = contest[index] else { return }
    mark(index, rung, in: place)
    settle(place)
  }

  /// A task that failed, or cannot begin, stands behind all others, where it would fail again; of one that was killed
  /// nobody knows.
  mutating func lose(_ index: Int) {
    guard let place = contest[index], !contests[place].isClosed, contests[place].standing.step != nil,
      contests[place].standing.alive.contains(index)
    else { return }
    if let culprit = transientCulprit(of: index) {
      contests[place].culprits[index] = culprit
    } else {
      contests[place].marks[index] = .lost
    }
    contests[place].runners = contests[place].runners.filter { $0.value != index }
    // They did not fail: they run themselves.
    for twin in contests[place].twins.removeValue(forKey: index) ?? [] { goOn(twin, in: place) }
    settle(place)
  }

  /// The task whose failure keeps another from its rung; nil where that comes to the same whenever it is tried.
  private func transientCulprit(of index: Int) -> Int? {
    var culprit = index
    while let other = outcome.skipped[culprit] { culprit = other }
    guard let failure = outcome.failures[culprit] else { return nil }
    return [.diverged, .badData].contains(failure.code) ? nil : culprit
  }

  // MARK: - Rungs

  private mutating func mark(_ index: Int, _ rung: Rung, in place: Int) {
    guard rung.step == contests[place].standing.step else { return }
    states[index] = .paused
    observer(.paused(index, rung))
    let name = contests[place].standing.halving.metric
    contests[place].marks[index] = .reached(rung.metric(name) ?? Metric(name, nil))
    for twin in contests[place].twins.removeValue(forKey: index) ?? [] { mark(twin, rung, in: place) }
  }

  /// Decides, as long as all that are left have come to the rung.
  private mutating func settle(_ place: Int) {
    while contests[place].standing.step != nil, !contests[place].isClosed, contests[place].isSettled {
      if let first = contests[place].culprits.min(by: { $0.key < $1.key }) { return close(place, because: first.value) }
      let stopped = contests[place].standing.advance(contests[place].marks)
      let alive = contests[place].standing.alive
      contests[place].marks = [:]
      contests[place].runners = [:]
      for index in alive where hasFailed(index) || outcome.stopped[index] != nil {
        contests[place].marks[index] = .lost
      }
      for (index, stopping) in stopped { stop(index, stopping) }
      for index in alive { goOn(index, in: place) }
    }
  }

  /// Ends a competition that cannot be decided in this run: the next one finds at the rung who came there.
  private mutating func close(_ place: Int, because culprit: Int) {
    contests[place].isClosed = true
    for index in contests[place].standing.alive where !hasFailed(index) && outcome.stopped[index] == nil {
      leave(index, because: culprit)
    }
  }

  /// Sends a task to the rung, or to its end where all is decided.
  private mutating func goOn(_ index: Int, in place: Int) {
    guard let competitor = contests[place].competitors[index], contests[place].standing.alive.contains(index) else {
      return
    }
    switch states[index] {
    case .decidable, .paused: break
    case .blocked, .ready, .copying, .elsewhere, .running, .finished: return
    }
    do {
      guard let step = contests[place].standing.step else { return try finish(index, competitor) }
      guard contests[place].marks[index] == nil else {
        states[index] = .paused
        return
      }
      try run(index, competitor, to: step, in: place)
    } catch let failure as TaskFailure {
      fail(index, failure)
    } catch {
      fail(index, TaskFailure(code: .internalError, message: "\(error)", phase: "read"))
    }
  }

  private mutating func finish(_ index: Int, _ competitor: Competitor) throws {
    if let found = competitor.found { return complete(index, found, isCopy: false) }
    var order = competitor.order
    // What led to the rungs was computed anew already.
    if !(tasks[index].halving?.rungs.isEmpty ?? true) { order.isFresh = false }
    try enqueue(index, order)
  }

  private mutating func run(_ index: Int, _ competitor: Competitor, to step: Int, in place: Int) throws {
    let isFirst = contests[place].standing.rung == 0
    let metric = contests[place].standing.halving.metric
    let trajectory = try competitor.trajectory.digest(of: competitor.order.key, at: step)
    let runner = contests[place].runners[trajectory]
    // What is forced is measured anew, once for all that do the same.
    let isOnRecord = !tasks[index].isForced || runner.map { contests[place].marks[$0] != nil } ?? false
    if isOnRecord, let rung = try competitor.rung(trajectory, step), rung.metric(metric) != nil {
      return mark(index, rung, in: place)
    }
    if let runner, runner != index {
      states[index] = .paused
      if !contests[place].twins[runner, default: []].contains(index) {
        contests[place].twins[runner, default: []].append(index)
      }
      return
    }
    contests[place].runners[trajectory] = index
    var order = competitor.order
    order.rung = TaskOrder.Stop(
      step: step, trajectory: trajectory, metric: metric, isRenewed: tasks[index].isForced)
    order.isFresh = order.isFresh && isFirst
    logs[index] = order.log
    resume(index, order, nil)
  }
}
