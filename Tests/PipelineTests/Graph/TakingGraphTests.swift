import Fingerprints
import Recipes
import SystemPackage
import Testing

@testable import Pipeline

/// Bindings that take tasks of another experiment.
@Suite struct TakingGraphTests {
  private static let sweep = """
    lightbench: 1
    name: sweep
    seed: 5
    axes: {size: {small: {n: 4}, large: {n: 6}}}
    stages:
      make: {use: fake.make, over: [size], with: {size: $size.n}}
      split: {use: fake.split, over: [size], in: {whole: make.out}}
      train: {use: fake.train, over: [size], in: {train: split.low, validation: split.high}}
      other: {use: fake.make, with: {size: 9}}

    """
  private static let use = """
    lightbench: 1
    name: use
    seed: 7
    axes: {m: [small, large]}
    inputs:
      one: {type: model}
      each: {over: [m], type: model}
    stages:
      make: {use: fake.make, with: {size: 3}}
      first: {use: fake.score, in: {model: one, on: make.out}}
      score: {use: fake.score, over: [m], in: {model: each, on: make.out}}

    """
  private static func files(_ one: String, _ each: String) -> [String: String] {
    [
      "e.yaml": "lightbench: 1\nrecipe: use.yaml\nbind:\n  one: \(one)\n  each: \(each)\n",
      "use.yaml": use, "sweep.yaml": sweep,
    ]
  }
  private static let both = files(
    #"{from: sweep.yaml, select: "train.model[size=large]"}"#, #"{from: sweep.yaml, select: "train.model[size=$m]"}"#)

  @Test func `the tasks taken join as ancestors, under the name of their experiment, and nothing else of it`() throws {
    let graph = try Graph.fake("e.yaml", in: Self.both)
    #expect(
      graph.tasks.map(\.address) == [
        "sweep/make[size=small]", "sweep/make[size=large]", "sweep/split[size=small]", "sweep/split[size=large]",
        "sweep/train[size=small]", "sweep/train[size=large]", "make", "first", "score[m=small]", "score[m=large]",
      ])
    #expect(graph.inputs(of: "first") == ["model 0 <- sweep/train[size=large].model", "on 0 <- make.out"])
    #expect(graph.inputs(of: "score[m=small]")?.first == "model 0 <- sweep/train[size=small].model")
    #expect(graph.inputs(of: "sweep/train[size=small]")?.first == "train 0 <- sweep/split[size=small].low")
    #expect(graph.stages.map(\.name) == ["sweep/make", "sweep/split", "sweep/train", "make", "first", "score"])
    for task in graph.tasks { #expect(task.inputs.allSatisfy { $0.producer < task.index }) }
    #expect(graph.tasks(matching: try Selector("sweep/train[size=small]")).map(\.index) == [4])
    #expect(graph.tasks.map(\.experiment) == Array(repeating: "sweep", count: 6) + Array(repeating: nil, count: 4))
    #expect(graph.warnings.isEmpty)
  }

  @Test func `they have the keys that they have in their own experiment`() throws {
    let own = try Graph.fake("sweep.yaml", in: Self.both).planKeys()
    let taken = try Graph.fake("e.yaml", in: Self.both).planKeys()
    for (address, key) in own where address != "other" { #expect(taken["sweep/" + address] == key, "\(address)") }
  }

  @Test func `the resolved recipe has the same keys`() throws {
    let graph = try Graph.fake("e.yaml", in: Self.both)
    let resolved = try Graph.fake("r.yaml", in: ["r.yaml": graph.recipe.resolvedYAML()])
    #expect(try resolved.planKeys() == graph.planKeys())
  }

  @Test func `an experiment that takes from one that takes has all of them`() throws {
    var files = Self.both
    files["third.yaml"] = """
      lightbench: 1
      recipe: last.yaml
      bind: {scores: {from: e, select: "score.scores[m=small]"}}
      """
    files["last.yaml"] = """
      lightbench: 1
      inputs: {scores: {type: scores}}
      stages: {make: {use: fake.make}}
      """
    let graph = try Graph.fake("third.yaml", in: files)
    #expect(
      graph.tasks.map(\.address) == [
        "e/sweep/make[size=small]", "e/sweep/split[size=small]", "e/sweep/train[size=small]", "e/make",
        "e/score[m=small]", "make",
      ])
    #expect(graph.tasks.first?.experiment == "e/sweep")
  }

  @Test(arguments: [
    (
      #"{from: sweep.yaml, select: "make.out[size=large]"}"#,
      "e.yaml:4:35 E206: the input 'one' is model, but its binding gives value"
    ),
    (
      #"{from: sweep.yaml, select: "train.modell[size=large]"}"#,
      "e.yaml:4:35 E205: 'train' (fake.train) has no output 'modell'"
    ),
    ("{use: fake.make}", "e.yaml:4:14 E206: the input 'one' is model, but its binding gives value"),
  ])
  func `what a binding gives must be of the input's type`(one: String, expected: String) throws {
    let files = Self.files(one, #"{from: sweep.yaml, select: "train.model[size=$m]"}"#)
    let error = try #require(throws: RecipeError.self) { try Graph.fake("e.yaml", in: files) }
    #expect(
      error.diagnostics.map { "\($0.range.map { "\($0)" } ?? "-") \($0.code): \($0.message)" } == [expected])
  }

  @Test func `a list, and a cell that is left out, cannot be taken`() throws {
    var files = Self.files(
      #"{from: sweep.yaml, select: "train.model[size=large]"}"#,
      #"{from: sweep.yaml, select: "train.model[size=$m.all]"}"#)
    files["use.yaml"] = Self.use.replacing("{m: [small, large]}", with: "{m: {x: {all: [small, large]}}}")
    files["sweep.yaml"] = Self.sweep.replacing("split.high}}", with: #"split.high}, except: ["[size=large]"]}"#)
    let error = try #require(throws: RecipeError.self) { try Graph.fake("e.yaml", in: files) }
    #expect(
      error.diagnostics.map { "\($0.code): \($0.message)" } == [
        "E210: one: 'except' leaves train[size=large] out",
        "E207: binding 'each' takes one artifact for each cell, not a list",
      ])
  }

  @Test func `a binding with several outputs of the input's type is ambiguous`() throws {
    let files = [
      "e.yaml":
        "lightbench: 1\nrecipe: r.yaml\nbind: {two: {use: fake.make}, one: {use: fake.split, in: {whole: two}}}\n",
      "r.yaml": """
      lightbench: 1
      inputs: {one: {type: value}, two: {type: value}}
      stages: {all: {use: fake.merge, in: {parts: one}}}

      """,
    ]
    let error = try #require(throws: RecipeError.self) { try Graph.fake("e.yaml", in: files) }
    #expect(
      error.diagnostics.map { "\($0.range.map { "\($0)" } ?? "-") \($0.code): \($0.message)" } == [
        "e.yaml:3:42 E205: binding 'one': fake.split has several outputs of type value: 'low', 'high'"
      ])
  }

  @Test(arguments: [
    ("", "say where the data is: 'data: {root: DIR}' in the experiment, or -S data.root=DIR"),
    ("data: {root: here}\n", "data.root is 'here'; -S data.root=DIR names another folder"),
    (
      "data: {root: {env: LIGHTBENCH_DATA}}\n",
      "set LIGHTBENCH_DATA to the folder of the data, or say -S data.root=DIR"
    ),
  ])
  func `where outside data is missing, it is said how its folder is named`(data: String, hint: String) throws {
    let files = [
      "e.yaml": "lightbench: 1\nrecipe: r.yaml\n\(data)",
      "r.yaml": "lightbench: 1\nstages: {a: {use: fake.make}}\n",
    ]
    let recipe = try Recipe.load("e.yaml") { path in
      files[path.string].map { .success(Array($0.utf8)) } ?? .failure(.init(reason: "no such file"))
    }
    #expect(OutsideData(of: recipe) { Digest.of($0.string) }.rootHint == hint)
  }

  @Test func `each experiment's outside data is its own`() {
    func data(_ folder: String, _ experiments: [String: OutsideData] = [:]) -> OutsideData {
      OutsideData(folder: .init(folder), root: nil, experiments: experiments) { Digest.of($0.string) }
    }
    let outside = data("a", ["x": data("b", ["y": data("c")])])
    #expect([nil, "x", "x/y"].map { outside.of($0).folder.string } == ["a", "b", "c"])
  }
}
