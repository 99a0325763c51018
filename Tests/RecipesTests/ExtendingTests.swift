import Testing

@testable import Recipes

/// `extends`: axes, inputs and stages of another recipe.
@Suite struct ExtendingTests {
  private static let base = """
    lightbench: 1
    name: base
    seed: 7
    axes: {m: [a, b], n: [1, 2]}
    inputs: {data: {over: [m], type: t}}
    stages:
      one: {use: k, over: [m], in: {x: data}, with: {p: 1, q: 2}, vary: {"[m=b]": {p: 3}}}
      two: {use: k, over: [m], in: {x: one.out}, with: {p: 1}}

    """

  private func load(_ text: String, more: [String: String] = [:], overrides: [String] = []) throws -> Recipe {
    let files = ["recipes/r.yaml": text, "recipes/base.yaml": Self.base].merging(more) { $1 }
    return try MemoryFiles(texts: files).load("recipes/r.yaml", overrides: overrides)
  }

  @Test func `a recipe has what the other has, with its own name`() throws {
    let recipe = try load("lightbench: 1\nextends: base.yaml\n")
    #expect(recipe.recipeName == "r")
    #expect(recipe.seed == 7)
    #expect(recipe.seedRange?.description == "recipes/base.yaml:3:7")
    #expect(recipe.stages.map(\.name) == ["one", "two"])
    #expect(recipe.inputs.map(\.name) == ["data"])
    #expect(recipe.parameters("one", "b") == "{p: 3, q: 2}")
    #expect(recipe.parameters("two", "a") == "{p: 1}")
  }

  @Test func `an entry of the same name replaces the other whole, in its place`() throws {
    let recipe = try load(
      """
      lightbench: 1
      extends: base.yaml
      seed: 8
      axes: {m: [c], k: [5]}
      inputs: {data: {over: [m], type: u}, more: {type: v}}
      stages:
        three: {use: k, over: [k]}
        one: {use: other, over: [m], with: {q: 9}}

      """)
    #expect(recipe.seed == 8)
    #expect(recipe.seedRange?.description == "recipes/r.yaml:3:7")
    #expect(recipe.axes.map { "\($0.name) \($0.labels)" } == ["m [\"c\"]", "n [\"1\", \"2\"]", "k [\"5\"]"])
    #expect(recipe.inputs.map(\.type) == ["u", "v"])
    #expect(recipe.stages.map(\.name) == ["one", "two", "three"])
    #expect(recipe.stage("one")?.kind == "other")
    #expect(recipe.parameters("one", "c") == "{q: 9}")
  }

  @Test func `values keep the place of the file that they stand in`() throws {
    let recipe = try load(
      "lightbench: 1\nextends: base.yaml\nstages:\n  two: {use: k, over: [m], in: {x: one.out}, with: {p: 4}}\n")
    func place(_ stage: String, _ key: String) throws -> String? {
      let stage = try #require(recipe.stage(stage))
      let coordinate = Coordinate([(axis: "m", label: "a")])
      return stage.parameters(at: coordinate, axes: recipe.axes).node?[key]?.range.description
    }
    #expect(try place("one", "q") == "recipes/base.yaml:7:59")
    #expect(try place("two", "p") == "recipes/r.yaml:4:56")
  }

  @Test func `what is extended extends another, from its own folder`() throws {
    let recipe = try load(
      "lightbench: 1\nextends: more/middle.yaml\n",
      more: ["recipes/more/middle.yaml": "lightbench: 1\nextends: ../base.yaml\nstages: {three: {use: k}}\n"],
      overrides: ["one.q=5"])
    #expect(recipe.stages.map(\.name) == ["one", "two", "three"])
    #expect(recipe.parameters("one", "a") == "{p: 1, q: 5}")
  }

  @Test func `an experiment picks a recipe that extends another, and resolves to one file`() throws {
    let files = MemoryFiles(texts: [
      "e.yaml": "lightbench: 1\nrecipe: recipes/r.yaml\nbind: {data: {use: s}}\nset: {two.p: 6}\n",
      "recipes/r.yaml": "lightbench: 1\nextends: base.yaml\nstages: {three: {use: k, in: {x: \"two.out[m=a]\"}}}\n",
      "recipes/base.yaml": Self.base,
    ])
    let recipe = try files.load("e.yaml")
    let text = recipe.resolvedYAML()
    #expect(!text.contains("extends"))
    let again = try MemoryFiles(texts: ["resolved.yaml": text]).load("resolved.yaml")
    #expect(again.taskTexts == recipe.taskTexts)
    #expect(again.seed == 7)
  }
}
