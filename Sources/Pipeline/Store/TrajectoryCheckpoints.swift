import Fingerprints
import Foundation
import Synchronization
import SystemPackage

/// The checkpoints of one training in the store.
///
/// Steps that do not depend on how many there are in all are shared by trainings of any length, under the key without
/// those parameters; later steps belong to the fingerprint alone. The last two checkpoints of each kind are kept;
/// the one at the last shared step stays for good, so that a longer training can start there.
public struct TrajectoryCheckpoints: Sendable {
  private let store: Store
  private let key: TaskKey
  private let trajectory: Trajectory
  private let shared: FilePath
  private let own: FilePath

  /// The checkpoints of the task of that key.
  public init(in store: Store, key: TaskKey, trajectory: Trajectory) throws {
    self.store = store
    self.key = key
    self.trajectory = trajectory
    shared = store.folder("trajectories").appending("\(try trajectory.sharedDigest(of: key).hex).shared")
    own = store.folder("trajectories").appending("\(try key.digest().hex).own")
  }

  // MARK: - Finding

  /// The step at which the task would continue; nil where it starts from the beginning.
  public func latestStep() throws -> Int? { try candidates().first?.step }

  /// The furthest checkpoint that can be read; damaged ones are moved to quarantine and passed over.
  ///
  /// - Parameter last: The last step that is of use.
  public func latest(upTo last: Int = .max) throws -> (step: Int, bundle: Bundle)? {
    for candidate in try candidates() where candidate.step <= last {
      do {
        return (candidate.step, try ObjectFolder(path: candidate.path).read(named: nil))
      } catch let damage as Damage {
        try store.quarantine(candidate.path, because: damage.reason)
      }
    }
    return nil
  }

  private struct Candidate {
    let step: Int
    let path: FilePath
    let isPinned: Bool
  }

  private func candidates() throws -> [Candidate] {
    let all =
      try list(shared).filter { $0.step <= min(trajectory.sharedSteps, trajectory.steps) }
      + list(own).filter { $0.step <= trajectory.steps }
    return all.sorted { $0.step > $1.step }
  }

  private func list(_ folder: FilePath) throws -> [Candidate] {
    try Posix.names(in: folder).compactMap { name in
      let parts = name.split(separator: ".")
      guard let step = parts.first.flatMap({ Int($0) }) else { return nil }
      return Candidate(step: step, path: folder.appending(name), isPinned: parts.last == "pinned")
    }
  }

  // MARK: - Keeping

  /// Keeps a checkpoint, whole and on the disk, and drops those before the last two.
  public func save(_ step: Int, _ bundle: Bundle) throws {
    let folder = step <= trajectory.sharedSteps ? shared : own
    let name = step == trajectory.sharedSteps ? "\(step).pinned" : "\(step)"
    let draft = try store.makeWorkFolder()
    defer { try? Posix.remove(draft) }  // litter that `cache gc` finds
    let written = ObjectFolder(path: draft.appending("checkpoint"))
    _ = try ObjectFolder.write(bundle, at: written.path)
    try Posix.synchroniseTogether(try written.fileNames().map { written.path.appending($0) })
    try Posix.makeFolder(folder)
    // One that is there already was written by the same steps.
    _ = try Posix.moveFolder(written.path, to: folder.appending(name))
    try Posix.synchronise(folder)
    let loose = try list(folder).filter { !$0.isPinned && $0.step <= step }.sorted { $0.step > $1.step }
    for old in loose.dropFirst(2) { try Posix.remove(old.path) }
  }

  /// Drops everything, so that the task starts from the beginning.
  public func discard() throws {
    try Posix.remove(own)
    try Posix.remove(shared)
  }

  /// Drops what a published task needs no more: all but the checkpoint at the last shared step.
  public func dropAfterPublication() throws {
    try Posix.remove(own)
    for old in try list(shared) where !old.isPinned && old.step <= trajectory.sharedSteps { try Posix.remove(old.path) }
    if try Posix.names(in: shared).isEmpty { try Posix.remove(shared) }
  }
}

extension Store {
  /// The step at which a training would continue; nil where it starts from the beginning. For plans.
  public func resumableStep(key: TaskKey, trajectory: Trajectory) throws -> Int? {
    try TrajectoryCheckpoints(in: self, key: key, trajectory: trajectory).latestStep()
  }
}

extension TrajectoryCheckpoints {
  /// For tests: `LIGHTBENCH_TEST_CHECKPOINT_STEPS=3` saves every three steps instead of every so many seconds.
  static let stepsVariable = "LIGHTBENCH_TEST_CHECKPOINT_STEPS"

  /// What a stage sees of the checkpoints.
  ///
  /// - Parameters:
  ///   - interval: Seconds between two checkpoints.
  ///   - mustStop: Whether the task shall end after its next checkpoint; `save` then throws `TaskFailure.stopped`.
  ///   - onResume: Called with the step of a checkpoint that the stage takes up.
  ///   - pause: The step at which the stage shall pause; nil for none.
  ///   - renewsRung: Whether what is on record of that step is replaced.
  ///   - onReplaced: Called with a row that was replaced by another one, and that.
  ///   - validate: Called before what is measured there is kept.
  public func checkpoints(
    every interval: Double, mustStop: @escaping @Sendable () -> Bool = { false },
    onResume: @escaping @Sendable (Int) -> Void = { _ in }, pausingAt pause: Int? = nil,
    renewsRung: Bool = false, onReplaced: @escaping @Sendable (_ old: Rung, _ new: Rung) -> Void = { _, _ in },
    validate: @escaping @Sendable () throws -> Void = {}
  ) -> Checkpoints {
    let saved = Pacemaker()
    let everySteps = ProcessInfo.processInfo.environment[Self.stepsVariable].flatMap { Int($0) }
    let sharedSteps = trajectory.sharedSteps
    return Checkpoints(
      latest: {
        let found = try self.latest(upTo: pause ?? .max)
        if let found { onResume(found.step) }
        return found
      },
      save: { step, bundle in
        try self.save(step, bundle)
        saved.restart()
        if mustStop() {
          throw TaskFailure(code: .stopped, message: "stopped after the checkpoint at step \(step)")
        }
      },
      isDue: { step in
        if step == sharedSteps || mustStop() { return true }
        if let everySteps { return step > 0 && step.isMultiple(of: everySteps) }
        return saved.elapsed >= interval
      },
      pause: pause.map { step in
        Checkpoints.Pause(at: step) { state, metrics in
          try validate()
          if let state { try self.save(step, state) }
          let kept = try self.store.keep(try self.rung(at: step, metrics), renewing: renewsRung)
          if let old = kept.replaced, old.metrics != kept.rung.metrics { onReplaced(old, kept.rung) }
          throw TaskPause(rung: kept.rung)
        }
      })
  }

  /// What the task measured at a pause, as it is kept so that it need not be measured again.
  private func rung(at step: Int, _ metrics: [Metric]) throws -> Rung {
    let finite = metrics.map { metric in
      Metric(metric.name, metric.value.flatMap { $0.isFinite ? $0 : nil }, unit: metric.unit, better: metric.better)
    }
    return Rung(trajectory: try trajectory.digest(of: key, at: step), key: key, step: step, metrics: finite)
  }
}

/// The time since something was done last.
private final class Pacemaker: Sendable {
  private let last = Mutex(ContinuousClock.now)

  func restart() { last.withLock { $0 = .now } }

  /// In seconds.
  var elapsed: Double { (ContinuousClock.now - last.withLock { $0 }) / .seconds(1) }
}
