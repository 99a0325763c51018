import Fingerprints
import Foundation
import SystemPackage
import Testing

@testable import Pipeline

@Suite struct RunRecordTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func begin(_ name: String = "e", _ variant: String? = nil, started: Double = 1000) throws -> RunWriter {
    try RunWriter(
      in: store,
      .init(
        experiment: "experiments/\(name).yaml", name: name, variant: variant, overrides: ["a=1"],
        recipe: "lightbench: 1\n",
        version: "0.1", started: started, host: "h", process: 1))
  }

  private func write(
    _ writer: RunWriter, _ address: String, _ state: RunRecord.State,
    _ change: (inout RunRecord.Task) -> Void = { _ in }
  ) throws {
    var task = RunRecord.Task(address, state, time: 1001)
    change(&task)
    try writer.write(task)
  }

  @Test func `the lines of a task are merged, later ones over earlier ones`() throws {
    let writer = try begin()
    try write(writer, "a", .planned) { $0.planKey = Digest.of("p") }
    try write(writer, "b", .planned)
    try write(writer, "a", .started) { $0.fingerprint = Digest.of("f") }
    try write(writer, "a", .resumed) { $0.step = 12 }
    try write(writer, "a", .published) { $0.seconds = 3 }
    try write(writer, "b", .failed) { $0.failure = TaskFailure(code: .died, message: "m", phase: "publish") }
    try writer.finish(exitCode: 1)
    let run = try store.run(writer.id)
    #expect(run.tasks.map(\.address) == ["a", "b"])
    #expect(run["a"]?.state == .published)
    #expect(run["a"]?.planKey == Digest.of("p"))
    #expect(run["a"]?.fingerprint == Digest.of("f"))
    #expect(run["a"]?.step == 12)
    #expect(run["b"]?.failure?.code == .died)
    #expect(run["b"]?.failure?.phase == "publish")
    #expect(run.end?.exitCode == 1)
    #expect(run.header.overrides == ["a=1"])
  }

  @Test func `what was chosen of the tasks is kept, and a record from before that is read`() throws {
    let header = RunRecord.Header(
      experiment: "e.yaml", name: "e", variant: nil, overrides: [], recipe: "", version: "0.1", started: 1000,
      host: "h", process: 1, choice: .init(only: ["a[m=b|c]"], until: ["d"], tasks: 9, profile: "p"))
    let found = try store.run(try RunWriter(in: store, header).id).header
    #expect(found.choice == header.choice)
    #expect(found.choice?.words == ["--only", "a[m=b|c]", "--until", "d"])
    let old =
      #"{"header":{"_0":{"experiment":"e.yaml","name":"e","overrides":[],"recipe":"","version":"0.1","#
      + #""started":1000,"host":"h","process":1}}}"#
    try Posix.write(Array((old + "\n").utf8), to: store.root.appending("runs").appending("x.jsonl"))
    #expect(try store.run("x").header.choice == nil)
  }

  @Test func `a last line that was cut off is left out`() throws {
    let writer = try begin()
    try write(writer, "a", .planned)
    try Posix.append(Array(#"{"task":{"_0":{"addr"#.utf8), to: writer.path)
    let run = try store.run(writer.id)
    #expect(run["a"]?.state == .planned)
    #expect(run.end == nil)
  }

  @Test func `a line that was torn and went on with the next one is left out`() throws {
    let writer = try begin()
    try write(writer, "a", .planned)
    try Posix.append(Array(#"{"task":{"_0":{"addr"#.utf8), to: writer.path)
    try write(writer, "a", .started)
    try write(writer, "b", .planned)
    try writer.finish(exitCode: 6)
    let run = try store.run(writer.id)
    #expect(run["a"]?.state == .planned)
    #expect(run["b"]?.state == .planned)
    #expect(run.end?.exitCode == 6)
  }

  @Test func `a wrong first line is an error that names it`() throws {
    let path = store.root.appending("runs").appending("x.jsonl")
    try Posix.write(Array("nonsense\n".utf8), to: path)
    let error = try #require(throws: StoreError.self) { try store.run("x") }
    #expect(error.message.hasPrefix("line 1 of the run record '\(path)' cannot be read"))
  }

  @Test func `a run covers another of the same name, variant and overrides, if it is done and not too old`() throws {
    let writer = try begin("e", "smoke", started: 1000)
    let header = try #require(try store.header(of: writer.id))
    #expect(try !store.hasRun(covering: header, using: [], since: 1000))
    try write(writer, "a", .cached)
    try writer.finish(exitCode: 0)
    #expect(try store.hasRun(covering: header, using: [], since: 1000))
    #expect(try !store.hasRun(covering: header, using: [], since: 1001))
    let changes: [(inout RunRecord.Header) -> Void] = [{ $0.name = "f" }, { $0.variant = nil }, { $0.overrides = [] }]
    for change in changes {
      var other = header
      change(&other)
      #expect(try !store.hasRun(covering: other, using: [], since: 1000))
    }
    let failed = try begin("g", started: 1000)
    try failed.finish(exitCode: 1)
    #expect(try !store.hasRun(covering: #require(try store.header(of: failed.id)), using: [], since: 1000))
  }

  @Test func `a run covers what it used, not what another recipe or other data make of the same words`() throws {
    let writer = try begin("e", "smoke", started: 1000)
    let header = try #require(try store.header(of: writer.id))
    try write(writer, "a", .cached) { $0.fingerprint = Digest.of("a") }
    try write(writer, "b", .planned)
    try write(writer, "b", .published) { $0.fingerprint = Digest.of("b") }
    try writer.finish(exitCode: 0)
    #expect(try store.hasRun(covering: header, using: [Digest.of("a"), Digest.of("b")], since: 1000))
    #expect(try store.hasRun(covering: header, using: [Digest.of("b")], since: 1000))
    #expect(try !store.hasRun(covering: header, using: [Digest.of("a"), Digest.of("c")], since: 1000))
  }

  @Test func `a run of a part covers the same part and not the whole, and one of the whole every part`() throws {
    func header(_ only: [String], done: Bool = true, _ name: String) throws -> RunRecord.Header {
      let header = RunRecord.Header(
        experiment: "e.yaml", name: name, variant: nil, overrides: [], recipe: "", version: "1", started: 1000,
        host: "h", process: 1, choice: .init(only: only, tasks: 2))
      if done { try RunWriter(in: store, header).finish(exitCode: 0) }
      return header
    }
    let part = try header(["a"], "part")
    #expect(try store.hasRun(covering: part, using: [], since: 0))
    #expect(try !store.hasRun(covering: header([], done: false, "part"), using: [], since: 0))
    #expect(try !store.hasRun(covering: header(["b"], done: false, "part"), using: [], since: 0))
    _ = try header([], "whole")
    #expect(try store.hasRun(covering: header(["b"], done: false, "whole"), using: [], since: 0))
  }

  @Test func `names sort by time, and the latest run of an experiment is found`() throws {
    let first = try begin("e", "smoke", started: 1000)
    let second = try begin("e", nil, started: 2000)
    let other = try begin("f", nil, started: 3000)
    #expect(try store.runs() == [first.id, second.id, other.id])
    #expect(try store.latestRun(of: "e")?.id == second.id)
    #expect(try store.latestRun(of: "e", variant: .some("smoke"))?.id == first.id)
    #expect(try store.latestRun(of: "e", variant: .some(nil))?.id == second.id)
    #expect(try store.latestRun(of: "g") == nil)
  }

  @Test func `a task takes as long as it took, else its kind's share of the estimate, else the estimate`() throws {
    let writer = try begin()
    for (address, seconds) in [("a", 1.0), ("b", 9), ("c", 3)] {
      try write(writer, address, .published) {
        $0.kind = "k"
        $0.planKey = Digest.of(address)
        $0.estimate = 2
        $0.seconds = seconds
      }
    }
    let durations = try Durations(of: store)
    #expect(durations.seconds(planKey: Digest.of("b"), kind: "k", estimate: 2) == 9)
    #expect(durations.seconds(planKey: Digest.of("new"), kind: "k", estimate: 10) == 15)
    #expect(durations.seconds(planKey: Digest.of("new"), kind: "other", estimate: 10) == 10)
  }

  @Test func `a task counts as timed by itself, or by one of its kind about as long`() throws {
    let writer = try begin()
    try write(writer, "a", .published) {
      $0.kind = "k"
      $0.planKey = Digest.of("a")
      $0.estimate = 2
      $0.seconds = 5
    }
    let durations = try Durations(of: store)
    func isTimed(_ key: String, kind: String = "k", _ estimate: Double) -> Bool {
      durations.isTimed(planKey: Digest.of(key), kind: kind, estimate: estimate)
    }
    #expect(isTimed("a", 2000))
    #expect(isTimed("new", 20) && isTimed("new", 0.2))
    #expect(!isTimed("new", 20.1) && !isTimed("new", 0.19))
    #expect(!isTimed("new", kind: "other", 2))
    func seconds(_ estimate: Double) -> Double {
      durations.seconds(planKey: Digest.of("new"), kind: "k", estimate: estimate)
    }
    #expect(seconds(20) == 50)
    #expect(seconds(1e6) == 1e6, "what a short task takes to begin is no share of days")
  }

  @Test func `what was taken up in the middle says nothing about how long a task takes`() throws {
    let writer = try begin()
    try write(writer, "a", .published) {
      $0.planKey = Digest.of("a")
      $0.step = 40
      $0.seconds = 1
    }
    #expect(try Durations(of: store).seconds(planKey: Digest.of("a"), kind: "k", estimate: 7) == 7)
  }

  @Test func `of earlier runs, no more are read than it takes`() throws {
    for (started, seconds) in [(1000.0, 5.0), (2000, 7)] {
      let writer = try begin("e", nil, started: started)
      try write(writer, "a", .published) {
        $0.planKey = Digest.of("a")
        $0.seconds = seconds
      }
    }
    let idle = try begin("e", nil, started: 3000)
    try write(idle, "a", .cached)
    // What published nothing is not even read as a record.
    try Posix.append(Array("nonsense\n".utf8), to: idle.path)
    func seconds(runs: Int = 10, enough: Int = 1000) throws -> Double {
      try Durations(of: store, runs: runs, enough: enough).seconds(planKey: Digest.of("a"), kind: "k", estimate: 1)
    }
    #expect(try seconds(enough: 1) == 7)
    #expect(try seconds(enough: 2) == 7)
    #expect(try seconds(runs: 1) == 1)
  }

  @Test func `the header is found however long it is, and only where its line has ended`() throws {
    let path = store.root.appending("runs").appending("x.jsonl")
    let header = RunRecord.Header(
      experiment: "e.yaml", name: "e", variant: nil, overrides: [], recipe: String(repeating: "é", count: 40_000),
      version: "1", started: 1, host: "h", process: 1)
    let line = try JSONLine.encode(RunLine.header(header))
    try Posix.write(Array(line.dropLast()), to: path)
    #expect(try store.header(of: "x")?.name == nil)
    try Posix.write(line, to: path)
    #expect(try store.header(of: "x")?.recipe == header.recipe)
  }
}
