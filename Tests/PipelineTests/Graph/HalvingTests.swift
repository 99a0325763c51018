import Fingerprints
import Recipes
import Testing

@testable import Pipeline

/// Who goes on, before anything runs.
@Suite struct HalvingTests {
  private func halving(_ count: Int, eta: Int, min: Int, steps: Int) throws -> Halving {
    let labels = (0..<count).map { "m\($0)" }.joined(separator: ", ")
    let graph = try Graph.fake(
      """
      lightbench: 1
      seed: 1
      axes: {marker: [\(labels)]}
      stages:
        a: {use: fake.climb, over: [marker], with: {steps: \(steps)}, stop: {rule: halving, metric: loss, eta: \(eta), min: \(min)}}
      """)
    return try #require(graph.halvings.first)
  }

  @Test(arguments: [
    (9, 3, 10, 100, [10, 30], [9, 3, 1]), (9, 3, 10, 30, [10], [9, 3]), (10, 3, 1, 1000, [1, 3, 9], [10, 4, 2, 1]),
    (4, 2, 5, 11, [5, 10], [4, 2, 1]), (2, 100, 3, 1000, [3], [2, 1]), (1, 2, 3, 100, [], [1]),
    (5, Int.max, 3, 100, [3], [5, 1]),
    (30, 12, 900_000_000_000_000_000, 1_000_000_000_000_000_000, [900_000_000_000_000_000], [30, 3]),
  ])
  func `rungs end where steps do, or one task is left`(
    count: Int, eta: Int, min: Int, steps: Int, rungs: [Int], counts: [Int]
  ) throws {
    let found = try halving(count, eta: eta, min: min, steps: steps)
    #expect(found.rungs == rungs)
    #expect(found.counts == counts)
  }

  /// The addresses of those that are stopped, the last first.
  private func stopped(_ marks: [HalvingStanding.Mark], eta: Int) throws -> [String] {
    var standing = HalvingStanding(try halving(marks.count, eta: eta, min: 1, steps: 5)) { "t\(9 - $0)" }
    let stopped = standing.advance(Dictionary(uniqueKeysWithValues: marks.enumerated().map { ($0, $1) }))
    #expect(stopped.map(\.stopping.rank) == Array((marks.count - stopped.count + 1)..<(marks.count + 1)))
    return stopped.map(\.stopping.address)
  }

  private func reached(_ value: Double?, _ better: Metric.Direction = .lower) -> HalvingStanding.Mark {
    .reached(Metric("loss", value, better: better))
  }

  @Test func `the best go on, whether less is better or more`() throws {
    // Tasks are called t9, t8, t7, t6.
    #expect(try stopped([3, 1, 4, 2].map { reached($0) }, eta: 2) == ["t9", "t7"])
    #expect(try stopped([3, 1, 4, 2].map { reached($0, .higher) }, eta: 2) == ["t6", "t8"])
  }

  @Test func `of equals the address that sorts first goes on`() throws {
    #expect(try stopped([1, 1, 1, 1].map { reached($0) }, eta: 2) == ["t8", "t9"])
  }

  @Test func `n/a stands behind every number, and what failed behind that`() throws {
    #expect(try stopped([reached(nil), .lost, reached(1e300), reached(nil)], eta: 4) == ["t6", "t9", "t8"])
    #expect(try stopped([.lost, reached(nil, .higher), .lost], eta: 3) == ["t7", "t9"])
  }

  // MARK: - Keys and needs

  private static let text = """
    lightbench: 1
    seed: 1
    axes: {marker: [p, q, r]}
    stages:
      made: {use: fake.make, over: [marker]}
      a: {use: fake.climb, over: [marker], in: {data: made.out}, with: {steps: 20}STOP}
      b: {use: fake.score, over: [marker], in: {model: a.model, on: made.out}}
      best: {use: fake.best, gather: {from: a}}
    """
  private static let stop = ", stop: {rule: halving, metric: loss, eta: 3, min: 5}"

  @Test func `stop is in no key`() throws {
    let plain = try Graph.fake(Self.text.replacing("STOP", with: "")).planKeys()
    #expect(try Graph.fake(Self.text.replacing("STOP", with: Self.stop)).planKeys() == plain)
  }

  @Test func `who needs one of those that compete needs all of them`() throws {
    let graph = try Graph.fake(Self.text.replacing("STOP", with: Self.stop))
    let task = try #require(graph["b[marker=q]"])
    let addresses = graph.ancestors(of: [task.index]).sorted().map { graph.tasks[$0].address }
    #expect(
      addresses == [
        "made[marker=p]", "made[marker=q]", "made[marker=r]", "a[marker=p]", "a[marker=q]", "a[marker=r]",
        "b[marker=q]",
      ])
    #expect(try Graph.fake(Self.text.replacing("STOP", with: "")).ancestors(of: [task.index]).count == 3)
  }

  @Test func `tasks taken from another experiment bring those that they compete with`() throws {
    let files = [
      "e.yaml": """
      lightbench: 1
      seed: 2
      axes: {marker: [p, q]}
      inputs: {trained: {over: [], type: model}}
      stages:
        own: {use: fake.make}
        judge: {use: fake.score, in: {model: trained, on: own.out}}
      bind:
        trained: {from: other.yaml, select: "a.model[marker=q]"}
      """, "other.yaml": Self.text.replacing("STOP", with: Self.stop),
    ]
    let graph = try Graph.fake("e.yaml", in: files)
    let halving = try #require(graph.halvings.first)
    #expect(
      halving.members.map { graph.tasks[$0].address } == [
        "other/a[marker=p]", "other/a[marker=q]", "other/a[marker=r]",
      ])
    #expect(halving.stage == "other/a" && halving.rungs == [5])
  }

  @Test func `who gathers has a key that does not tell where those who were stopped stood`() throws {
    func inputs(without label: String) throws -> [Graph.Input] {
      let graph = try Graph.fake(Self.text.replacing("STOP", with: Self.stop))
      let left = try #require(graph["a[marker=\(label)]"])
      return try #require(graph["best"]).leavingOut { $0 == left.index }.inputs
    }
    let (first, second) = (try inputs(without: "p"), try inputs(without: "q"))
    #expect(first.map(\.port) == ["metrics", "model", "metrics", "model"])
    #expect(first.map(\.place) == [0, 0, 1, 1] && second.map(\.place) == [0, 0, 1, 1])
    #expect(second.map(\.labels) == ["p", "p", "r", "r"].map { ["group": $0] })
  }
}
