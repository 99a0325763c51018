/// A number of two tasks that differs.
public struct MetricDifference: Sendable, Hashable {
  /// The metric, such as `f1.pooled`.
  public let name: String
  /// Its unit; empty for ratios and counts.
  public let unit: String
  /// Nil is n/a, or not measured.
  public let old: Double?
  /// As `old`, of the second task.
  public let new: Double?
  /// Which direction is better.
  public let better: Metric.Direction

  /// The new value less the old one.
  public var difference: Double? {
    guard let old, let new else { return nil }
    return new - old
  }

  /// Whether the new value is better; nil where it is not worse either.
  public var isBetter: Bool? {
    guard let difference, difference != 0, better != .neither else { return nil }
    return (difference > 0) == (better == .higher)
  }
}

/// What two tasks differ in: fields of their keys, and their metrics.
public struct TaskDifference: Sendable {
  /// The first task.
  public let old: TaskResult
  /// The second task.
  public let new: TaskResult
  /// Parameters, inputs, revision, seed; empty where either key is not known.
  public let changes: [KeyChange]
  /// The metrics that differ, in the order in which the stage gives them; empty where either has no result.
  public let metrics: [MetricDifference]

  /// Compares two tasks.
  public init(_ old: TaskResult, _ new: TaskResult) {
    self.old = old
    self.new = new
    changes = if let before = old.key, let after = new.key { after.changes(since: before) } else { [] }
    metrics =
      if let before = old.manifest, let after = new.manifest { Self.metrics(before.metrics, after.metrics) } else { [] }
  }

  /// Whether nothing differs.
  public var isEmpty: Bool { changes.isEmpty && metrics.isEmpty && (old.manifest == nil) == (new.manifest == nil) }

  private static func metrics(_ old: [Metric], _ new: [Metric]) -> [MetricDifference] {
    let before = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let after = Dictionary(new.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let gone = old.filter { after[$0.name] == nil }
    return (new + gone).compactMap { metric in
      let was = before[metric.name]?.value
      let now = after[metric.name]?.value
      if was == now, before[metric.name] != nil, after[metric.name] != nil { return nil }
      return MetricDifference(name: metric.name, unit: metric.unit, old: was, new: now, better: metric.better)
    }
  }
}

/// What two runs differ in, task by task of equal address.
public struct RunDifference: Sendable {
  /// The tasks that differ, in the order of the second run.
  public let tasks: [TaskDifference]
  /// How many tasks are the same in both.
  public let equal: Int
  /// Addresses that only one of them has.
  public let onlyOld: [String]
  /// As `onlyOld`, of the second run.
  public let onlyNew: [String]

  /// Compares the tasks of two runs.
  public init(_ old: [TaskResult], _ new: [TaskResult]) {
    let before = Dictionary(old.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
    let after = Set(new.map(\.address))
    let all = new.compactMap { task in before[task.address].map { TaskDifference($0, task) } }
    tasks = all.filter { !$0.isEmpty }
    equal = all.count - tasks.count
    onlyOld = old.map(\.address).filter { !after.contains($0) }
    onlyNew = new.map(\.address).filter { before[$0] == nil }
  }
}
