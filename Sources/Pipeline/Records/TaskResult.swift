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

  /// A task from its parts.
  public init(
    address: String, stage: String, coordinate: Coordinate, kind: String, key: TaskKey?,
    parameters: [String: CanonicalValue], manifest: Manifest?
  ) {
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
        key: $0.key, parameters: $0.parameters, manifest: $0.manifest)
    }
  }
}

extension Store {
  /// What the store still has of the tasks of a run, whatever became of its experiment since.
  ///
  /// - Throws: `StoreError` for an address that cannot be read.
  public func results(of record: RunRecord) throws -> [TaskResult] {
    try record.tasks.map { task in
      let parts: Selector
      do {
        parts = try Selector(task.address)
      } catch {
        throw StoreError("the run record '\(record.id)' has a task '\(task.address)', which is no address")
      }
      let manifest = try task.fingerprint.flatMap { try lookup($0) }
      let key = manifest?.key ?? task.key
      return TaskResult(
        address: task.address, stage: task.stage ?? parts.stage ?? "",
        coordinate: Coordinate(parts.cells.map { (axis: $0.axis, label: $0.labels.joined(separator: "|")) }),
        kind: task.kind ?? key?.kind ?? "", key: key, parameters: key?.parameters ?? [:], manifest: manifest)
    }
  }
}
