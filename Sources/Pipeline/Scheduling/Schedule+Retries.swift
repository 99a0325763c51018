/// What is done about tasks that fail for no fault of their own.
extension Schedule {
  /// What follows a failure.
  enum Verdict: Hashable {
    case final
    case again
    /// With nothing else beside it.
    case alone
  }

  /// Out of memory: once more, alone, unless the recipe says never. Killed: again, as often as the recipe says, else
  /// once. Dead by its own doing: only where the recipe says so, because the same task does the same again. Everything
  /// else, bad data and a training that diverged among it: never.
  static func verdict(on failure: TaskFailure, trials: Int, retries: Int?) -> Verdict {
    switch failure.code {
    case .outOfMemory: trials < min(retries ?? 1, 1) ? .alone : .final
    case .killed: trials < (retries ?? 1) ? .again : .final
    case .died: trials < (retries ?? 0) ? .again : .final
    default: .final
    }
  }

  /// Puts a failed task back into the queue where its failure may be no fault of its own.
  ///
  /// - Returns: False where the failure stands.
  mutating func retries(_ index: Int, _ order: TaskOrder, after failure: TaskFailure) -> Bool {
    let verdict = Self.verdict(
      on: failure, trials: trials[index]?[failure.code] ?? 0, retries: tasks[index].retries)
    guard verdict != .final else { return false }
    trials[index, default: [:]][failure.code, default: 0] += 1
    if verdict == .alone { alone.insert(index) }
    observer(.retried(index, failure, alone: verdict == .alone))
    var again = order
    // What this run has computed of a forced training is taken up.
    again.isFresh = false
    resume(index, again, nil)
    return true
  }

  /// Computes once more what a task could not read, and lets the task wait for it.
  ///
  /// - Parameter isLost: Whether outputs of a manifest are missing now.
  /// - Returns: False where nothing is missing, or it was tried before: then the failure stands.
  mutating func mends(_ index: Int, after failure: TaskFailure, isLost: (Manifest) throws -> Bool) rethrows -> Bool {
    guard failure.code == .store, failure.phase == "read", trials[index]?[.store] ?? 0 < 2 else { return false }
    let lost = try Set(tasks[index].dependencies).filter { place in
      guard let manifest = outcome.manifests[place] else { return true }
      return try isLost(manifest)
    }
    guard !lost.isEmpty, !lost.contains(where: hasFailed) else { return false }
    trials[index, default: [:]][.store, default: 0] += 1
    forget(index)
    states[index] = .blocked(lost.count)
    for producer in lost.sorted() {
      mending[producer, default: []].insert(index)
      // Another task may have found it lost before.
      guard outcome.manifests[producer] != nil else { continue }
      observer(.lost(producer, wantedBy: index))
      reopen(producer)
    }
    return true
  }
}
