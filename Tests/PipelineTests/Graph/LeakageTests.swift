import ArrayStores
import Fingerprints
import Foundation
import Recipes
import SystemPackage
import Testing

@testable import Pipeline

/// Regions that a model is judged on though it has seen them: `design/IDENTITY.md`.
@Suite struct LeakageTests {
  private static func graph(_ stages: String, files: [String: String] = [:]) throws -> Graph {
    let text =
      "lightbench: 1\nname: r\nseed: 1\naxes: {m: [p, q], other: {x: {of: q, in: p}, y: {of: p, in: q}}, folds: {f: {all: [p, q], finders: [x, y]}}}\nstages:\n"
      + stages
    let recipe = try Recipe.load("r.yaml") { path in
      .success(Array((path.string == "r.yaml" ? text : files[path.string] ?? "").utf8))
    }
    return try Graph(recipe, registry: FakeRegions.registry)
  }

  /// `place code: message (hint)`, one a mistake.
  private static func mistakes(_ graph: Graph) throws -> [String] {
    do {
      try Lineages(graph, shapes: GraphShapes(graph, outside: nil)) { _ in nil }.refuseLeaks()
      return []
    } catch let error as RecipeError {
      return error.diagnostics.map { "\($0.range.map { "\($0)" } ?? "-") \($0.code): \($0.message) (\($0.hint ?? ""))" }
    }
  }

  private static let unseen =
    "take what is found in regions that were not learned from, or say 'allow_leakage: true' in the stage"

  private static let cure = "(test on other regions, or say 'allow_leakage: true' in the stage)"

  struct Plant: Sendable, CustomTestStringConvertible {
    let name: String
    let stages: String
    let expected: [String]
    var testDescription: String { name }
  }

  static let plants = [
    Plant(
      name: "the same region in training and test",
      stages: """
          a: {use: fake.cut, with: {source: s}}
          t: {use: fake.learn, in: {train: a.out}}
          j: {use: fake.judge, in: {model: t.model, on: a.out}}
        """,
      expected: ["r.yaml:8:49 E221: j tests on region 's-0', and t learned from the same voxels \(cure)"]),
    Plant(
      name: "overlapping boxes of one source",
      stages: """
          a: {use: fake.cut, with: {source: s, from: 0, to: 10}}
          b: {use: fake.cut, with: {source: s, from: 9, to: 20}}
          t: {use: fake.learn, in: {train: a.out}}
          j: {use: fake.judge, in: {model: t.model, on: b.out}}
        """,
      expected: [
        "r.yaml:9:49 E221: j tests on region 's-9', and t learned from a part of them, as region 's-0' \(cure)"
      ]),
    Plant(
      name: "boxes that touch, and other sources",
      stages: """
          a: {use: fake.cut, with: {source: s, from: 0, to: 10}}
          b: {use: fake.cut, with: {source: s, from: 10, to: 20}}
          c: {use: fake.cut, with: {source: z, from: 0, to: 10}}
          t: {use: fake.learn, in: {train: a.out}}
          j: {use: fake.judge, in: {model: t.model, on: b.out}}
          k: {use: fake.judge, in: {model: t.model, on: c.out}}
        """, expected: []),
    Plant(
      name: "a model that another one began from",
      stages: """
          a: {use: fake.cut, with: {source: s}}
          b: {use: fake.cut, with: {source: z}}
          t: {use: fake.learn, in: {train: a.out}}
          u: {use: fake.learn, in: {train: b.out, base: t.model}}
          j: {use: fake.judge, in: {model: u.model, on: a.out}}
        """,
      expected: ["r.yaml:10:49 E221: j tests on region 's-0', and t learned from the same voxels \(cure)"]),
    Plant(
      name: "each mistake once a stage",
      stages: """
          a: {use: fake.cut, over: [m], with: {source: $m}}
          t: {use: fake.learn, over: [m], in: {train: a.out}}
          j: {use: fake.judge, over: {model: m, test: m}, in: {model: "t.model[m=$model]", on: "a.out[m=$test]"}}
        """,
      expected: [
        "r.yaml:8:88 E221: j[model=p,test=p] tests on region 'p-0', and t[m=p] learned from the same voxels; "
          + "so in 1 more tasks of the stage \(cure)"
      ]),
    Plant(
      name: "the regions by which a model was validated",
      stages: """
          a: {use: fake.cut, with: {source: s}}
          b: {use: fake.cut, with: {source: z}}
          t: {use: fake.learn, in: {train: a.out, validation: b.out}}
          j: {use: fake.judge, in: {model: t.model, on: b.out}}
        """,
      expected: ["r.yaml:9:49 E221: j tests on region 'z-0', and t learned from the same voxels \(cure)"]),
    Plant(
      name: "a stage that allows it",
      stages: """
          a: {use: fake.cut, with: {source: s}}
          t: {use: fake.learn, in: {train: a.out}}
          j: {use: fake.judge, in: {model: t.model, on: a.out}, allow_leakage: true}
        """, expected: []),
    Plant(
      name: "what is found out of fold: each by who learned from the other",
      stages: """
          a: {use: fake.cut, over: [m], with: {source: $m}}
          t: {use: fake.learn, over: [m], in: {train: a.out}}
          h: {use: fake.find, over: [other], in: {model: "t.model[m=$other.of]", on: "a.out[m=$other.in]"}}
          r: {use: fake.refine, over: [folds], in: {found: "h.found[other=$folds.finders]", on: "a.out[m=$folds.all]"}}
        """, expected: []),
    Plant(
      name: "what is found by who learned from the region",
      stages: """
          a: {use: fake.cut, over: [m], with: {source: $m}}
          t: {use: fake.learn, over: [m], in: {train: a.out}}
          f: {use: fake.find, over: [m], in: {model: t.model, on: a.out}}
          r: {use: fake.refine, over: [m], in: {found: f.found, on: a.out}}
        """,
      expected: [
        "r.yaml:9:48 E221: r[m=p] learns from what was found in region 'p-0', and t[m=p] learned from the same voxels; "
          + "so in 1 more tasks of the stage (\(unseen))"
      ]),
    Plant(
      name: "a refiner that learned from what is tested",
      stages: """
          a: {use: fake.cut, over: [m], with: {source: $m}}
          t: {use: fake.learn, in: {train: "a.out[m=q]"}}
          f: {use: fake.find, in: {model: t.model, on: "a.out[m=p]"}}
          r: {use: fake.refine, in: {found: f.found, on: "a.out[m=p]"}}
          j: {use: fake.judge, in: {model: r.model, on: "a.out[m=p]"}}
        """,
      expected: ["r.yaml:10:49 E221: j tests on region 'p-0', and r learned from the same voxels \(cure)"]),
    Plant(
      name: "the best by scores on the very test regions",
      stages: """
          a: {use: fake.cut, over: [m], with: {source: $m}}
          b: {use: fake.cut, with: {source: z}}
          t: {use: fake.learn, over: [m], in: {train: a.out}}
          j: {use: fake.judge, over: [m], in: {model: t.model, on: b.out}}
          best: {use: fake.best, gather: {from: j}}
          again: {use: fake.best, gather: {from: t}}
          k: {use: fake.judge, in: {model: again.model, on: b.out}}
        """, expected: []),
  ]

  @Test(arguments: plants)
  func `a planted leak is found, and nothing else is`(_ plant: Plant) throws {
    let found = try Self.mistakes(Self.graph(plant.stages))
    #expect(found == plant.expected)
  }

  @Test func `a selection by scores learns from the regions that were scored`() throws {
    let graph = try Self.graph(
      """
        a: {use: fake.cut, over: [m], with: {source: $m}}
        b: {use: fake.cut, with: {source: z}}
        t: {use: fake.learn, over: [m], in: {train: a.out}}
        j: {use: fake.judge, over: [m], in: {model: t.model, on: b.out}}
        best: {use: fake.best, gather: {from: j}}
      """)
    let lineages = Lineages(graph, shapes: try GraphShapes(graph, outside: nil)) { _ in nil }
    let best = try #require(graph["best"])
    #expect(lineages.outputs[best.index]["scores"]?.learned.map(\.name).sorted() == ["p-0", "q-0", "z-0"])
  }

  @Test func `a crop that does not fit is a mistake of the recipe, at the parameter`() throws {
    let graph = try Self.graph(
      """
        a: {use: fake.cut, over: [m], with: {source: $m, to: 8}}
        t: {use: fake.learn, over: [m], in: {train: a.out}, with: {crop: 9}}
      """)
    #expect(try Self.mistakes(graph) == ["r.yaml:7:68 E220: t[m=p]: crop 9 does not fit 8 (take less)"])
  }

  // MARK: - Across files

  private static let sweep = """
    lightbench: 1
    name: sweep
    seed: 1
    stages:
      a: {use: fake.cut, with: {source: s}}
      t: {use: fake.learn, in: {train: a.out}}

    """
  private static let use = """
    lightbench: 1
    name: use
    seed: 1
    inputs: {model: {type: model}}
    stages:
      b: {use: fake.cut, with: {source: z, from: 5, to: 15}}
      j: {use: fake.judge, in: {model: model, on: b.out}}

    """
  private static let experiment = """
    lightbench: 1
    recipe: use.yaml
    bind: {model: {from: sweep.yaml, select: t.model}}
    variants: {leaky: {set: {b.source: s}}}

    """

  @Test func `a model of another experiment brings what it learned from, and a variant may make that a leak`() throws {
    let files = ["e.yaml": Self.experiment, "use.yaml": Self.use, "sweep.yaml": Self.sweep]
    func mistakes(_ variant: String?) throws -> [String] {
      let recipe = try Recipe.load("e.yaml", variant: variant) { .success(Array((files[$0.string] ?? "").utf8)) }
      return try Self.mistakes(Graph(recipe, registry: FakeRegions.registry))
    }
    #expect(try mistakes(nil).isEmpty)
    #expect(
      try mistakes("leaky") == [
        "use.yaml:7:47 E221: j tests on region 's-5', and sweep/t learned from a part of them, as region 's-0' "
          + Self.cure
      ])
  }

  // MARK: - What only running tells

  private static let late = """
      a: {use: fake.cut, with: {source: s, known: false}}
      b: {use: fake.cut, with: {source: s, from: 5, to: 15}}
      t: {use: fake.learn, in: {train: a.out}}
      j: {use: fake.judge, in: {model: t.model, on: b.out}}
    """

  /// Publishes a task as a worker would, with what its artifact says of its regions.
  private func manifest(_ graph: Graph, _ address: String, in store: Store) throws -> Manifest {
    let task = try #require(graph[address])
    let port = task.prepared.ports.outputs[0]
    let key = task.key(task.prepared.parameters, numerics: 1) { _ in .of("x") }
    let publication = try Publication(in: store, of: key, ports: [port])
    var bundle = Pipeline.Bundle(port.type, tables: [.init("value", try NDArray([Float(1)], shape: [1]))])
    bundle.places = [RegionPlace(name: "found", source: .of("s"), lower: [0], upper: [10])]
    try publication.write(port.name, bundle)
    return try publication.publish([], provenance: Sample.provenance).manifest
  }

  @Test func `what only running tells is checked before the training begins`() throws {
    let temporary = try TemporaryStore()
    let graph = try Self.graph(Self.late)
    #expect(try Self.mistakes(graph).isEmpty)
    let book = LineageBook(
      graph, shapes: try GraphShapes(graph, outside: nil), manifests: graph.tasks.map { _ in nil })
    #expect(!book.lineages.isComplete)
    let cut = try #require(graph["a"])
    #expect(try book.lineage(of: cut) { _ in nil } != nil)
    let manifest = try manifest(graph, "a", in: temporary.store)
    #expect(manifest.lineage?["out"]?.regions?.map(\.name) == ["found"])
    let failure = try #require(throws: TaskFailure.self) {
      try book.lineage(of: #require(graph["t"])) { $0 == cut.index ? manifest : nil }
    }
    #expect(failure.code == .badData)
    #expect(
      failure.message == "j tests on region 's-5', and t learned from a part of them, as region 'found'; "
        + "test on other regions, or say 'allow_leakage: true' in 'j'")
  }

  private static func place(_ name: String, _ source: String) -> RegionPlace {
    RegionPlace(name: name, source: .of(source), lower: [0], upper: [10])
  }

  @Test func `what a row says of an earlier run does not count where this graph knows the regions`() throws {
    let graph = try Self.graph(
      """
        a: {use: fake.cut, with: {source: s}}
        b: {use: fake.cut, with: {source: z}}
        t: {use: fake.learn, in: {train: a.out}}
        j: {use: fake.judge, in: {model: t.model, on: b.out}}
      """)
    // The same model came out of other regions once: equal bytes, other sources.
    let row = ["model": Lineage(regions: nil, learned: [Self.place("once", "z")])]
    let trained = try #require(graph["t"])
    let lineages = Lineages(graph, shapes: try GraphShapes(graph, outside: nil)) { $0 == trained.index ? row : nil }
    #expect(lineages.leaks.isEmpty)
    #expect(lineages.outputs[trained.index]["model"]?.learned.map(\.name) == ["s-0"])
  }

  @Test func `what a row says of its learning counts where this graph cannot know`() throws {
    let graph = try Self.graph(
      """
        a: {use: fake.cut, with: {source: s, known: false}}
        b: {use: fake.cut, with: {source: z}}
        t: {use: fake.learn, in: {train: a.out}}
        u: {use: fake.learn, in: {train: b.out, base: t.model}}
        c: {use: fake.cut, with: {source: y}}
        j: {use: fake.judge, in: {model: u.model, on: c.out}}
      """)
    let shapes = try GraphShapes(graph, outside: nil)
    func learned(_ address: String, rows: [String: [String: Lineage]]) -> [String]? {
      let lineages = Lineages(graph, shapes: shapes) { rows[graph.tasks[$0].address] }
      return graph[address].flatMap { lineages.outputs[$0.index]["model"]?.learned.map(\.name) }
    }
    let old = ["model": Lineage(regions: nil, learned: [Self.place("once", "y")])]
    // The row of the training itself, or of one after it.
    #expect(learned("u", rows: ["t": old]) == ["z-0", "once"])
    #expect(learned("u", rows: ["u": old]) == ["z-0", "once"])
    // As soon as the row of the import tells its regions, the training's own row has nothing to add.
    let cut = ["out": Lineage(regions: [Self.place("found", "s")], learned: [])]
    #expect(learned("t", rows: ["a": cut, "t": old]) == ["found"])
    #expect(learned("u", rows: ["a": cut, "t": old, "u": old]) == ["z-0", "found"])
    #expect(throws: RecipeError.self) {
      try Lineages(graph, shapes: shapes) { $0 == graph["t"]?.index ? old : nil }.refuseLeaks()
    }
  }

  @Test func `the regions travel in the rows of the store, and old rows without them are read`() throws {
    let temporary = try TemporaryStore()
    let graph = try Self.graph(Self.late)
    let written = try manifest(graph, "a", in: temporary.store)
    let row = try #require(try temporary.store.row(written.fingerprint))
    #expect(row.lineage == written.lineage)
    let shapes = try GraphShapes(graph, outside: nil)
    let lineages = Lineages(graph, shapes: shapes) { $0 == graph["a"]?.index ? row.lineage : nil }
    #expect(lineages.isComplete)
    #expect(throws: RecipeError.self) { try lineages.refuseLeaks() }
    let text = String(decoding: try JSONLine.encode(row), as: UTF8.self)
    let start = try #require(text.range(of: "\"lineage\":"))
    let end = try #require(text.range(of: ",\"metrics\"", range: start.lowerBound..<text.endIndex))
    let old = text.replacingCharacters(in: start.lowerBound..<text.index(after: end.lowerBound), with: "")
    let read = try JSONLine.decode(Manifest.self, from: Array(old.utf8))
    #expect(read.lineage == nil && read.outputs == row.outputs)
  }
}
