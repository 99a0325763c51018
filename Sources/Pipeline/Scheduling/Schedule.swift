import Fingerprints

/// Where every task of a run is; the scheduler moves them from state to state.
struct Schedule {
  enum State {
    /// So many dependencies are not done.
    case blocked(Int)
    /// Dependencies are done; what to do is not decided.
    case decidable
    /// Waits for cores and memory.
    case ready(TaskOrder, Claim?)
    /// The same work as another task of this run, which is not done.
    case copying(Int)
    /// Another process is at it.
    case elsewhere
    /// It has come to a rung, or another task that does the same is on its way there.
    case paused
    case running
    case finished
  }

  let tasks: [ScheduledTask]
  let observer: Observer
  let limits: Scheduler.Resources
  var free: Scheduler.Resources
  var states: [State]
  var dependents: [[Int]]
  /// Seconds from the beginning of the task to the end of the longest chain behind it.
  let urgency: [Double]
  var leaders: [Digest: Int] = [:]
  /// How often tasks were tried again, by the class of failure.
  var trials: [Int: [TaskFailure.Code: Int]] = [:]
  /// Tasks that ran out of memory beside others.
  var alone: Set<Int> = []
  /// Which tasks wait for a producer that is computed once more, by producer.
  var mending: [Int: Set<Int>] = [:]
  var published: Set<Digest> = []
  /// The rows that this run published; others' temporary outputs are not ours to drop.
  var own: Set<Digest> = []
  var spent: [Manifest] = []
  /// Tasks whose outputs were lost in this run.
  var reopened: Set<Int> = []
  /// The objects that the task which ended last had loaded.
  var warm: Set<Digest> = []
  var copies: [Int: [Int]] = [:]
  var logs: [Int: String] = [:]
  /// Tasks in the order in which their dependencies were done; those before `next` are decided.
  var undecided: [Int]
  private var next = 0
  var ready: [Int] = []
  var outcome = ScheduleOutcome()
  /// The competitions, and which one a task takes part in.
  var contests: [Contest] = []
  var contest: [Int: Int] = [:]

  init(_ tasks: [ScheduledTask], _ resources: Scheduler.Resources, observe: Observer) {
    for (place, task) in tasks.enumerated() {
      precondition(task.index == place, "task '\(task.address)' stands at \(place), not at \(task.index)")
      precondition(
        task.dependencies.allSatisfy { $0 < place && $0 >= 0 }, "'\(task.address)' stands before what it needs")
    }
    self.tasks = tasks
    observer = observe
    limits = resources
    free = resources
    states = tasks.map { $0.dependencies.isEmpty ? .decidable : .blocked(Set($0.dependencies).count) }
    undecided = tasks.indices.filter { tasks[$0].dependencies.isEmpty }
    dependents = Array(repeating: [], count: tasks.count)
    for task in tasks { for dependency in Set(task.dependencies) { dependents[dependency].append(task.index) } }
    urgency = Self.urgency(of: tasks, dependents)
    for task in tasks {
      guard let halving = task.halving else { continue }
      precondition(
        halving.members.allSatisfy { tasks.indices.contains($0) && tasks[$0].halving == halving },
        "not all that '\(task.address)' competes with are tasks of this run")
      guard halving.members.first == task.index else { continue }
      for member in halving.members { contest[member] = contests.count }
      contests.append(Contest(halving, tasks))
    }
  }

  /// Tasks stand after what they need, so one pass from the end sees every dependent first.
  private static func urgency(of tasks: [ScheduledTask], _ dependents: [[Int]]) -> [Double] {
    var urgency = [Double](repeating: 0, count: tasks.count)
    for index in tasks.indices.reversed() {
      urgency[index] = max(tasks[index].cost.seconds, 0) + (dependents[index].map { urgency[$0] }.max() ?? 0)
    }
    return urgency
  }

  // MARK: - Deciding

  /// Decides about every task whose dependencies are done; those found in the store free others at once.
  mutating func decideReady() {
    while next < undecided.count {
      let index = undecided[next]
      next += 1
      guard case .decidable = states[index], !waitsForLost(index) else { continue }
      let task = tasks[index]
      do {
        let pairs = Set(task.dependencies).compactMap { place in outcome.manifests[place].map { (place, $0) } }
        switch try task.decide(Dictionary(uniqueKeysWithValues: pairs), reopened.contains(index)) {
        case .cached(let manifest): complete(index, manifest, isCopy: false)
        case .order(let order): try enqueue(index, order)
        case .competes(let competitor): enter(index, competitor)
        }
      } catch let failure as TaskFailure {
        fail(index, failure)
      } catch {
        fail(index, TaskFailure(code: .internalError, message: "\(error)", phase: "read"))
      }
    }
  }

  /// Lets a task wait for dependencies that were done and are computed once more; skips it where that failed.
  private mutating func waitsForLost(_ index: Int) -> Bool {
    let lost = Set(tasks[index].dependencies).filter { outcome.manifests[$0] == nil && outcome.stopped[$0] == nil }
    guard !lost.isEmpty else { return false }
    states[index] = .blocked(lost.count)
    if let culprit = lost.sorted().first(where: hasFailed) {
      skip([index], because: culprit)
    } else {
      for producer in lost { mending[producer, default: []].insert(index) }
    }
    return true
  }

  /// Whether nothing more will come of a task.
  func hasFailed(_ index: Int) -> Bool { outcome.failures[index] != nil || outcome.skipped[index] != nil }

  mutating func enqueue(_ index: Int, _ order: TaskOrder) throws {
    let fingerprint = try order.key.digest()
    if let leader = leaders[fingerprint] {
      states[index] = .copying(leader)
      if let manifest = outcome.manifests[leader] {
        complete(index, manifest, isCopy: true)
      } else if let failure = outcome.failures[leader] {
        fail(index, failure)
      } else {
        copies[leader, default: []].append(index)
      }
      return
    }
    leaders[fingerprint] = index
    logs[index] = order.log
    resume(index, order, nil)
  }

  /// Puts a task in the queue for cores and memory.
  mutating func resume(_ index: Int, _ order: TaskOrder, _ claim: Claim?) {
    states[index] = .ready(order, claim)
    var (low, high) = (0, ready.count)
    while low < high {
      let middle = (low + high) / 2
      let isBefore = (urgency[ready[middle]], -ready[middle]) > (urgency[index], -index)
      (low, high) = isBefore ? (middle + 1, high) : (low, middle)
    }
    ready.insert(index, at: low)
  }

  /// Forgets that a task leads others of the same work: it will be decided about once more.
  mutating func forget(_ index: Int) { leaders = leaders.filter { $0.value != index } }

  /// Lets a task be decided about again, after what it gave was lost.
  mutating func reopen(_ index: Int) {
    // A copy's leader has the same outputs: they are lost as well.
    if let lost = outcome.manifests[index] { leaders[lost.fingerprint] = nil }
    outcome.manifests[index] = nil
    reopened.insert(index)
    forget(index)
    states[index] = .decidable
    undecided.append(index)
  }
}
