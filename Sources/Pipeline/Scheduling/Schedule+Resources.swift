/// Cores, memory and places for tasks: what begins next, and what is free.
extension Schedule {
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
}
