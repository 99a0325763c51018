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
    case running
    case finished
  }

  let tasks: [ScheduledTask]
  let observer: Observer
  private let limits: Scheduler.Resources
  private var free: Scheduler.Resources
  var states: [State]
  private var dependents: [[Int]]
  /// Seconds from the beginning of the task to the end of the longest chain behind it.
  private let urgency: [Double]
  private var leaders: [Digest: Int] = [:]
  /// How often tasks were tried again, by the class of failure.
  var trials: [Int: [TaskFailure.Code: Int]] = [:]
  /// Tasks that ran out of memory beside others.
  var alone: Set<Int> = []
  /// Which tasks wait for a producer that is computed once more, by producer.
  var mending: [Int: Set<Int>] = [:]
  private var published: Set<Digest> = []
  /// The rows that this run published; others' temporary outputs are not ours to drop.
  private var own: Set<Digest> = []
  private var spent: [Manifest] = []
  /// Tasks whose outputs were lost in this run.
  private var reopened: Set<Int> = []
  /// The objects that the task which ended last had loaded.
  private var warm: Set<Digest> = []
  private var copies: [Int: [Int]] = [:]
  private var logs: [Int: String] = [:]
  /// Tasks in the order in which their dependencies were done; those before `next` are decided.
  private(set) var undecided: [Int]
  private var next = 0
  private var ready: [Int] = []
  var outcome = ScheduleOutcome()

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
    let lost = Set(tasks[index].dependencies).filter { outcome.manifests[$0] == nil }
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

  private mutating func enqueue(_ index: Int, _ order: TaskOrder) throws {
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

  // MARK: - Resources

  /// The most urgent task that fits in what is free, taken out of the queue; of several that are about as urgent, the
  /// one with most inputs that a worker has just loaded.
  mutating func nextThatFits() -> (index: Int, order: TaskOrder, claim: Claim?)? {
    guard let first = ready.firstIndex(where: { fits(need(of: $0)) }) else { return nil }
    let index = ready.remove(at: mostShared(from: first))
    guard case .ready(let order, let claim) = states[index] else { return nil }
    return (index, order, claim)
  }

  /// The share of the urgency of the first by which another may be less urgent and still go before it.
  private static let tie = 0.1
  /// How many tasks are looked at: enough for a row of a matrix.
  private static let view = 64

  private func mostShared(from first: Int) -> Int {
    guard !warm.isEmpty else { return first }
    let least = urgency[ready[first]] * (1 - Self.tie)
    var (best, most) = (first, -1)
    for place in first..<min(first + Self.view, ready.count) {
      guard urgency[ready[place]] >= least else { break }
      guard case .ready(let order, _) = states[ready[place]], fits(need(of: ready[place])) else { continue }
      let shared = order.inputDigests.intersection(warm).count
      if shared > most { (best, most) = (place, shared) }
    }
    return best
  }

  /// A task that asks for more than there is gets all there is, and runs alone.
  private func need(of index: Int) -> Scheduler.Resources {
    if alone.contains(index) { return limits }
    return .init(
      tasks: 1,
      cores: min(max(tasks[index].cores, 1), limits.cores), memory: min(max(tasks[index].cost.memory, 0), limits.memory)
    )
  }

  private func fits(_ need: Scheduler.Resources) -> Bool {
    need.tasks <= free.tasks && need.cores <= free.cores && need.memory <= free.memory
  }

  mutating func begin(_ index: Int, _ order: TaskOrder) {
    let need = need(of: index)
    free.tasks -= need.tasks
    free.cores -= need.cores
    free.memory -= need.memory
    states[index] = .running
    observer(.ordered(index, order))
  }

  /// Gives back what a task used.
  mutating func end(_ index: Int, _ order: TaskOrder) {
    warm = order.inputDigests
    let need = need(of: index)
    free.tasks += need.tasks
    free.cores += need.cores
    free.memory += need.memory
  }

  mutating func park(_ index: Int, by owner: Claim.Owner) {
    states[index] = .elsewhere
    observer(.waiting(index, process: owner.process, host: owner.host))
  }

  // MARK: - Endings

  mutating func publish(_ index: Int, _ manifest: Manifest, _ seconds: Double) {
    observer(.published(index, manifest, seconds: seconds))
    outcome.computed += 1
    own.insert(manifest.fingerprint)
    for output in Set(manifest.outputs.values) where published.insert(output.digest).inserted {
      outcome.bytes += output.size
    }
    finish(index, manifest)
  }

  mutating func complete(_ index: Int, _ manifest: Manifest, isCopy: Bool) {
    observer(.cached(index, manifest, isCopy: isCopy))
    finish(index, manifest)
  }

  private mutating func finish(_ index: Int, _ manifest: Manifest) {
    states[index] = .finished
    outcome.manifests[index] = manifest
    for producer in Set(tasks[index].dependencies) where tasks[producer].isTemporary {
      guard let row = outcome.manifests[producer], own.contains(row.fingerprint), isSpent(row) else { continue }
      leaders[row.fingerprint] = nil
      spent.append(row)
    }
    for copy in copies.removeValue(forKey: index) ?? [] { complete(copy, manifest, isCopy: true) }
    // Computed once more, it is news only to those that could not read it.
    for dependent in mending.removeValue(forKey: index).map(Array.init) ?? dependents[index] {
      guard case .blocked(let count) = states[dependent] else { continue }
      states[dependent] = count == 1 ? .decidable : .blocked(count - 1)
      if count == 1 { undecided.append(dependent) }
    }
  }

  /// Whether every task with this row is temporary, and all that depends on them is done.
  private func isSpent(_ row: Manifest) -> Bool {
    outcome.manifests.allSatisfy { place, manifest in
      manifest.fingerprint != row.fingerprint
        || tasks[place].isTemporary && dependents[place].allSatisfy { outcome.manifests[$0] != nil }
    }
  }

  /// The manifests of temporary tasks that nobody in this run needs any more, each once.
  mutating func takeSpent() -> [Manifest] {
    defer { spent = [] }
    return spent
  }

  mutating func fail(_ index: Int, _ failure: TaskFailure) {
    states[index] = .finished
    let copied = copies.removeValue(forKey: index) ?? []
    if failure.code == .stopped {
      outcome.unfinished.append(index)
      for copy in copied { fail(copy, failure) }
      return
    }
    outcome.failures[index] = failure
    mending[index] = nil
    observer(.failed(index, failure, log: logs[index]))
    for copy in copied { fail(copy, failure) }
    skip(dependents[index], because: index)
  }

  private mutating func skip(_ indices: [Int], because culprit: Int) {
    var open = indices
    while let index = open.popLast() {
      guard case .blocked = states[index] else { continue }
      states[index] = .finished
      outcome.skipped[index] = culprit
      observer(.skipped(index, because: culprit))
      open += dependents[index]
    }
  }

  /// What became of everything, once nothing runs any more.
  ///
  /// - Parameter endedByFailure: Whether a failure stopped the run, and not its user.
  mutating func finish(_ stop: Scheduler.Stop?, endedByFailure: Bool) -> ScheduleOutcome {
    for index in tasks.indices {
      if case .finished = states[index] { continue }
      outcome.unfinished.append(index)
      // What a stopped run had claimed but not begun is given back.
      if case .ready(_, let claim?) = states[index] { try? claim.release() }
    }
    outcome.unfinished.sort()
    outcome.stop = stop
    outcome.isEndedByFailure = stop == .gently && endedByFailure
    return outcome
  }
}
