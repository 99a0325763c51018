public import Fingerprints
public import Recipes

/// A task with what it was made of and what it gave, as a plan or the record of a run knows it.
public struct TaskResult: Sendable {
  /// How a user calls the task.
  public let address: String
  /// The stage in its recipe.
  public let stage: String
  /// One label an axis.
  public let coordinate: Coordinate
  /// The stage kind.
  public let kind: String
  /// The key, where it is known.
  public let key: TaskKey?
  /// The parameters of its key.
  public let parameters: [String: CanonicalValue]
  /// What it published; nil where it did not, or where that was removed.
  public let manifest: Manifest?
  /// Why it has no result, where others did better, or than a task that it needs: `stopped at 50`.
  public let stopped: String?

  /// A task from its parts.
  public init(
    address: String, stage: String, coordinate: Coordinate, kind: String, key: TaskKey?,
    parameters: [String: CanonicalValue], manifest: Manifest?, stopped: String? = nil
  ) {
    self.stopped = stopped
    self.address = address
    self.stage = stage
    self.coordinate = coordinate
    self.kind = kind
    self.key = key
    self.parameters = parameters
    self.manifest = manifest
  }
}

extension Plan {
  /// What the store has of every task.
  public var results: [TaskResult] {
    entries.map {
      TaskResult(
        address: $0.task.address, stage: $0.task.stage, coordinate: $0.task.coordinate, kind: $0.task.prepared.kind,
        key: $0.key, parameters: $0.parameters, manifest: $0.manifest, stopped: $0.stoppedWords)
    }
  }
}

extension Store {
  /// What the store still has of the tasks of a run, whatever became of its experiment since; of temporary outputs
  /// that are gone, their row with its metrics.
  public func results(of record: RunRecord) throws -> [TaskResult] {
    try record.tasks.map { task in
      let isStopped = task.state == .stopped
      let manifest = try isStopped ? nil : task.fingerprint.flatMap { try lookup($0) ?? droppedRow($0) }
      let key = manifest?.key ?? task.key
      return TaskResult(
        address: task.address, stage: task.stage ?? task.addressedStage, coordinate: task.coordinate,
        kind: task.kind ?? key?.kind ?? "", key: key, parameters: key?.parameters ?? [:], manifest: manifest,
        stopped: isStopped ? task.stoppedWords : nil)
    }
  }
}

extension Plan.Entry {
  /// `stopped at 50`, where it was stopped or a task that it needs; nil for others.
  public var stoppedWords: String? { stopping.map { "stopped at \($0.step)" } }
}

extension RunRecord.Task {
  /// `stopped at 50`; of a task in the state `stopped`.
  public var stoppedWords: String { "stopped at \(step ?? 0)" }

  /// The stage of its address: `train` of `train[marker=cfos]`, `other/train` of a task taken from an experiment.
  public var addressedStage: String { String(address.prefix { $0 != "[" }) }

  /// The labels of its address.
  public var coordinate: Coordinate {
    guard let open = address.firstIndex(of: "["), address.hasSuffix("]") else { return Coordinate([]) }
    let cells = address[address.index(after: open)...].dropLast().split(separator: ",")
    return Coordinate(
      cells.compactMap { cell in
        let sides = cell.split(separator: "=", maxSplits: 1)
        return sides.count == 2 ? (axis: String(sides[0]), label: String(sides[1])) : nil
      })
  }
}
