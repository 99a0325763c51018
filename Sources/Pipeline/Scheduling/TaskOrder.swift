public import Fingerprints

/// One task as a worker receives it: everything it needs, and nothing of the recipe.
public struct TaskOrder: Sendable, Codable {
  /// How the user calls the task: `train[marker=gfap]`.
  public var address: String
  /// The stage kind.
  public var kind: String
  /// The parameters as YAML text, `$axis` replaced; decoded again by the kind's schema.
  public var parameters: String
  /// The key, field by field; its digest is the fingerprint.
  public var key: TaskKey
  /// What comes in.
  public var inputs: [String: [InputArtifact]]
  /// The folder of the experiment file.
  public var folder: String
  /// The root of outside data.
  public var dataRoot: String?
  /// The store.
  public var store: String
  /// How many threads the task may use.
  public var threads: Int
  /// Seconds after which the task is ended; nil for no limit.
  public var timeLimit: Double?
  /// Seconds between two checkpoints.
  public var checkpointInterval: Double
  /// Where the task's log goes.
  public var log: String
  /// Whether what an earlier attempt left of a training is dropped first.
  public var isFresh: Bool
  /// The regions behind each output, as far as the runner knows them.
  public var lineage: [String: Lineage]?
  /// Where the task pauses; nil where it goes to its end.
  public var rung: Stop?

  /// A rung to pause at.
  public struct Stop: Sendable, Hashable, Codable {
    /// Steps done.
    public var step: Int
    /// Names the steps up to there, and with `step` the row of the rung.
    public var trajectory: Digest
    /// What is compared there: a row without it is none.
    public var metric: String
    /// Whether a row that is on record is measured anew and replaced.
    public var isRenewed = false
  }

  /// An order; `timeLimit` and `checkpointInterval` in seconds.
  public init(
    address: String, kind: String, parameters: String, key: TaskKey, inputs: [String: [InputArtifact]], folder: String,
    dataRoot: String?, store: String, threads: Int, timeLimit: Double?, checkpointInterval: Double, log: String,
    isFresh: Bool = false
  ) {
    self.address = address
    self.kind = kind
    self.parameters = parameters
    self.key = key
    self.inputs = inputs
    self.folder = folder
    self.dataRoot = dataRoot
    self.store = store
    self.threads = threads
    self.timeLimit = timeLimit
    self.checkpointInterval = checkpointInterval
    self.log = log
    self.isFresh = isFresh
  }
}

extension TaskOrder {
  /// The objects that the task loads.
  package var inputDigests: Set<Digest> { Set(inputs.values.flatMap { $0.map(\.digest) }) }
}

/// What a worker says about a task, one JSON line each.
public enum TaskEvent: Sendable, Codable {
  /// The task has begun in this process.
  case started(process: Int32)
  /// How far it is.
  case progress(share: Double, words: String)
  /// A line that the user should see.
  case warning(String)
  /// It took up a checkpoint of that step.
  case resumed(step: Int)
  /// Another process published the task first, so that its outputs are not this run's; whether they were computed
  /// here as well. `published` follows.
  case publishedElsewhere(isComputed: Bool)
  /// Its outputs are in the store.
  case published(Manifest)
  /// It ended at the rung of its order.
  case paused(Rung)
  /// It ended without a result.
  case failed(TaskFailure)
}

/// Where tasks run.
public protocol Executor: Sendable {
  /// Runs a task to its end and returns what it published.
  ///
  /// - Throws: `TaskFailure` when the task failed, died or ran out of time; other tasks are not touched. `TaskPause`
  ///   when it came to the rung of its order.
  func execute(_ order: TaskOrder, onEvent: @escaping @Sendable (TaskEvent) -> Void) async throws -> Manifest
  /// Ends all workers; running tasks end as `stopped`, after a checkpoint if `gently`.
  func stop(gently: Bool) async
}
