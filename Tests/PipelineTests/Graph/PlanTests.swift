import ArrayStores
import Fingerprints
import Recipes
import Testing

@testable import Pipeline

/// A graph held against a store that fake tasks have published into.
@Suite struct PlanTests {
  let temporary: TemporaryStore
  var store: Store { temporary.store }

  init() throws { temporary = try TemporaryStore() }

  private func plan(
    _ text: String = FakeRecipe.text, previous: Plan? = nil, forced: Set<Int> = [],
    registry: StageRegistry = Fake.registry
  ) throws -> Plan {
    let keys = previous.map { plan in
      Dictionary(plan.entries.map { ($0.task.address, $0.key) }, uniquingKeysWith: { first, _ in first })
    }
    return try Plan(
      try Graph.fake(text, registry: registry), store: store, outside: .none,
      previous: { keys?[$0] ?? nil }, forced: forced)
  }

  /// Publishes tasks, whose outputs are numbers made of `value`, until the plan has no other left to run.
  @discardableResult
  private func run(
    _ text: String = FakeRecipe.text, only stages: Set<String>? = nil, value: (Plan.Entry) -> Float = { _ in 1 }
  ) throws -> Plan {
    while true {
      let plan = try plan(text)
      let ready = plan.entries.filter { $0.key != nil && !$0.isCached && stages?.contains($0.task.stage) ?? true }
      if ready.isEmpty { return plan }
      for entry in ready { try publish(entry, value(entry)) }
    }
  }

  private func publish(_ entry: Plan.Entry, _ value: Float) throws {
    let ports = entry.task.prepared.ports.outputs
    let publication = try Publication(in: store, of: try #require(entry.key), ports: ports)
    for port in ports {
      let number = try NDArray([value, Float(entry.task.index)], shape: [2])
      try publication.write(
        port.name, Bundle(port.type, facts: ["port": .text(port.name)], tables: [.init("value", number)]))
    }
    _ = try publication.publish([Metric("score", Double(value))], provenance: Sample.provenance)
  }

  /// `address: state, reason at place, resumes at`.
  private func lines(_ plan: Plan) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: plan.entries.map { entry in
        let state =
          switch entry.state {
          case .cached: "cached"
          case .run: "run"
          case .maybe: "maybe"
          case .stopped(let stopping): "stopped at \(stopping.step)"
          }
        let reason = entry.reason.map { ", " + $0.words + ($0.place.map { " at \($0)" } ?? "") } ?? ""
        return (entry.task.address, state + reason + (entry.resumesAt.map { ", resumes at \($0)" } ?? ""))
      })
  }

  @Test func `in an empty store what needs nothing is new, and the rest may run because of it`() throws {
    let lines = lines(try plan())
    #expect(lines["make[marker=a]"] == "run, new")
    #expect(lines["split[marker=a]"] == "maybe, input whole <- make[marker=a]")
    #expect(lines["score[model=a,test=b]"] == "maybe, input model <- train[marker=a]")
    #expect(lines["matrix"] == "maybe, input metrics <- score[model=a,test=a]")
  }

  @Test func `while a stage is not decided, results of it and of what needs it stay in sight`() throws {
    let text = FakeRecipe.text
      .replacing("use: fake.train\n", with: "use: fake.climb\n")
      .replacing("in: {train: split.low, validation: split.high}", with: "in: {data: split.low}")
    try run(text)
    let halved = text.replacing(
      "use: fake.climb\n", with: "use: fake.climb\n    stop: {rule: halving, metric: loss, eta: 2, min: 5}\n")
    let open = try plan(halved)
    let seen = Dictionary(uniqueKeysWithValues: open.entries.map { ($0.task.address, $0) })
    for address in ["train[marker=a]", "score[model=a,test=b]"] {
      #expect(seen[address]?.isPending == true && seen[address]?.manifest != nil)
    }
    let told = lines(open)
    #expect(told["train[marker=a]"] == "run, not measured at step 5, where its stage is halved")
    #expect(told["score[model=a,test=b]"] == "maybe, input model <- train[marker=a]")
    // It shows later what a table gathers.
    #expect(seen["matrix"]?.isPending == true && seen["matrix"]?.manifest == nil)
    // One is measured, and the other never will be.
    let entry = try #require(seen["train[marker=b]"])
    let trajectory = try #require(entry.task.prepared.trajectory)
    let key = try #require(entry.key)
    _ = try store.keep(
      Rung(
        trajectory: trajectory.digest(of: key, at: 5), key: key, step: 5,
        metrics: [Metric("loss", 1, better: .lower)]))
    let later = try plan(halved)
    #expect(lines(later)["train[marker=b]"] == "maybe, at step 5, where the best 1 of 2 go on")
    #expect(later.entries.filter { $0.task.stage == "train" }.allSatisfy { $0.manifest != nil })
    // Two trainings of 20 steps: one goes to step 5, and who is left has a result.
    let cost = try #require(later.halvingCosts { _ in 20 }.first)
    #expect(cost.least == 5 && cost.most == 5)
  }

  @Test func `what was published is cached, and the whole experiment with it`() throws {
    try run(only: ["make"])
    #expect(lines(try plan())["make[marker=a]"] == "cached")
    #expect(lines(try plan())["split[marker=a]"] == "run, new")
    #expect(try run().pending.isEmpty)
    #expect(
      try plan(FakeRecipe.changed("train:\n    use", "learn:\n    use").replacing("train.model", with: "learn.model"))
        .pending.isEmpty)
  }

  @Test func `a changed parameter is named with both values and its place`() throws {
    let before = try run()
    let lines = lines(try plan(FakeRecipe.changed("steps: 20", "steps: 40"), previous: before))
    #expect(lines["make[marker=a]"] == "cached")
    #expect(lines["train[marker=a]"] == "run, steps 20 -> 40 at r.yaml:19:19")
    #expect(lines["score[model=b,test=a]"] == "maybe, input model <- train[marker=b]")
    #expect(lines["blind[test=a]"] == "cached")
  }

  @Test func `an upstream task that ran again to the same bytes triggers nothing`() throws {
    try run()
    let text = FakeRecipe.changed("rate: 0.5", "rate: 0.25")
    #expect(try plan(text).pending.map(\.task.stage).contains("matrix"))
    try run(text, only: ["train"])
    #expect(try plan(text).pending.isEmpty)
  }

  @Test func `an input of other content is named with its producer`() throws {
    let before = try run()
    let text = FakeRecipe.changed("rate: 0.5", "rate: 0.25")
    try run(text, only: ["train"]) { _ in 2 }
    let entry = try #require(
      try plan(text, previous: before).entries.first { $0.task.address == "score[model=a,test=b]" })
    guard case .changed(let changes)? = entry.reason else {
      Issue.record("\(String(describing: entry.reason))")
      return
    }
    #expect(changes.map(\.field) == ["input model"])
    let old = try #require(before.entries.first { $0.task.address == "train[marker=a]" }).output("model")
    #expect(changes.first?.old == String(old.hex.prefix(8)))
    #expect(changes.first?.new?.hasSuffix(" (train[marker=a])") == true)
  }

  @Test func `a result that is gone is missing, and a forced task runs though it is there`() throws {
    let before = try run()
    let gone = try #require(before.entries.first { $0.task.address == "train[marker=b]" })
    try Posix.remove(store.actionFile(try #require(gone.key).digest()))
    #expect(lines(try plan(previous: before))["train[marker=b]"] == "run, no result yet")
    let forced = lines(try plan(previous: before, forced: [0]))
    #expect(forced["make[marker=a]"] == "run, forced")
    #expect(forced["split[marker=a]"] == "maybe, input whole <- make[marker=a]")
    #expect(forced["train[marker=a]"] == "maybe, input train <- split[marker=a]")
  }

  @Test func `a new engine and a new seed are reasons`() throws {
    let before = try run()
    #expect(
      lines(try plan(previous: before, registry: Fake.registry(numerics: 2)))["make[marker=a]"]
        == "run, engine numerics 1 -> 2")
    let seeded = try #require(
      lines(try plan(FakeRecipe.changed("seed: 7", "seed: 8"), previous: before))["make[marker=a]"])
    #expect(seeded.hasPrefix("run, seed "))
  }

  @Test func `a new engine is told once, with all that it costs`() throws {
    let before = try run()
    let numerics = try #require(try plan(previous: before, registry: Fake.registry(numerics: 2)).newNumerics)
    #expect(numerics.old == "1" && numerics.new == "2")
    #expect(numerics.entries.count == before.entries.count)
    #expect(try plan(previous: before).newNumerics == nil)
    let changed = try plan(FakeRecipe.changed("seed: 7", "seed: 8"), previous: before)
    #expect(changed.newNumerics == nil)
  }

  @Test func `temporary outputs that are gone are computed again only where somebody reads them`() throws {
    let text = FakeRecipe.text.replacing("in: {whole: make.out}", with: "in: {whole: make.out}\n    keep: temp")
    let before = try run(text)
    let dropped = TemporaryOutputs(in: store)
    for entry in before.entries where entry.task.keep == .temp { try dropped.drop(try #require(entry.manifest)) }
    let found = try store.verifyAll()
    #expect(found.damaged.isEmpty && found.incomplete.isEmpty)
    #expect(try plan(text).pending.isEmpty)

    let changed = text.replacing("rate: 0.5", with: "rate: 0.25")
    let lines = lines(try plan(changed, previous: before))
    #expect(lines["split[marker=a]"]?.hasPrefix("run, temporary outputs are gone, read by ") == true)
    #expect(lines["make[marker=a]"] == "cached")
    #expect(lines["train[marker=a]"]?.hasPrefix("run, rate 0.5 -> 0.25") == true)

    // Without `keep: temp` a row without objects is a miss.
    #expect(self.lines(try plan(previous: before))["split[marker=a]"] == "run, no result yet")
    // Computed again, everything is as it was.
    let again = try run(changed)
    #expect(again.pending.isEmpty)
    #expect(again.entries.allSatisfy { !$0.isDropped })
  }

  @Test(arguments: [(steps: 40, step: 16, resumesAt: 16), (40, 10, 10), (10, 8, 8), (10, 10, nil)])
  func `a training of another length resumes where both take the same steps`(
    steps: Int, step: Int, resumesAt: Int?
  ) throws {
    try run(only: ["make", "split"])
    let entry = try #require(try plan().entries.first { $0.task.address == "train[marker=a]" })
    let checkpoints = try TrajectoryCheckpoints(
      in: store, key: try #require(entry.key), trajectory: try #require(entry.task.prepared.trajectory))
    try checkpoints.save(step, Bundle(ArtifactType("checkpoint"), facts: ["step": .integer(Int64(step))]))
    #expect(try plan().entries.first { $0.task.address == "train[marker=a]" }?.resumesAt == step)
    let other = try plan(FakeRecipe.changed("steps: 20", "steps: \(steps)"))
    #expect(other.entries.first { $0.task.address == "train[marker=a]" }?.resumesAt == resumesAt)
    // Other parameters are another training.
    let rate = try plan(FakeRecipe.changed("rate: 0.5", "rate: 0.25"))
    #expect(rate.entries.first { $0.task.address == "train[marker=a]" }?.resumesAt == nil)
  }
}
