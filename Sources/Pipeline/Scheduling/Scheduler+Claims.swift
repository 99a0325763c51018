/// Who may compute a task, where another process may want the same.
extension Scheduler {
  enum Right {
    case mine(Claim?)
    case taken(Claim.Owner)
    case done(Manifest)
    /// Another process has come to the rung of the order.
    case atRung(Rung)
  }

  func claim(_ order: TaskOrder, _ held: Claim?, _ isForced: Bool) throws -> Right {
    guard let store else { return .mine(nil) }
    if let held { return .mine(held) }
    switch try store.claim(order.key.digest()) {
    case .taken(let owner): return .taken(owner)
    case .claimed(let claim):
      // Another process may have published between our look and our claim.
      if !isForced, let rung = order.rung {
        if let found = try store.rung(rung.trajectory, at: rung.step), found.metric(rung.metric) != nil {
          release(claim)
          return .atRung(found)
        }
      } else if !isForced, let manifest = try store.lookup(claim.fingerprint) {
        release(claim)
        return .done(manifest)
      }
      return .mine(claim)
    }
  }

  func waitElsewhere(_ index: Int, _ order: TaskOrder, _ isForced: Bool) async -> Step {
    do {
      while stop == nil {
        // The other process may be on another machine: only the store can tell.
        try await Task.sleep(for: .milliseconds(200))
        switch try claim(order, nil, isForced) {
        case .done(let manifest): return .foundElsewhere(index, manifest)
        case .atRung(let rung): return .pausedElsewhere(index, rung)
        case .mine(let claim?): return .claimed(index, order, claim)
        case .mine(nil), .taken: continue
        }
      }
      return .lost(index, TaskFailure(code: .stopped, message: "stopped while another process computed it"))
    } catch {
      return .lost(index, Self.failure(error))
    }
  }

  /// Says until it is cancelled that the owner of a claim still works.
  ///
  /// - Parameter interval: Seconds between two beats.
  static func keepBeating(_ claim: Claim, every interval: Double = Claim.patience / 6) async {
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: .seconds(interval))
        try claim.beat()
      } catch {
        // Cancelled, or the store cannot be reached, as a disk of the network at times: the next beat may reach it.
        continue
      }
    }
  }

  func release(_ claim: Claim?) {
    // A claim that stays behind is stale as soon as this process ends.
    try? claim?.release()
  }
}
