import SystemPackage
import Testing

@testable import Recipes

/// Bindings that take tasks of another experiment.
@Suite struct TakingTests {
  static let files = MemoryFiles(texts: [
    "experiments/e.yaml": """
    lightbench: 1
    recipe: ../use.yaml
    data: {root: {env: HERE}}
    bind:
      one: {from: sweep.full, select: "best.model[size=small]"}
      each: {from: sweep.yaml, select: "best.model[size=$m.size]"}
      fixed: {from: ../other/far.yaml, select: source}

    """,
    "use.yaml": """
    lightbench: 1
    seed: 3
    axes: {m: {a: {size: small}, b: {size: large}}}
    inputs:
      one: {type: model}
      each: {over: [m], type: model}
      fixed: {type: data}
    stages:
      s: {use: k, over: [m], in: {one: one, each: each, data: fixed}}

    """,
    "experiments/sweep.yaml": """
    lightbench: 1
    recipe: ../sweep.yaml
    axes: {size: [small, large]}
    variants: {full: {set: {best.steps: 9}}}

    """,
    "sweep.yaml": """
    lightbench: 1
    seed: 5
    axes: {size: [small]}
    stages:
      best: {use: t, over: [size], with: {steps: 1, size: $size}}

    """,
    "other/far.yaml": """
    lightbench: 1
    recipe: ../far.yaml
    data: {root: {env: THERE}}
    bind: {source: {use: import, with: {manifest: m.yaml}}}

    """,
    "far.yaml": """
    lightbench: 1
    inputs: {source: {type: data}}
    stages: {t: {use: k, in: {x: source}}}

    """,
  ])

  @Test func `each experiment and variant is read once, with its own layers, folder and data`() throws {
    let recipe = try Self.files.load("experiments/e.yaml")
    #expect(recipe.experiments.map(\.name) == ["sweep.full", "sweep", "far"])
    #expect(recipe.stage("one")?.taken?.experiment == "sweep.full")
    #expect(recipe.experiment("sweep.full")?.recipe.parameters("best", "small") == "{size: small, steps: 9}")
    #expect(recipe.experiment("sweep")?.recipe.parameters("best", "large") == "{size: large, steps: 1}")
    #expect(recipe.experiment("far")?.recipe.folder == FilePath("other"))
    #expect(recipe.experiment("far")?.recipe.dataRoot == .environment("THERE"))
    #expect(recipe.stage("each")?.taken?.reference["size"] == .field("m", "size"))
    #expect(recipe.unboundInputs.isEmpty)
  }

  @Test func `'-S data.root' moves the data of experiments that name the same variable`() throws {
    var files = Self.files
    let moved = DataRoot.path("/d", isFromCommandLine: true)
    let apart = try files.load("experiments/e.yaml", overrides: ["data.root=/d"])
    #expect(apart.dataRoot == moved)
    #expect(apart.experiment("far")?.recipe.dataRoot == .environment("THERE"))
    files.texts["other/far.yaml"] = files.texts["other/far.yaml"]?.replacing("THERE", with: "HERE")
    let same = try files.load("experiments/e.yaml", overrides: ["data.root=/d"])
    #expect(same.experiment("far")?.recipe.dataRoot == moved)
    files.texts["experiments/e.yaml"] = files.texts["experiments/e.yaml"]?
      .replacing("data: {root: {env: HERE}}\n", with: "")
    let none = try files.load("experiments/e.yaml", overrides: ["data.root=/d"])
    #expect(none.experiment("far")?.recipe.dataRoot == moved)
  }

  @Test func `the resolved recipe holds the recipes of the others and needs no other file`() throws {
    let recipe = try Self.files.load("experiments/e.yaml")
    let text = recipe.resolvedYAML()
    let again = try MemoryFiles(texts: ["resolved.yaml": text]).load("resolved.yaml")
    #expect(again.taskTexts == recipe.taskTexts)
    #expect(again.experiments.map(\.name) == recipe.experiments.map(\.name))
    for (one, other) in zip(again.experiments, recipe.experiments) {
      #expect(one.recipe.taskTexts == other.recipe.taskTexts)
      #expect(one.recipe.seed == other.recipe.seed)
      #expect(one.recipe.dataRoot == other.recipe.dataRoot)
    }
    #expect(again.resolvedYAML() == text)
  }

  @Test(arguments: [
    ("far/t[x=1]", "far/t", []), ("sweep.full/best.model[size=small]", "sweep.full/best", ["model"]),
    ("a/b/t.out", "a/b/t", ["out"]), ("sweep/best@size=small", "sweep/best", []),
  ])
  func `a selector names a stage of another experiment`(text: String, stage: String, path: [String]) throws {
    let selector = try Selector(text)
    #expect(selector.stage == stage)
    #expect(selector.path == path)
  }

  @Test(arguments: ["/t", "a//t", "a/", "a/[x=1]", "a b/t"])
  func `half a name of another experiment is no selector`(text: String) {
    #expect(throws: Diagnostic.self) { try Selector(text) }
  }
}
