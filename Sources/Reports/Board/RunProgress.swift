public import Pipeline

/// How far a run is, told by the scheduler's events: what a board shows, and what is said line by line.
public struct RunProgress: Sendable {
  /// A line about a change of state.
  public struct Line: Sendable, Hashable {
    /// `train[marker=cfos]: done in 12s`.
    public let text: String
    /// Whether a person should see it who sees a board: failures, warnings, waits.
    public let isUrgent: Bool
  }

  /// Where a task is.
  enum State: Sendable, Hashable {
    case waiting, running, paused, cached, computed, failed, skipped, stopped
    var isSettled: Bool { self != .waiting && self != .running && self != .paused }
  }

  /// What is known of a task.
  struct Task: Sendable {
    let address: String
    let stage: String
    /// Seconds that it may take.
    let estimate: Double
    var state = State.waiting
    var began = 0.0
    var progress: Progress?
    var toldAt = 0.0
    var seconds: Double?
  }

  /// What a task says of itself.
  struct Progress: Sendable {
    var share: Double
    var words: String
    var time: Double
    /// The first it said since it began: rates are measured from there, for a training may begin in the middle.
    let first: (share: Double, step: Int?, time: Double)
  }

  /// Seconds between two lines of a task about itself.
  static let interval = 10.0

  /// The experiment.
  public let title: String
  /// How many tasks run at once.
  let jobs: Int
  /// When the run began, in seconds since 1970.
  let start: Double
  private(set) var tasks: [Task]
  private let cachedBefore: Set<Int>

  /// - Parameters:
  ///   - cached: The places of the tasks that the plan found in the store.
  ///   - start: Seconds since 1970.
  public init(_ title: String, tasks: [ScheduledTask], cached: Set<Int>, jobs: Int, start: Double) {
    self.title = title
    self.jobs = jobs
    self.start = start
    cachedBefore = cached
    self.tasks = tasks.map { task in
      Task(
        address: task.address, stage: String(task.address.prefix { $0 != "[" }), estimate: max(task.cost.seconds, 0))
    }
  }

  /// How many tasks are done, failed or skipped.
  public var settled: Int { tasks.count(where: \.state.isSettled) }
  /// How many tasks were stopped because others did better, or need one that was.
  public var stopped: Int { tasks.count { $0.state == .stopped } }
  /// How many tasks were found in the store.
  public var cached: Int { tasks.count { $0.state == .cached } }

  // MARK: - Events

  /// Takes an event in.
  ///
  /// - Parameter now: Seconds since 1970.
  /// - Returns: What to say about it; nil where nothing changed that is worth a line.
  public mutating func take(_ event: SchedulerEvent, at now: Double) -> Line? {
    switch event {
    case .cached(let place, _, let isCopy):
      tasks[place].state = .cached
      if cachedBefore.contains(place) { return nil }
      return line(place, isCopy ? "the same work as another task" : "in the store already")
    case .waiting(let place, let process, let host):
      return line(place, "waits for process \(process) on \(host), which computes the same", isUrgent: true)
    case .ordered(let place, _):
      tasks[place].state = .running
      tasks[place].began = now
      tasks[place].toldAt = now
      tasks[place].progress = nil
      return line(place, "started")
    case .event(let place, let event): return take(event, of: place, at: now)
    case .published(let place, _, let seconds):
      tasks[place].state = .computed
      tasks[place].seconds = seconds
      return line(place, "done in \(spoken(seconds: seconds))")
    case .failed(let place, let failure, _):
      tasks[place].state = .failed
      return line(place, "failed: \(failure.message)", isUrgent: true)
    case .retried(let place, let failure, let alone):
      tasks[place].state = .waiting
      return line(place, "tried again\(alone ? " alone" : ""): \(failure.message)", isUrgent: true)
    case .lost(let place, let reader):
      tasks[place].state = .waiting
      return line(
        place, "computed again: \(tasks[reader].address) found an output damaged or lost", isUrgent: true)
    case .skipped(let place, let culprit):
      tasks[place].state = .skipped
      return line(place, "skipped, because \(tasks[culprit].address) failed")
    case .paused(let place, let rung):
      tasks[place].state = .paused
      tasks[place].progress = nil
      return line(place, "paused at step \(rung.step)")
    case .stopped(let place, let stopping):
      tasks[place].state = .stopped
      guard stopping.address == tasks[place].address else {
        return line(place, "left out, because \(stopping.address) was stopped")
      }
      return line(place, "stopped at \(stopping.step): \(stopping.sentence)")
    }
  }

  private mutating func take(_ event: TaskEvent, of place: Int, at now: Double) -> Line? {
    switch event {
    case .progress(let share, let words):
      let first = tasks[place].progress?.first ?? (share, Self.step(in: words)?.step, now)
      tasks[place].progress = Progress(share: share, words: words, time: now, first: first)
      guard now - tasks[place].toldAt >= Self.interval else { return nil }
      tasks[place].toldAt = now
      return line(place, sentence(place, at: now))
    case .warning(let text): return line(place, "warning: \(text)", isUrgent: true)
    case .resumed(let step): return line(place, "resumes at step \(step)")
    case .started, .publishedElsewhere, .published, .paused, .failed: return nil
    }
  }

  private func line(_ place: Int, _ text: String, isUrgent: Bool = false) -> Line {
    Line(text: "\(tasks[place].address): \(text)", isUrgent: isUrgent)
  }

  // MARK: - Times

  /// Seconds until all is done, if tasks take as long as those before them; nil when there is next to nothing left.
  public func secondsLeft(at now: Double) -> Double? {
    var measured: [String: (sum: Double, count: Double)] = [:]
    for task in tasks {
      guard let seconds = task.seconds else { continue }
      let before = measured[task.stage] ?? (0, 0)
      measured[task.stage] = (before.sum + seconds, before.count + 1)
    }
    var all = 0.0
    var longest = 0.0
    for (place, task) in tasks.enumerated() where !task.state.isSettled {
      if task.state == .waiting, cachedBefore.contains(place) { continue }  // nobody has said so yet
      let usual = measured[task.stage].map { $0.sum / $0.count } ?? task.estimate
      let left =
        secondsLeft(of: place, at: now) ?? (task.state == .running ? max(0, usual - (now - task.began)) : usual)
      all += left
      longest = max(longest, left)
    }
    let left = max(all / Double(jobs), longest)
    return left >= 1 ? left : nil
  }

  /// Seconds until a running task is done, by what it said of itself; nil where it said too little.
  func secondsLeft(of place: Int, at now: Double) -> Double? {
    guard let progress = tasks[place].progress, progress.share > progress.first.share else { return nil }
    let rate = (progress.share - progress.first.share) / max(progress.time - progress.first.time, 0.001)
    return max(0, (1 - progress.share) / rate - (now - progress.time))
  }

  /// What a task says of itself, with its rate and the time left: `step 12 of 20, loss 0.0031, 3.2 steps/s, 3s left`.
  func sentence(_ place: Int, at now: Double) -> String {
    guard let progress = tasks[place].progress else { return spoken(seconds: now - tasks[place].began) }
    var parts = [progress.words]
    if let first = progress.first.step, let step = Self.step(in: progress.words)?.step, step > first {
      let rate = Double(step - first) / max(progress.time - progress.first.time, 0.001)
      parts.append(rate >= 1 ? "\(fixed(rate, decimals: 1)) steps/s" : "\(spoken(seconds: 1 / rate)) a step")
    }
    if let left = secondsLeft(of: place, at: now) { parts.append("\(spoken(seconds: left)) left") }
    return parts.joined(separator: ", ")
  }

  /// The step in words such as `step 120 of 500, loss 0.0031`.
  static func step(in words: String) -> (step: Int, of: Int)? {
    let parts = words.split(separator: ",")[0].split(separator: " ")
    guard parts.count == 4, parts[0] == "step", parts[2] == "of", let step = Int(parts[1]), let all = Int(parts[3])
    else { return nil }
    return (step, all)
  }
}

extension Stopping {
  /// `validation.loss 0.312 is place 5 of 9, 3 go on`.
  package var sentence: String {
    "\(metric) \(value.map(short) ?? "n/a") is place \(rank) of \(compared), \(goOn) go\(goOn == 1 ? "es" : "") on"
  }
}
