import Fingerprints
import Recipes
import Testing

@testable import Pipeline

/// Pairs that other runners take for one thing: see the notes in each test.
@Suite struct CollisionTests {
  private func graph(_ axes: String, _ stages: String) throws -> Graph {
    try Graph.fake("lightbench: 1\nname: c\nseed: 1\naxes: \(axes)\nstages:\n  \(stages)\n")
  }

  private func keys(_ stages: String) throws -> [Digest] {
    try graph("{}", stages).planKeys().sorted { $0.key < $1.key }.map(\.value)
  }

  @Test func `labels that contain separators make four tasks with four addresses and keys`() throws {
    let graph = try graph(
      "{p: [a, a-b], q: [b-c, c]}", "s: {use: fake.notes, over: [p, q], with: {first: $p, second: $q}}")
    #expect(
      graph.tasks.map(\.address) == ["s[p=a,q=b-c]", "s[p=a,q=c]", "s[p=a-b,q=b-c]", "s[p=a-b,q=c]"])
    #expect(Set(try graph.planKeys().values).count == 4)
    #expect(Set(graph.tasks.map(\.seed)).count == 4)
  }

  @Test func `a number and a text that look alike are one label, which is an error, and two values`() throws {
    let error = try #require(throws: RecipeError.self) {
      try graph(#"{p: [1, "1"]}"#, "s: {use: fake.notes, over: [p], with: {first: $p}}")
    }
    #expect(error.diagnostics.map(\.code) == ["E105"])
    let records = try graph(
      #"{p: {number: {v: 1}, text: {v: "1"}}}"#, "s: {use: fake.notes, over: [p], with: {first: $p.v}}")
    #expect(Set(records.tasks.map(\.seed)).count == 2)
    #expect(Set(try records.planKeys().values).count == 2)
  }

  @Test(arguments: [
    (#"words: ["ab", "c"]"#, #"words: ["a", "bc"]"#), (#"words: ["a,b"]"#, #"words: ["a", "b"]"#),
    ("words: []", #"words: [""]"#), ("words: [a, b]", "words: [b, a]"), ("words: [a]", "words: [a, a]"),
    ("first: a, second: b", "first: b, second: a"), ("first: ab", "first: a, second: b"),
    ("first: \"\", second: a", "first: a, second: \"\""), ("first: \"1\"", "count: 1"),
  ])
  func `parameters that look alike when they are joined have two keys`(one: String, other: String) throws {
    let keys = try keys("a: {use: fake.notes, with: {\(one)}}\n  b: {use: fake.notes, with: {\(other)}}")
    #expect(keys.count == 2)
    #expect(keys[0] != keys[1])
  }

  @Test func `two inputs that swap their roles have two keys`() throws {
    let made = "a: {use: fake.make, with: {size: 1}}\n  b: {use: fake.make, with: {size: 2}}\n  "
    let graph = try graph(
      "{}",
      made + "x: {use: fake.train, in: {train: a.out, validation: b.out}}\n  "
        + "y: {use: fake.train, in: {train: b.out, validation: a.out}}")
    let keys = try graph.planKeys()
    #expect(keys["x"] != keys["y"])
  }

  @Test func `the order of a list of inputs counts`() throws {
    let graph = try Graph.fake(
      """
      lightbench: 1
      axes: {m: [a, b], set: {one: {all: [a, b]}, two: {all: [b, a]}}}
      stages:
        make: {use: fake.make, over: [m], with: {name: $m}}
        merge: {use: fake.merge, over: [set], in: {parts: "make.out[m=$set.all]"}}
      """)
    let keys = try graph.planKeys()
    #expect(keys["merge[set=one]"] != keys["merge[set=two]"])
  }
}
