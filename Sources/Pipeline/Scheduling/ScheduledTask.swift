public import Fingerprints

/// A task as the scheduler sees it.
public struct ScheduledTask: Sendable {
  /// What to do about a task, known when the manifests of its dependencies are.
  public enum Decision: Sendable {
    /// It was done before.
    case cached(Manifest)
    /// It must run.
    case order(TaskOrder)
    /// It competes with others: whether it goes on shows at each rung.
    case competes(Competitor)
  }

  /// Its place in the array of all tasks.
  public let index: Int
  /// How the user calls it.
  public let address: String
  /// The places of the tasks whose outputs it takes.
  public let dependencies: [Int]
  /// Memory and estimated seconds.
  public let cost: Cost
  /// Threads.
  public let cores: Int
  /// Whether to compute it though it is in the store.
  public let isForced: Bool
  /// How often it is tried again after it was killed; nil for what its failure suggests.
  public let retries: Int?
  /// Whether its outputs go when the last task that reads them is done.
  public let isTemporary: Bool
  /// The dependencies that it does without where they are stopped: those that it gathers.
  public let gathered: Set<Int>
  /// The competition that it takes part in, by places in the array of all tasks.
  public let halving: Halving?
  /// Decides what to do, given the manifests of all dependencies, and whether what the task gave was lost in this run.
  public let decide: @Sendable (_ manifests: [Int: Manifest], _ isLost: Bool) throws -> Decision

  /// A task; `dependencies` stand before it in the array of all tasks.
  public init(
    index: Int, address: String, dependencies: [Int], cost: Cost = Cost(), cores: Int = 1, isForced: Bool = false,
    retries: Int? = nil, isTemporary: Bool = false, gathered: Set<Int> = [], halving: Halving? = nil,
    decide: @escaping @Sendable (_ manifests: [Int: Manifest], _ isLost: Bool) throws -> Decision
  ) {
    self.index = index
    self.address = address
    self.dependencies = dependencies
    self.cost = cost
    self.cores = cores
    self.isForced = isForced
    self.retries = retries
    self.isTemporary = isTemporary
    self.gathered = gathered
    self.halving = halving
    self.decide = decide
  }
}

/// A task that competes, its inputs known.
public struct Competitor: Sendable {
  /// What it would do without others: run to its end.
  let order: TaskOrder
  /// Its result, where the store has it: the rungs come first all the same, so that history decides nothing.
  let found: Manifest?
  /// Its steps.
  let trajectory: Trajectory
  /// What is on record of a trajectory at a step.
  let rung: @Sendable (Digest, Int) throws -> Rung?

  /// A competitor from its parts.
  public init(
    order: TaskOrder, found: Manifest?, trajectory: Trajectory,
    rung: @escaping @Sendable (Digest, Int) throws -> Rung?
  ) {
    (self.order, self.found, self.trajectory, self.rung) = (order, found, trajectory, rung)
  }
}

/// A change in the state of a task, by its place.
public enum SchedulerEvent: Sendable {
  /// Nothing to do; `isCopy` where another task of this run has computed the same.
  case cached(Int, Manifest, isCopy: Bool)
  /// Another process computes it: we wait for its result.
  case waiting(Int, process: Int32, host: String)
  /// It was handed to the executor.
  case ordered(Int, TaskOrder)
  /// Something the worker says.
  case event(Int, TaskEvent)
  /// It is done, after so many seconds.
  case published(Int, Manifest, seconds: Double)
  /// It ended without a result.
  case failed(Int, TaskFailure, log: String?)
  /// It is tried again; `alone` when nothing else may run beside it.
  case retried(Int, TaskFailure, alone: Bool)
  /// An output of it was damaged or lost when a task wanted to read it: it is computed again.
  case lost(Int, wantedBy: Int)
  /// It cannot run, because a task that it depends on failed.
  case skipped(Int, because: Int)
  /// It has come to a rung, or was found to have been there.
  case paused(Int, Rung)
  /// Others do better: it ends, or, where that is true of a task that it needs, it does not begin.
  case stopped(Int, Stopping)
}

/// How a schedule ended.
public struct ScheduleOutcome: Sendable {
  /// The manifests of all tasks that are done, by place.
  public var manifests: [Int: Manifest] = [:]
  /// Why tasks failed.
  public var failures: [Int: TaskFailure] = [:]
  /// The tasks that did not run, with the failed task in their way.
  public var skipped: [Int: Int] = [:]
  /// The tasks that were stopped because others do better, and those that need one of them.
  public var stopped: [Int: Stopping] = [:]
  /// Tasks that were not begun, or were stopped, because the run was stopped.
  public var unfinished: [Int] = []
  /// How many tasks were computed, not found.
  public var computed = 0
  /// The size of the artifacts that computed tasks published, each counted once.
  public var bytes = 0
  /// Nil where nothing stopped it.
  public var stop: Scheduler.Stop?
  /// Whether a failure stopped it, and not its user.
  public var isEndedByFailure = false

  /// What the command line ends with: 0 done, 1 a task failed, 6 the machine's fault, 70 tasks are left that nothing
  /// stopped, a mistake of the program, 75 stopped, 130 stopped at once.
  public var exitCode: Int32 {
    switch stop {
    case .atOnce: 130
    case _ where failures.values.contains { $0.code == .environment }: 6
    case .gently where !unfinished.isEmpty && !isEndedByFailure: 75
    case nil where !unfinished.isEmpty: 70
    case .gently, nil: failures.isEmpty ? 0 : 1
    }
  }
}
