import Fingerprints
import Foundation
import Recipes
import Testing

@testable import Pipeline

/// Runs as `status`, `logs`, `diff` and `table --run` find and compare them.
@Suite struct RunInspectionTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func begin(
    _ name: String = "e", _ variant: String? = nil, started: Double = 1000, host: String = Posix.hostName,
    process: Int32 = Posix.processIdentifier, began: String? = Posix.startTime(of: Posix.processIdentifier)
  ) throws -> RunWriter {
    try RunWriter(
      in: store,
      .init(
        experiment: "\(name).yaml", name: name, variant: variant, overrides: [], recipe: "", version: "0.1",
        started: started, host: host, process: process, began: began))
  }

  @Test func `a run without an end is running while its process lives, and was killed when it does not`() throws {
    #expect(try store.run(begin().id).condition == .running)
    #expect(try store.run(begin(began: nil).id).condition == .running)
    #expect(try store.run(begin(began: "1").id).condition == .killed)
    #expect(try store.run(begin(process: 0x3FFFFF).id).condition == .killed)
    #expect(try store.run(begin(host: "other").id).condition == .elsewhere(host: "other"))
  }

  @Test(arguments: [
    (Int32(0), RunRecord.Condition.done), (1, .failed), (75, .stopped), (130, .stoppedAtOnce), (6, .failed),
  ])
  func `a run with an end is what its exit code says`(code: Int32, condition: RunRecord.Condition) throws {
    let writer = try begin()
    try writer.finish(exitCode: code)
    let run = try store.run(writer.id)
    #expect(run.condition == condition)
    #expect(!run.isOpen)
  }

  @Test func `a run is meant by its name, a part of it, a file or a title`() throws {
    let first = try begin("e", started: 1000).id
    let smoke = try begin("e", "smoke", started: 2000).id
    let last = try begin("e", started: 3000).id
    #expect(try store.run(meaning: first)?.id == first)
    #expect(try store.run(meaning: String(smoke.suffix(6)))?.id == smoke)
    #expect(try store.run(meaning: String(last.prefix(22)))?.id == last)
    #expect(try store.run(meaning: "some/e.yaml")?.id == last)
    #expect(try store.run(meaning: "some/e.yaml", variant: "smoke")?.id == smoke)
    #expect(try store.run(meaning: "e.smoke")?.id == smoke)
    #expect(try store.run(meaning: "e")?.id == last)
    #expect(try store.run(meaning: "f.yaml") == nil)
    let several = try #require(throws: StoreError.self) { try store.run(meaning: "1970") }
    #expect(several.message == "'1970' is the name of 3 runs, such as '\(first)'; write more of it")
    let none = try #require(throws: StoreError.self) { try store.run(meaning: "f") }
    #expect(none.message == "there is no run 'f' in the store '\(store.root)'; 'lightbench status' lists them")
  }

  @Test func `a task is told from the last run that knew its key, as far back as asked`() throws {
    func record(_ address: String, _ key: TaskKey?, _ variant: String? = nil, started: Double) throws {
      var task = RunRecord.Task(address, .planned, time: started)
      task.key = key
      try begin("e", variant, started: started).write(task)
    }
    try record("a", Sample.key("old"), started: 1000)
    try record("a", Sample.key("kept"), started: 2000)
    try record("a", nil, started: 3000)
    try record("a", Sample.key("other"), "smoke", started: 4000)
    let history = RunHistory(of: "e", variant: nil, in: store)
    #expect(try history.last("a", ofRuns: 1) == nil)
    #expect(try history.last("a")?.key == Sample.key("kept"))
    #expect(try history.last("a")?.started == 2000)
    #expect(try history.last("b") == nil)
  }

  private func result(_ address: String, _ key: TaskKey, _ metrics: [Metric]?) throws -> TaskResult {
    let provenance = Sample.provenance
    let manifest = try metrics.map {
      Manifest(fingerprint: try key.digest(), key: key, outputs: [:], metrics: $0, provenance: provenance)
    }
    return TaskResult(
      address: address, stage: "s", coordinate: Coordinate([]), kind: key.kind, key: key, parameters: key.parameters,
      manifest: manifest)
  }

  @Test func `two tasks differ in fields and in metrics, each better or worse by its direction`() throws {
    let old = try result(
      "a", Sample.key("k", ["steps": 1]),
      [
        Metric("f1", 0.5, better: .higher), Metric("loss", 2, better: .lower), Metric("count", 3), Metric("same", 1),
        Metric("gone", 4, better: .higher), Metric("none", nil, better: .higher),
      ])
    let new = try result(
      "b", Sample.key("k", ["steps": 2]),
      [
        Metric("f1", 0.75, better: .higher), Metric("loss", 3, better: .lower), Metric("count", 5), Metric("same", 1),
        Metric("none", 1, better: .higher),
      ])
    let difference = TaskDifference(old, new)
    #expect(difference.changes.map(\.words) == ["steps 1 -> 2"])
    #expect(difference.metrics.map(\.name) == ["f1", "loss", "count", "none", "gone"])
    #expect(difference.metrics.map(\.difference) == [0.25, 1, 2, nil, nil])
    #expect(difference.metrics.map(\.isBetter) == [true, false, nil, nil, nil])
    #expect(TaskDifference(old, old).isEmpty)
    #expect(try TaskDifference(old, result("b", Sample.key("k", ["steps": 2]), nil)).metrics.isEmpty)
  }

  @Test func `runs are compared task by task of equal address`() throws {
    let key = Sample.key("k")
    let old = try [result("a", key, []), result("b", key, []), result("c", key, [])]
    let new = try [result("b", key, []), result("c", Sample.key("k", ["x": 1]), []), result("d", key, [])]
    let difference = RunDifference(old, new)
    #expect(difference.equal == 1)
    #expect(difference.tasks.map(\.new.address) == ["c"])
    #expect(difference.onlyOld == ["a"])
    #expect(difference.onlyNew == ["d"])
  }

  @Test func `what a run published is found though nobody knows its recipe`() throws {
    let published = try Sample.publish(in: store).manifest
    let writer = try begin()
    var task = RunRecord.Task("train[marker=a,mask=0.5]", .published, time: 1)
    task.stage = "train"
    task.fingerprint = published.fingerprint
    try writer.write(task)
    let results = try store.results(of: store.run(writer.id))
    #expect(results.first?.coordinate == Coordinate([("marker", "a"), ("mask", "0.5")]))
    #expect(results.first?.stage == "train")
    #expect(results.first?.kind == "test.constant")
    #expect(results.first?.manifest?.metrics.first?.name == "length")
    try TemporaryOutputs(in: store).drop(published)
    #expect(try store.lookup(published.fingerprint) == nil)
    #expect(try store.results(of: store.run(writer.id)).first?.manifest?.metrics == published.metrics)
    let taken = RunRecord.Task("sweep/best[geometry=small]", .cached, time: 1)
    #expect(taken.addressedStage == "sweep/best")
    #expect(taken.coordinate == Coordinate([("geometry", "small")]))
    #expect(RunRecord.Task("matrix", .cached, time: 1).coordinate == Coordinate([]))
  }
}
