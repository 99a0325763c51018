public import Fingerprints
public import SystemPackage

/// An artifact that comes into a task.
public struct InputArtifact: Sendable, Hashable, Codable {
  /// Its type.
  public let type: ArtifactType
  /// The digest of its logical content.
  public let digest: Digest
  /// The labels it carries where it was gathered: row, column; empty elsewhere.
  public let labels: [String: String]

  /// An artifact of the store.
  public init(type: ArtifactType, digest: Digest, labels: [String: String] = [:]) {
    self.type = type
    self.digest = digest
    self.labels = labels
  }
}

/// What comes into a task, by port, in order.
public struct StageInputs: Sendable {
  /// Every artifact by port.
  public let artifacts: [String: [InputArtifact]]
  private let open: @Sendable (InputArtifact) throws -> Bundle
  private let stream: @Sendable (InputArtifact) throws -> OpenBundle

  /// - Parameters:
  ///   - stream: Opens an artifact to read its volumes piece by piece; without it they are read whole.
  ///   - open: Reads an artifact of the store, checking what it reads.
  public init(
    _ artifacts: [String: [InputArtifact]], stream: (@Sendable (InputArtifact) throws -> OpenBundle)? = nil,
    open: @escaping @Sendable (InputArtifact) throws -> Bundle
  ) {
    self.artifacts = artifacts
    self.open = open
    self.stream = stream ?? { OpenBundle(try open($0)) }
  }

  /// All artifacts of a port, in order, their volumes left where they are.
  public func streamed(_ port: String) throws -> [OpenBundle] { try (artifacts[port] ?? []).map(stream) }

  /// All artifacts of a port, in order; empty where nothing is connected.
  public func all(_ port: String) throws -> [(artifact: InputArtifact, bundle: Bundle)] {
    try (artifacts[port] ?? []).map { ($0, try open($0)) }
  }

  /// One artifact of a port that takes many.
  ///
  /// - Precondition: `artifacts[port]` has that place.
  public func bundle(_ port: String, at place: Int) throws -> Bundle {
    let found = artifacts[port] ?? []
    precondition(found.indices.contains(place), "port '\(port)' has \(found.count) artifacts, none at \(place)")
    return try open(found[place])
  }

  /// The artifact of an optional port.
  public func optional(_ port: String) throws -> Bundle? { try artifacts[port]?.first.map(open) }

  /// The artifact of a port that must be connected.
  public func single(_ port: String) throws -> Bundle {
    guard let artifact = artifacts[port]?.first else {
      throw TaskFailure(code: .internalError, message: "nothing is connected to port '\(port)'")
    }
    return try open(artifact)
  }
}

/// What a task may use beside its inputs.
public struct StageContext: Sendable {
  /// The seed of this task: equal for equal work, whatever the task is called.
  public let seed: UInt64
  /// How many threads the task may use; never changes a result.
  public let threads: Int
  /// Where data outside the store is found.
  public let outside: OutsideData
  /// Writes an output port.
  public let write: @Sendable (_ port: String, _ bundle: Bundle) throws -> Void
  /// Says how far the task is: a share between 0 and 1, and words such as `step 120 of 500, loss 0.0031`.
  public let report: @Sendable (_ share: Double, _ words: String) -> Void
  /// Writes a line to the task's log; warnings are shown to the user as well.
  public let log: @Sendable (_ line: String, _ isWarning: Bool) -> Void
  /// The checkpoints of a task that has a trajectory.
  public let checkpoints: Checkpoints
  /// Makes an empty folder below the system's folder for temporary files.
  public static let temporaryFolder: @Sendable () throws -> FilePath = { try Posix.makeTemporaryFolder() }
  /// Makes an empty folder for files that only this task needs, which removes it.
  public let scratch: @Sendable () throws -> FilePath
  /// A folder on the disk of the store for what is streamed, the same for every attempt at this task.
  ///
  /// An attempt finds what an earlier one left there; publishing takes volumes out of it. One attempt at a time has it:
  /// others wait. Who asks for it again hears whether it still has it.
  public let draft: @Sendable () throws -> FilePath

  /// What a task gets besides its inputs; without the last arguments it tells nobody and keeps no checkpoints.
  ///
  /// - Parameter threads: How many it may use, from 1; its outputs do not depend on it.
  public init(
    seed: UInt64, threads: Int, outside: OutsideData,
    write: @escaping @Sendable (String, Bundle) throws -> Void,
    report: @escaping @Sendable (Double, String) -> Void = { _, _ in },
    log: @escaping @Sendable (String, Bool) -> Void = { _, _ in },
    checkpoints: Checkpoints = Checkpoints(),
    scratch: @escaping @Sendable () throws -> FilePath = StageContext.temporaryFolder,
    draft: @escaping @Sendable () throws -> FilePath = {
      throw TaskFailure(code: .internalError, message: "this task has no folder for drafts")
    }
  ) {
    self.seed = seed
    self.threads = threads
    self.outside = outside
    self.write = write
    self.report = report
    self.log = log
    self.checkpoints = checkpoints
    self.scratch = scratch
    self.draft = draft
  }
}

/// The checkpoints of one training: a part of the store seen by one task.
public struct Checkpoints: Sendable {
  /// The furthest checkpoint that this task may continue from, with its step.
  public let latest: @Sendable () throws -> (step: Int, bundle: Bundle)?
  /// Keeps a checkpoint of a step.
  public let save: @Sendable (_ step: Int, _ bundle: Bundle) throws -> Void
  /// Whether it is time to save: so many seconds (or, in tests, steps) since the last.
  public let isDue: @Sendable (_ step: Int) -> Bool
  /// Where the task ends before its end, if it shall.
  public let pause: Pause?

  /// A rung of a halving: the task ends there, and goes on if it is among the best.
  public struct Pause: Sendable {
    /// The step, before the last.
    public let step: Int
    /// Ends the task: keeps its state and what it measured.
    ///
    /// State nil is that of work which diverged before the rung: there is nothing to go on from.
    public let reached: @Sendable (_ state: Bundle?, _ metrics: [Metric]) throws -> Never

    /// A rung; `reached` throws what the worker takes for a pause.
    public init(at step: Int, reached: @escaping @Sendable (Bundle?, [Metric]) throws -> Never) {
      self.step = step
      self.reached = reached
    }
  }

  /// A shelf; without arguments one that is empty and stays so.
  public init(
    latest: @escaping @Sendable () throws -> (step: Int, bundle: Bundle)? = { nil },
    save: @escaping @Sendable (Int, Bundle) throws -> Void = { _, _ in },
    isDue: @escaping @Sendable (Int) -> Bool = { _ in false }, pause: Pause? = nil
  ) {
    self.pause = pause
    self.latest = latest
    self.save = save
    self.isDue = isDue
  }
}

/// Data outside the store, as an experiment names it.
public struct OutsideData: Sendable {
  /// The folder of the experiment file: manifests are found beside it.
  public let folder: FilePath
  /// Where paths inside manifests start; nil where neither `data.root` nor its variable is set.
  public let root: FilePath?
  /// What to say when `root` is missing: which variable or option sets it.
  public let rootHint: String
  /// The digest of a file's bytes, remembered between runs.
  public let digest: @Sendable (FilePath) throws -> Digest
  private let experiments: [String: OutsideData]

  /// - Parameter experiments: The data of the experiments that tasks are taken from, by their names in addresses.
  public init(
    folder: FilePath, root: FilePath?, rootHint: String = "set data.root", experiments: [String: OutsideData] = [:],
    digest: @escaping @Sendable (FilePath) throws -> Digest
  ) {
    self.folder = folder
    self.root = root
    self.rootHint = rootHint
    self.experiments = experiments
    self.digest = digest
  }

  /// The data as the experiment names it that a task is taken from; this data for nil.
  public func of(_ experiment: String?) -> OutsideData {
    guard let experiment else { return self }
    let parts = experiment.split(separator: "/", maxSplits: 1).map(String.init)
    let other = parts.first.flatMap { experiments[$0] } ?? self
    return parts.count == 2 ? other.of(parts[1]) : other
  }
}

/// Why a task ended without a result.
public struct TaskFailure: Error, Sendable, Codable, CustomStringConvertible {
  /// A class of failures, treated alike.
  public struct Code: Hashable, Sendable, Codable {
    /// The word in records.
    public let name: String
    /// The class of that word; one that nobody knows is final.
    public init(_ name: String) { self.name = name }
    public init(from decoder: any Decoder) throws { name = try decoder.singleValueContainer().decode(String.self) }
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(name)
    }

    /// Data outside the store is missing or wrong.
    public static let badData = Code("bad-data")
    /// A training left the finite numbers.
    public static let diverged = Code("diverged")
    /// The worker process ended by itself: a trap, or an exit in the middle of the task.
    public static let died = Code("died")
    /// Somebody killed the worker process.
    public static let killed = Code("killed")
    /// There was no memory left.
    public static let outOfMemory = Code("out-of-memory")
    /// The machine's fault: a full disk, a missing permission.
    public static let environment = Code("environment")
    /// The task ran past its time limit.
    public static let timedOut = Code("timed-out")
    /// The store could not be read or written.
    public static let store = Code("store")
    /// The task was stopped from outside, after a checkpoint where it has any.
    public static let stopped = Code("stopped")
    /// A command of the user's own did not do its work.
    public static let commandFailed = Code("command")
    /// A mistake of the program.
    public static let internalError = Code("internal")
  }

  /// The class of the failure.
  public let code: Code
  /// What happened, where, and what to do.
  public let message: String
  /// Which part of the task failed: `read`, `run`, `publish`.
  public var phase: String

  /// A failure; `message` says what happened, where, and what to do.
  public init(code: Code, message: String, phase: String = "run") {
    self.code = code
    self.message = message
    self.phase = phase
  }

  public var description: String { message }
}
