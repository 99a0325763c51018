import ArrayStores
import Fingerprints
import Recipes
import Testing

@testable import Pipeline

/// Why tasks run or need not, as `explain` tells it.
@Suite struct ExplanationTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func plan(_ text: String, overrides: [String] = []) throws -> Plan {
    try Plan(try Graph.fake(text, overrides: overrides), store: store, outside: .none)
  }

  /// Publishes every task of a recipe, and keeps a record of it as a run.
  private func run(_ text: String = FakeRecipe.text, started: Double = 1000) throws {
    while true {
      let plan = try plan(text)
      let ready = plan.entries.filter { $0.key != nil && !$0.isCached }
      if ready.isEmpty { return try record(plan, started) }
      for entry in ready {
        let ports = entry.task.prepared.ports.outputs
        let publication = try Publication(in: store, of: try #require(entry.key), ports: ports)
        for port in ports {
          let number = try NDArray([Float(entry.task.index)], shape: [1])
          try publication.write(port.name, Bundle(port.type, tables: [.init("value", number)]))
        }
        var provenance = Sample.provenance
        provenance.address = entry.task.address
        _ = try publication.publish([Metric("score", 1)], provenance: provenance)
      }
    }
  }

  private func record(_ plan: Plan, _ started: Double) throws {
    let writer = try RunWriter(
      in: store,
      RunRecord.Header(
        experiment: "r.yaml", name: "r", variant: nil, overrides: [], recipe: "", version: "0.1", started: started,
        host: "h", process: 1))
    for entry in plan.entries {
      var task = RunRecord.Task(entry.task.address, .cached, time: started)
      task.key = entry.key
      try writer.write(task)
    }
    try writer.finish(exitCode: 0)
  }

  private func explain(
    _ address: String, _ text: String = FakeRecipe.text, overrides: [String] = []
  ) throws -> (explanation: Explanation, plan: Plan) {
    let plan = try plan(text, overrides: overrides)
    let index = try #require(plan.graph[address]?.index)
    let history = RunHistory(of: "r", variant: nil, in: store)
    let all = try Explanation.all(of: [index], in: plan, history: history, store: store)
    return (try #require(all.first), plan)
  }

  private func lines(_ changes: [KeyChange]) -> [String] {
    changes.map { $0.words + ($0.range.map { " at \($0)" } ?? "") }
  }

  @Test func `a changed field is told with both values and the layer that set it`() throws {
    try run()
    let file = try explain("train[marker=a]", FakeRecipe.changed("steps: 20", "steps: 40")).explanation
    #expect(lines(file.changes) == ["steps 20 -> 40 at r.yaml:19:19"])
    let option = try explain("train[marker=a]", overrides: ["train[marker=a].rate=0.25"]).explanation
    #expect(lines(option.changes) == ["rate 0.5 -> 0.25 at -S:1:22"])
    let vary = FakeRecipe.changed("rate: 0.5}", "rate: 0.5}\n    vary: {\"[marker=a]\": {steps: 7}}")
    #expect(lines(try explain("train[marker=a]", vary).explanation.changes) == ["steps 20 -> 7 at r.yaml:20:34"])
    #expect(lines(try explain("train[marker=b]", vary).explanation.changes).isEmpty)
    guard case .run(_, started: 1000) = option.basis else {
      Issue.record("compared with \(option.basis)")
      return
    }
  }

  @Test func `a cached task is told field by field, defaults without a place`() throws {
    try run()
    let text = FakeRecipe.changed(", rate: 0.5", "")
    try run(text, started: 2000)
    let explanation = try explain("train[marker=b]", text).explanation
    #expect(explanation.entry.isCached)
    #expect(explanation.changes.isEmpty)
    let fields = explanation.fields.map { "\($0.name) \($0.value) \($0.range?.description ?? "-")" }
    #expect(fields.first == "kind fake.train r.yaml:16:10")
    #expect(fields.contains("steps 20 r.yaml:19:19"))
    #expect(fields.contains { $0.hasPrefix("rate ") && $0.hasSuffix(" -") })
    #expect(fields.contains { $0.hasPrefix("seed ") && $0.hasSuffix(" r.yaml:3:7") })
    #expect(fields.suffix(1) == ["engine numerics 1 -"])
    #expect(explanation.inputs.map(\.name) == ["train", "validation"])
    #expect(explanation.inputs.allSatisfy { $0.digest != nil })
  }

  @Test func `without a run the nearest result of the kind is compared with`() throws {
    try run()
    let text = FakeRecipe.changed("  train:", "  learn:").replacing("train.model", with: "learn.model")
      .replacing("rate: 0.5", with: "rate: 0.25")
    let explanation = try explain("learn[marker=b]", text).explanation
    #expect(explanation.basis == .nearest("train[marker=b]", started: 0))
    #expect(lines(explanation.changes) == ["rate 0.5 -> 0.25 at r.yaml:19:29"])
  }

  @Test func `in an empty store there is nothing to compare with`() throws {
    #expect(try explain("make[marker=a]").explanation.basis == .nothing)
  }

  @Test func `the reason of an input is told down to the root`() throws {
    try run()
    let (explanation, plan) = try explain("matrix", overrides: ["make[marker=a].size=9"])
    func told(_ causes: [Explanation.Cause], _ depth: Int = 0) -> [String] {
      causes.flatMap { cause in
        ["\(depth) \(cause.port) \(cause.count) \(plan.entries[cause.producer].task.address)"]
          + told(cause.causes, depth + 1)
      }
    }
    #expect(
      told(explanation.causes) == [
        "0 metrics 3 score[model=a,test=a]", "1 model 1 train[marker=a]", "2 train 1 split[marker=a]",
        "3 whole 1 make[marker=a]", "2 validation 1 split[marker=a]", "1 on 1 split[marker=a]",
      ])
    #expect(explanation.roots.map { plan.entries[$0].task.address } == ["make[marker=a]"])
    #expect(explanation.inputs.count { $0.digest == nil } == 3)
    #expect(explanation.changes.isEmpty)
  }

  @Test func `values from outside of the recipe are labelled`() {
    #expect(
      KeyChange("manifest.files[2].digest", old: "0011aabb", new: "ccdd2233", isOutside: true).words
        == "manifest.files[2].digest 0011aabb -> ccdd2233 (outside data)")
  }

  @Test func `lists of mappings are compared entry by entry, digests by their first digits`() {
    func key(_ digest: Digest) -> TaskKey {
      let file: CanonicalValue = ["digest": .bytes(digest.bytes), "box": [1, 2]]
      return Sample.key("k", ["manifest": ["files": .list([file, ["box": [3, 4], "digest": 1]])]])
    }
    let old = key(Digest.of("a"))
    let new = key(Digest.of("b"))
    let changes = new.changes(since: old)
    #expect(changes.map(\.field) == ["manifest.files[0].digest"])
    #expect(changes.first?.old == Digest.of("a").short)
    #expect(changes.first?.new == Digest.of("b").short)
  }

  @Test func `swapped inputs are told as moved, and gathered ones by their labels`() {
    func key(_ parts: [String], labels: [[String: String]] = [[:], [:]]) -> TaskKey {
      var key = Sample.key("k")
      key.inputs = zip(parts, labels).enumerated().map {
        .init(port: "parts", place: $0, digest: Digest.of($1.0), labels: $1.1)
      }
      return key
    }
    #expect(
      key(["b", "a"]).changes(since: key(["a", "b"])).map(\.field) == ["input parts 1", "input parts 2"])
    let cells: [[String: String]] = [["row": "x", "column": "c"], ["row": "y", "column": "c"]]
    let moved = key(["b", "a"], labels: cells.reversed()).changes(since: key(["a", "b"], labels: cells))
    #expect(
      moved.map(\.words) == [
        "input parts[row=y,column=c] place 2 -> place 1", "input parts[row=x,column=c] place 1 -> place 2",
      ])
  }

  @Test func `an axis that makes no difference is warned of, with what to do`() throws {
    let warnings = try plan(FakeRecipe.text).warnings
    #expect(
      warnings.map { $0.rendered(in: ["r.yaml": FakeRecipe.text]) } == [
        """
        r.yaml:24:3: warning[W216]: 'blind' runs over 'test' but reads it nowhere: its tasks are the same work
           24 |   blind:
              |   ^^^^^ use '$test', or take 'test' out of 'over'
        """
      ])
    #expect(try plan(FakeRecipe.changed("with: {size: 3}", "with: {name: $test, size: 3}")).warnings.isEmpty)
  }
}
