import Fingerprints

/// How long tasks took in earlier runs, for planning and for the order in which tasks begin.
///
/// The same task under its plan key is the best witness; then its kind, by how much longer tasks of about its length took
/// than they were estimated; at last the estimate alone. What a few steps of a smoke variant took says nothing of days:
/// most of it is what each task takes to begin.
public struct Durations: Sendable {
  /// Seconds by plan key.
  private var exact: [Digest: Double] = [:]
  /// What the tasks that were timed had been estimated to take, and seconds over those, by kind.
  private var ratios: [String: [(estimate: Double, ratio: Double)]] = [:]
  /// How many times as long a task may be as one that was timed, to count as such a task.
  private static let reach = 10.0

  /// Nothing is known.
  public init() {}

  /// What the last runs against a store know.
  ///
  /// - Parameters:
  ///   - count: How many runs are read, the newest first.
  ///   - enough: No further run is read once so many tasks are known.
  /// - Throws: `StoreError` where a record cannot be read.
  public init(of store: Store, runs count: Int = 10, enough: Int = 1000) throws {
    var times: [Digest: [Double]] = [:]
    for id in try store.runs().suffix(count).reversed() where times.values.reduce(0, { $0 + $1.count }) < enough {
      // What was taken up in the middle, or tried several times, says nothing about the whole.
      for task in try store.computedTasks(of: id) where task.step == nil {
        guard let seconds = task.seconds else { continue }
        if let key = task.planKey { times[key, default: []].append(seconds) }
        if let kind = task.kind, let estimate = task.estimate, estimate > 0 {
          ratios[kind, default: []].append((estimate, seconds / estimate))
        }
      }
    }
    exact = times.mapValues(Self.median)
  }

  /// What is known for a plan; nothing is read where nothing will run.
  ///
  /// - Throws: `StoreError` where a record cannot be read.
  public init(for plan: Plan, in store: Store) throws {
    try self.init(of: store, runs: plan.pending.isEmpty ? 0 : 10)
  }

  /// Seconds that a task may take.
  public func seconds(of entry: Plan.Entry) -> Double {
    seconds(planKey: entry.planKey, kind: entry.task.prepared.kind, estimate: entry.task.prepared.cost.seconds)
  }

  /// Whether such a task was timed here: itself, or one of its kind that was estimated to take a tenth to ten times as
  /// long; else its seconds are an estimate from the operations that it takes.
  public func isTimed(_ entry: Plan.Entry) -> Bool {
    isTimed(planKey: entry.planKey, kind: entry.task.prepared.kind, estimate: entry.task.prepared.cost.seconds)
  }

  func isTimed(planKey: Digest, kind: String, estimate: Double) -> Bool {
    exact[planKey] != nil || factor(kind: kind, estimate: estimate) != nil
  }

  func seconds(planKey: Digest, kind: String, estimate: Double) -> Double {
    exact[planKey] ?? estimate * (factor(kind: kind, estimate: estimate) ?? 1)
  }

  /// Seconds over estimated seconds of the tasks of a kind that are about as long; nil where none was timed.
  private func factor(kind: String, estimate: Double) -> Double? {
    let near = (ratios[kind] ?? []).filter {
      $0.estimate <= Self.reach * estimate && estimate <= Self.reach * $0.estimate
    }
    return near.isEmpty ? nil : Self.median(near.map(\.ratio))
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
