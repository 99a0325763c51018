import ArrayStores
import Foundation
import Synchronization
import SystemPackage

/// The inside of `lightbench work`: takes orders from standard input, one at a time, and answers with events.
///
/// A thread of its own watches standard input: when that ends, the runner is gone and so is this process, in the
/// middle of whatever it does. While a task runs, everything printed goes to its log.
public final class Worker: Sendable {
  private let runner: any TaskRunner
  private let build: String
  private let channel: Int32
  private let loaded = LoadedInputs()
  private let state = Mutex(State())

  private static let stopped = TaskFailure(code: .stopped, message: "stopped before it was done")

  private struct State {
    var mustStop = false
    var isBusy = false
    /// Whether the running task looks at `mustStop` by itself.
    var hasCheckpoints = false
  }

  /// - Parameter build: The version of the program, for provenance.
  public init(_ runner: any TaskRunner, build: String) throws {
    self.runner = runner
    self.build = build
    channel = try Posix.keepOutput()
    try Posix.adoptOrphans()
    Posix.writeOutputByLine()
  }

  /// Works until standard input ends; never returns while orders may come.
  public func serve() async {
    let (orders, continuation) = AsyncStream.makeStream(of: TaskOrder.self)
    let watcher = Thread { [self] in
      Posix.lines(of: 0) { receive($0, continuation) }
      Posix.endGroup()
    }
    watcher.start()
    for await order in orders { await work(on: order) }
  }

  // MARK: - Messages

  private func receive(_ line: [UInt8], _ orders: AsyncStream<TaskOrder>.Continuation) {
    do {
      switch try WorkerMessage(line: line) {
      case .order(let order):
        // A stop may overtake the order that it is meant for.
        guard
          state.withLock({ state in
            state.isBusy = !state.mustStop
            return state.isBusy
          })
        else { return say(.failed(Self.stopped)) }
        orders.yield(order)
      case .stop: stop()
      }
    } catch {
      say(.failed(TaskFailure(code: .internalError, message: "an order cannot be read: \(error)", phase: "read")))
    }
  }

  private func stop() {
    let endsNow = state.withLock { state in
      state.mustStop = true
      return state.isBusy && !state.hasCheckpoints
    }
    if endsNow {
      say(.failed(Self.stopped))
      Posix.endGroup()
    }
  }

  private func say(_ event: TaskEvent) {
    do {
      // False where nobody reads any more: then the watcher is about to end this process.
      _ = Posix.send(try event.line, into: channel)
    } catch {
      // Only a number that JSON lacks can fail here; without an answer the runner must hear of it as a death.
      Posix.exitAtOnce(70)
    }
  }

  // MARK: - One task

  private func work(on order: TaskOrder) async {
    let answer: TaskEvent
    do {
      // First of all the log: from here on even a trap leaves its words there.
      let log = FilePath(order.log)
      try Posix.makeFolder(log.removingLastComponent())
      try Posix.redirectOutput(to: log)
      say(.started(process: Posix.processIdentifier))
      answer = .published(try await perform(order))
    } catch let pause as TaskPause {
      print("paused at step \(pause.rung.step)")
      answer = .paused(pause.rung)
    } catch {
      let failure = Self.failure(error)
      print("failed (\(failure.code.name), \(failure.phase)): \(failure.message)")
      answer = .failed(failure)
    }
    Posix.flushOutput()
    state.withLock {
      $0.isBusy = false
      $0.hasCheckpoints = false
    }
    say(answer)
  }

  private func perform(_ order: TaskOrder) async throws -> Manifest {
    let started = Date().timeIntervalSince1970
    Posix.forgetPeakMemory()
    let store = try Store(at: FilePath(order.store), create: false)
    let outside = try outsideData(of: order, in: store)
    let publication = try Publication(in: store, of: order.key, ports: try runner.outputs(of: order))
    defer { publication.abandon() }
    let trajectory = try runner.trajectory(of: order).map {
      try TrajectoryCheckpoints(in: store, key: order.key, trajectory: $0)
    }
    if order.isFresh { try trajectory?.discard() }
    state.withLock { $0.hasCheckpoints = trajectory != nil }
    let draft = TaskDraft(of: order, in: store) { [self] in warn($0) }
    defer { draft.release() }
    let metrics: [Metric]
    do {
      metrics = try await runner.run(
        order, inputs: loaded.inputs(of: order, from: store),
        context: context(of: order, outside, publication, trajectory, draft))
    } catch let found as TaskDraft.PublishedElsewhere {
      say(.publishedElsewhere(isComputed: false))
      return found.manifest
    }
    // Temporary outputs that are there again: the row is older, and they are this run's all the same.
    let wasDropped = try store.droppedRow(order.key.digest()) != nil
    let result = try publication.publish(
      metrics, provenance: provenance(of: order, since: started), lineage: order.lineage
    ) { try checkOutside(order, outside, publication, draft) }
    if result.outcome != .published, !wasDropped { say(.publishedElsewhere(isComputed: true)) }
    if result.outcome == .conflict {
      say(.warning("another process published other outputs of this task first; ours were recorded as a conflict"))
    }
    removeLeftovers(trajectory, draft)
    return result.manifest
  }

  private func removeLeftovers(_ trajectory: TrajectoryCheckpoints?, _ draft: TaskDraft) {
    do {
      try trajectory?.dropAfterPublication()
      try draft.remove()
    } catch {
      // The result is in the store: what stays beside it fails nothing.
      warn("what the task leaves beside its result stays until 'cache gc': \(error)")
    }
  }

  private func provenance(of order: TaskOrder, since started: Double) -> Manifest.Provenance {
    Manifest.Provenance(
      address: order.address, host: Posix.hostName, process: Posix.processIdentifier, build: build, started: started,
      seconds: Date().timeIntervalSince1970 - started, log: order.log, memory: Posix.peakMemory())
  }

  /// Says that a rung that was measured anew came to something else.
  private func warnOfAnother(_ rung: Rung, than old: Rung) {
    func words(_ metrics: [Metric]) -> String {
      metrics.map { "\($0.name) \($0.value.map { "\($0)" } ?? "n/a")" }.joined(separator: ", ")
    }
    warn("measured anew at step \(rung.step): \(words(rung.metrics)); on record was \(words(old.metrics))")
  }

  private func warn(_ line: String) {
    print("warning: \(line)")
    say(.warning(line))
  }

  private func context(
    of order: TaskOrder, _ outside: OutsideData, _ publication: Publication, _ trajectory: TrajectoryCheckpoints?,
    _ draft: TaskDraft
  ) -> StageContext {
    StageContext(
      seed: order.key.seed, threads: order.threads, outside: outside,
      write: { try publication.write($0, $1) },
      report: { [self] share, words in say(.progress(share: share, words: words)) },
      log: { [self] line, isWarning in if isWarning { warn(line) } else { print(line) } },
      checkpoints: trajectory?.checkpoints(
        every: order.checkpointInterval, mustStop: { [self] in state.withLock { $0.mustStop } },
        onResume: { [self] step in say(.resumed(step: step)) }, pausingAt: order.rung?.step,
        renewsRung: order.rung?.isRenewed ?? false, onReplaced: { [self] old, new in warnOfAnother(new, than: old) },
        validate: { [self] in try checkOutside(order, outside, publication, draft) }) ?? Checkpoints(),
      scratch: { try Store(at: FilePath(order.store), create: false).makeWorkFolder() },
      draft: { try draft.folder() })
  }

  /// - Throws: `TaskFailure` where the data is not what the key says, before anything of it is read.
  private func outsideData(of order: TaskOrder, in store: Store) throws -> OutsideData {
    let memo = DigestMemo(in: store)
    let outside = OutsideData(
      folder: FilePath(order.folder), root: order.dataRoot.map { FilePath($0) }, digest: { try memo.digest(of: $0) })
    guard let name = try changedData(order, outside) else { return outside }
    throw TaskFailure(
      code: .badData, message: "the data behind '\(name)' changed since the task was planned; run again",
      phase: "read")
  }

  /// The parameter behind which outside data is no longer what the key says; nil where all is.
  private func changedData(_ order: TaskOrder, _ outside: OutsideData) throws -> String? {
    try runner.outside(of: order, outside).filter { order.key.parameters[$0.key] != $0.value }.keys.min()
  }

  /// Outside data may have changed while the task ran: then neither its outputs nor its draft are what the key says.
  private func checkOutside(
    _ order: TaskOrder, _ outside: OutsideData, _ publication: Publication, _ draft: TaskDraft
  ) throws {
    guard let name = try changedData(order, outside) else { return }
    publication.abandon()
    do { try draft.remove() } catch { warn("what the task began stays, '--force' it: \(error)") }
    throw TaskFailure(
      code: .badData, message: "the data behind '\(name)' changed while the task ran; run again", phase: "publish")
  }

  private static func failure(_ error: any Error) -> TaskFailure {
    switch error {
    case let failure as TaskFailure: failure
    case let error as SystemError: TaskFailure(error, phase: "publish")
    case let error as ArrayStoreError where error.code == .inputOutput:
      TaskFailure(code: .environment, message: "cannot write or read \(error)", phase: "publish")
    case let error as StoreError: TaskFailure(code: .store, message: error.message)
    default: TaskFailure(code: .internalError, message: "\(error)")
    }
  }
}
