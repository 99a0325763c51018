/// What follows when a task is done, fails or is skipped.
extension Schedule {
  mutating func publish(_ index: Int, _ manifest: Manifest, _ origin: Scheduler.Origin, _ seconds: Double) {
    // Waited for another process, and did nothing.
    if case .elsewhere(isComputed: false) = origin { return complete(index, manifest, isCopy: false) }
    observer(.published(index, manifest, seconds: seconds))
    outcome.computed += 1
    if case .here = origin { own.insert(manifest.fingerprint) }
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
    noteSpent(by: index)
    for copy in copies.removeValue(forKey: index) ?? [] { complete(copy, manifest, isCopy: true) }
    // Computed once more, it is news only to those that could not read it.
    for dependent in mending.removeValue(forKey: index).map(Array.init) ?? dependents[index] { free(dependent) }
  }

  /// One of the dependencies of a task is done, or it does without it.
  private mutating func free(_ dependent: Int) {
    guard case .blocked(let count) = states[dependent] else { return }
    states[dependent] = count == 1 ? .decidable : .blocked(count - 1)
    if count == 1 { undecided.append(dependent) }
  }

  /// Notes the temporary outputs that a task was the last to read.
  private mutating func noteSpent(by index: Int) {
    for producer in Set(tasks[index].dependencies) where tasks[producer].isTemporary {
      guard let row = outcome.manifests[producer], own.contains(row.fingerprint), isSpent(row) else { continue }
      leaders[row.fingerprint] = nil
      spent.append(row)
    }
  }

  /// Whether every task with this row is temporary, and all that depends on them is done.
  private func isSpent(_ row: Manifest) -> Bool {
    outcome.manifests.allSatisfy { place, manifest in
      manifest.fingerprint != row.fingerprint
        || tasks[place].isTemporary
          && dependents[place].allSatisfy { outcome.manifests[$0] != nil || outcome.stopped[$0] != nil }
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
    lose(index)
  }

  mutating func skip(_ indices: [Int], because culprit: Int) {
    for index in indices {
      if case .blocked = states[index] { leave(index, because: culprit) }
    }
  }

  /// Ends a task that does not go on because another failed, and leaves out what needs it.
  mutating func leave(_ index: Int, because culprit: Int) {
    states[index] = .finished
    outcome.skipped[index] = culprit
    observer(.skipped(index, because: culprit))
    skip(dependents[index], because: culprit)
    lose(index)
  }

  /// Ends a task because others do better, and leaves out what needs it; who only gathers it goes on without it.
  mutating func stop(_ index: Int, _ stopping: Stopping) {
    guard outcome.stopped[index] == nil, !hasFailed(index) else { return }
    states[index] = .finished
    outcome.stopped[index] = stopping
    observer(.stopped(index, stopping))
    noteSpent(by: index)
    for dependent in dependents[index] {
      let gathered = tasks[dependent].gathered
      if gathered.contains(index), gathered.contains(where: { outcome.stopped[$0] == nil }) {
        free(dependent)
      } else if case .blocked = states[dependent] {
        stop(dependent, stopping)
      }
    }
    lose(index)
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
