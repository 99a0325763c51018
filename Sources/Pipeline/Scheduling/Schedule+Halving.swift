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

  /// A task that failed, or cannot begin, stands behind all others.
  mutating func lose(_ index: Int) {
    guard let place = contest[index], contests[place].standing.alive.contains(index) else { return }
    contests[place].marks[index] = .lost
    for twin in contests[place].twins.removeValue(forKey: index) ?? [] {
      // It did not fail: it runs itself.
      contests[place].runners = contests[place].runners.filter { $0.value != index }
      goOn(twin, in: place)
    }
    settle(place)
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
    while contests[place].standing.step != nil,
      contests[place].standing.alive.allSatisfy({ contests[place].marks[$0] != nil })
    {
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
    let trajectory = try competitor.trajectory.digest(of: competitor.order.key, at: step)
    if !(isFirst && tasks[index].isForced), let rung = try competitor.rung(trajectory, step),
      rung.metric(contests[place].standing.halving.metric) != nil
    {
      return mark(index, rung, in: place)
    }
    if let runner = contests[place].runners[trajectory], runner != index {
      states[index] = .paused
      if !contests[place].twins[runner, default: []].contains(index) {
        contests[place].twins[runner, default: []].append(index)
      }
      return
    }
    contests[place].runners[trajectory] = index
    var order = competitor.order
    order.rung = TaskOrder.Stop(step: step, trajectory: trajectory)
    order.isFresh = order.isFresh && isFirst
    logs[index] = order.log
    resume(index, order, nil)
  }
}
