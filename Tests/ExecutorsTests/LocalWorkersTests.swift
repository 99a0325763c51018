import Fingerprints
import Foundation
import Pipeline
import Synchronization
import SystemPackage
import Testing

@testable import Executors

@Suite(.timeLimit(.minutes(1))) struct LocalWorkersTests {
  let folder: FilePath
  let store: Store

  init() throws {
    folder = FilePath(FileManager.default.temporaryDirectory.path).appending("lightbench-tests-\(UUID().uuidString)")
    store = try Store(at: folder)
  }

  // MARK: - Support

  private static let program = FilePath(Foundation.Bundle.module.bundlePath).removingLastComponent()
    .appending("lightbench-test-worker")

  private func pool(_ variables: [String: String] = [:]) -> LocalWorkers {
    LocalWorkers(Self.program, [], environment: ProcessInfo.processInfo.environment.merging(variables) { $1 })
  }

  private func order(_ kind: String, _ text: String = "abc", timeLimit: Double? = nil) -> TaskOrder {
    let key = TaskKey(
      kind: kind, revision: 1, parameters: kind == "test.train" ? ["steps": .text(text)] : ["text": .text(text)],
      inputs: [],
      seed: 7, numerics: 1)
    return TaskOrder(
      address: kind, kind: kind, parameters: text, key: key, inputs: [:], folder: "/", dataRoot: nil,
      store: store.root.string, threads: 1, timeLimit: timeLimit, checkpointInterval: 3600,
      log: folder.appending("runs").appending("logs").appending(kind + ".log").string)
  }

  private func failure(_ pool: LocalWorkers, _ order: TaskOrder) async -> TaskFailure? {
    await #expect(throws: TaskFailure.self) { try await pool.execute(order) { _ in } }
  }

  private func log(_ order: TaskOrder) throws -> String { try String(contentsOfFile: order.log, encoding: .utf8) }

  /// Waits for a process to be gone.
  private func end(of process: Int32) async throws {
    while kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
  }

  // MARK: - Tests

  @Test func `one worker does many tasks and their outputs are in the store`() async throws {
    let pool = pool()
    for text in ["a", "b", "c"] {
      let manifest = try await pool.execute(order("test.constant", text)) { _ in }
      #expect(try store.lookup(manifest.fingerprint)?.metrics == [Metric("length", 1)])
    }
    #expect(pool.started == 1)
    await pool.stop(gently: true)
  }

  @Test func `events arrive in their order`() async throws {
    let pool = pool()
    let events = Mutex<[String]>([])
    _ = try await pool.execute(order("test.slow")) { event in
      switch event {
      case .started: events.withLock { $0.append("started") }
      case .progress(_, let words): events.withLock { $0.append(words) }
      default: break
      }
    }
    #expect(events.withLock { $0 } == ["started", "half way"])
    await pool.stop(gently: true)
  }

  @Test(arguments: [
    ("test.trap", "the worker was killed by signal", TaskFailure.Code.died),
    ("test.kill", "the worker was killed by signal 9 (SIGKILL)", .killed),
    ("test.exit", "the worker ended with status 3", .died),
  ])
  func `a worker that dies costs one task, and its log says why`(
    kind: String, words: String, code: TaskFailure.Code
  ) async throws {
    let pool = pool(["SWIFT_BACKTRACE": "enable=no"])
    let found = await failure(pool, order(kind))
    #expect(found?.code == code)
    #expect(found?.message.hasPrefix(words) == true, "\(String(describing: found))")
    #expect(try log(order(kind)).contains("this is the log of \(kind)"))
    if kind == "test.trap" { #expect(try log(order(kind)).contains("Index out of range")) }
    _ = try await pool.execute(order("test.constant")) { _ in }
    #expect(pool.started == 2)
    await pool.stop(gently: true)
  }

  @Test(arguments: [("test.full", TaskFailure.Code.environment), ("test.greedy", .outOfMemory)])
  func `the machine's faults are told apart from those of the task`(kind: String, code: TaskFailure.Code) async throws {
    let pool = pool()
    #expect(await failure(pool, order(kind))?.code == code)
    await pool.stop(gently: true)
  }

  @Test func `a death for want of memory is told apart from any other kill`() {
    let killed = Posix.Ending.signalled(SIGKILL)
    #expect(WorkerProcess.death(killed, isOutOfMemory: true).code == .outOfMemory)
    #expect(WorkerProcess.death(killed, isOutOfMemory: false).code == .killed)
    #expect(WorkerProcess.death(.signalled(SIGSEGV), isOutOfMemory: true).code == .died)
  }

  @Test func `a task goes to the worker that has loaded its inputs`() async throws {
    let pool = pool()
    func order(_ text: String, loads name: String) throws -> TaskOrder {
      var order = self.order("test.where", text)
      order.inputs = ["in": [InputArtifact(type: ArtifactType("value"), digest: Digest.of(name))]]
      return order
    }
    func process(_ text: String, loads name: String) async throws -> Int32 {
      let heard = Mutex<Int32>(0)
      _ = try await pool.execute(try order(text, loads: name)) { event in
        if case .started(let process) = event { heard.withLock { $0 = process } }
      }
      return heard.withLock { $0 }
    }
    async let one = process("1", loads: "a")
    async let two = process("2", loads: "b")
    let (first, second) = try await (one, two)
    #expect(first != second)
    for text in ["3", "4"] {
      #expect(try await process(text, loads: "a") == first)
      #expect(try await process(text + "b", loads: "b") == second)
    }
    await pool.stop(gently: true)
  }

  @Test func `a task past its time limit is killed, and the next gets a fresh worker`() async throws {
    let pool = pool()
    let found = await failure(pool, order("test.hang", timeLimit: 0.3))
    #expect(found?.code == .timedOut)
    #expect(found?.message == "ran past its time limit of 0.3 s and was killed")
    _ = try await pool.execute(order("test.constant", timeLimit: 30)) { _ in }
    #expect(pool.started == 2)
    await pool.stop(gently: true)
  }

  @Test func `a failure of the stage keeps the worker`() async throws {
    let pool = pool()
    let found = await failure(pool, order("test.fail"))
    #expect(found?.code == .badData)
    #expect(found?.message == "no such thing as 'abc'")
    _ = try await pool.execute(order("test.constant")) { _ in }
    #expect(pool.started == 1)
    await pool.stop(gently: true)
  }

  @Test func `stopped gently, a training ends after a checkpoint and resumes to the same bytes`() async throws {
    let pool = pool()
    let begun = Mutex(false)
    async let failed = #expect(throws: TaskFailure.self) {
      try await pool.execute(order("test.train", "40")) { event in
        if case .progress = event { begun.withLock { $0 = true } }
      }
    }
    while !begun.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
    await pool.stop(gently: true)
    #expect(await failed?.code == .stopped)

    let again = self.pool()
    let resumed = Mutex<Int?>(nil)
    let manifest = try await again.execute(order("test.train", "40")) { event in
      if case .resumed(let step) = event { resumed.withLock { $0 = step } }
    }
    #expect(try #require(resumed.withLock { $0 }) > 0)
    #expect(manifest.metrics == [Metric("sum", 820)])
    await again.stop(gently: true)
  }

  @Test(arguments: [true, false])
  func `stopped, a task without checkpoints ends at once`(gently: Bool) async throws {
    let pool = pool()
    let worker = Mutex<Int32>(0)
    async let failed = #expect(throws: TaskFailure.self) {
      try await pool.execute(order("test.hang")) { event in
        if case .started(let process) = event { worker.withLock { $0 = process } }
      }
    }
    while worker.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
    await pool.stop(gently: gently)
    #expect(await failed?.code == .stopped)
    try await end(of: worker.withLock { $0 })
    #expect(await failure(pool, order("test.constant"))?.code == .stopped)
  }

  @Test func `a process that has ended is not killed by its number, which may be another's`() async throws {
    let running = try WorkerProcess("/bin/sleep", ["300"], [:])
    #expect(running.kill())
    for worker in [running, try WorkerProcess("/bin/true", [], [:])] {
      await worker.ended()
      #expect(!worker.kill())
    }
  }

  @Test func `a program that cannot be started is a failure of the task`() async throws {
    let pool = LocalWorkers("/no/such/program", [], environment: [:])
    let found = await failure(pool, order("test.constant"))
    #expect(found?.message == "a worker cannot be started: cannot start '/no/such/program': no such file or directory")
  }

  @Test func `a schedule goes on when workers die, and tells what failed`() async throws {
    let kinds = ["test.constant", "test.trap", "test.kill", "test.hang", "test.slow"]
    let tasks = kinds.enumerated().map { index, kind in
      let order = order(kind, timeLimit: kind == "test.hang" ? 0.3 : nil)
      return ScheduledTask(index: index, address: kind, dependencies: []) { _, _ in .order(order) }
    }
    let pool = pool(["SWIFT_BACKTRACE": "enable=no"])
    let scheduler = Scheduler(pool, resources: .init(cores: 2, memory: 8 << 30), store: store)
    let outcome = await scheduler.run(tasks)
    await pool.stop(gently: true)
    #expect(outcome.failures.mapValues(\.code) == [1: .died, 2: .killed, 3: .timedOut])
    #expect(outcome.manifests.keys.sorted() == [0, 4])
    #expect(outcome.exitCode == 1)
  }

  @Test(arguments: [30, 130, 230, 330, 430])
  func `killed at any moment, a training resumes to the bytes of an undisturbed one`(milliseconds: Int) async throws {
    let variables = ["LIGHTBENCH_TEST_CHECKPOINT_STEPS": "3"]
    let order = order("test.train", "20")
    let killed = pool(variables)
    async let result = try? killed.execute(order) { _ in }
    try await Task.sleep(for: .milliseconds(milliseconds))
    await killed.stop(gently: false)
    _ = await result
    #expect(try store.verifyAll().isSound)

    let pool = pool(variables)
    let manifest = try await pool.execute(order) { _ in }
    await pool.stop(gently: true)
    #expect(manifest.metrics == [Metric("sum", 210)])
    #expect(try store.verifyAll().isSound)
    #expect(try store.rows().count == 1)
  }

  @Test func `a worker whose runner is gone ends in the middle of its task`() async throws {
    let child = try Posix.spawn(Self.program, [], environment: ProcessInfo.processInfo.environment)
    _ = Posix.send(try WorkerMessage.order(order("test.hang")).line, into: child.input)
    Posix.lines(of: child.output) { _ in Posix.closeChannel(child.input) }
    #expect(Posix.wait(for: child.process) == .exited(0))
    Posix.closeChannel(child.output)
  }
}
