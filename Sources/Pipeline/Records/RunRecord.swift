public import Fingerprints

/// One execution of a plan, as its record tells it.
public struct RunRecord: Sendable {
  /// What was asked for.
  public struct Header: Sendable, Codable {
    /// The experiment file, as the user typed it.
    public var experiment: String
    /// The name of the experiment.
    public var name: String
    /// Nil without a variant.
    public var variant: String?
    /// The `-S` options.
    public var overrides: [String]
    /// One self-contained recipe that gives the same tasks.
    public var recipe: String
    /// The version of the program.
    public var version: String
    /// Seconds since 1970.
    public var started: Double
    /// The name of the machine, without a domain.
    public var host: String
    /// The number of the process on that machine.
    public var process: Int32
    /// When the process began, as its machine counts: a later process of the same number is another.
    public var began: String?
    /// Which of its tasks were asked for; nil in records of earlier versions.
    public var choice: Choice?

    /// A header; times in seconds since 1970.
    public init(
      experiment: String, name: String, variant: String?, overrides: [String], recipe: String, version: String,
      started: Double, host: String, process: Int32, began: String? = nil, choice: Choice? = nil
    ) {
      self.experiment = experiment
      self.name = name
      self.variant = variant
      self.overrides = overrides
      self.recipe = recipe
      self.version = version
      self.started = started
      self.host = host
      self.process = process
      self.began = began
      self.choice = choice
    }
  }

  /// Where a task is.
  public enum State: String, Sendable, Codable {
    case planned, started, resumed, paused, published, cached, failed, skipped, stopped
    /// Whether nothing more happens to it in this run.
    public var isFinal: Bool {
      switch self {
      case .published, .cached, .failed, .skipped, .stopped: true
      case .planned, .started, .resumed, .paused: false
      }
    }
  }

  /// What is known of a task; a line of the record holds only what is new.
  public struct Task: Sendable, Codable {
    /// How a user calls it: `train[marker=gfap]`.
    public var address: String
    /// Where it is; the last line wins.
    public var state: State
    /// Seconds since 1970 of the last change.
    public var time: Double
    /// The stage in its recipe; `experiment/stage` where it is taken from another one.
    public var stage: String?
    /// The stage kind.
    public var kind: String?
    /// The key with producers in the place of content, known before anything ran.
    public var planKey: Digest?
    /// The digest of the key, once the inputs are known.
    public var fingerprint: Digest?
    /// The key, field by field; from the manifest once there is one.
    public var key: TaskKey?
    /// The step at which a training was taken up, paused or, in the state `stopped`, was stopped.
    public var step: Int?
    /// The name of its steps up to where it paused: that of its checkpoint and of what was measured there.
    public var trajectory: Digest?
    /// Seconds that it took in this run.
    public var seconds: Double?
    /// Seconds that its kind guessed before it was timed.
    public var estimate: Double?
    /// When its last attempt began, in seconds since 1970: the time of that line, so no line holds it.
    public var began: Double?
    /// Why it was tried again, the last time.
    public var retry: String?
    /// Why it failed; nil where it did not.
    public var failure: TaskFailure?
    /// The path of its log; nil before it began.
    public var log: String?
    /// Why it was skipped, or stopped before it began: the address of the task that failed, or was stopped.
    public var because: String?

    /// A line about a task: its state from a time on, in seconds since 1970.
    public init(_ address: String, _ state: State, time: Double) {
      self.address = address
      self.state = state
      self.time = time
    }

    /// Takes over what a later line knows.
    mutating func update(with later: Task) {
      state = later.state
      time = later.time
      if later.state == .started { began = later.time }
      stage = later.stage ?? stage
      kind = later.kind ?? kind
      planKey = later.planKey ?? planKey
      fingerprint = later.fingerprint ?? fingerprint
      key = later.key ?? key
      step = later.step ?? step
      trajectory = later.trajectory ?? trajectory
      seconds = later.seconds ?? seconds
      estimate = later.estimate ?? estimate
      retry = later.retry ?? retry
      failure = later.failure ?? failure
      log = later.log ?? log
      because = later.because ?? because
    }
  }

  /// How a run ended.
  public struct End: Sendable, Codable {
    /// Seconds since 1970.
    public var time: Double
    /// What the command ended with.
    public var exitCode: Int32
    /// What was found damaged and moved to quarantine, with the reason; nil or empty where nothing was.
    public var quarantined: [String]?

    /// An end at a time, in seconds since 1970.
    public init(time: Double, exitCode: Int32, quarantined: [String] = []) {
      self.time = time
      self.exitCode = exitCode
      self.quarantined = quarantined.isEmpty ? nil : quarantined
    }
  }

  /// The name of the run: its time, and letters that tell apart two of one time.
  public let id: String
  /// What was asked for.
  public let header: Header
  /// Every task, in the order of the plan.
  public let tasks: [Task]
  /// When tasks were at work, by start.
  public let legs: [Leg]
  /// Nil while it runs, or where it was killed.
  public let end: End?

  /// The task of that address.
  public subscript(address: String) -> Task? { tasks.first { $0.address == address } }
}

/// One line of a record.
enum RunLine: Codable {
  case header(RunRecord.Header)
  case task(RunRecord.Task)
  case end(RunRecord.End)
}
