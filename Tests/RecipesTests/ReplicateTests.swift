import Testing

@testable import Recipes

/// `replicates`: an axis of its own for trainings and what depends on them.
@Suite struct ReplicateTests {
  static let recipe = """
    lightbench: 1
    axes: {m: [a, b]}
    inputs: {data: {over: [m], type: t}}
    stages:
      prepare: {use: prepare.x, over: [m], in: {x: data}}
      train: {use: train.x, over: [m], in: {x: prepare.out}}
      dog: {use: detect.x, over: [m], in: {x: prepare.out}}
      detect: {use: detect.x, over: {model: m, test: m}, in: {m: "train.out[m=$model]", x: "prepare.out[m=$test]"}}
      best: {use: select.x, gather: {from: train, by: m}}
      tuned: {use: detect.x, over: [m], in: {m: best.model}}
      table: {use: table.x, gather: [{from: detect, rows: model, columns: test}, {from: dog, as: {model: dog}, columns: m}]}
      after: {use: report.x, in: {x: table.table}}

    """

  private func load(_ set: String = "", variant: String? = nil, overrides: [String] = []) throws -> Recipe {
    try MemoryFiles.experiment(
      "lightbench: 1\nrecipe: ../recipes/r.yaml\nbind: {data: {use: phantom.x}}\n\(set)\n", on: Self.recipe,
      variant: variant, overrides: overrides)
  }

  private func axes(_ recipe: Recipe) -> [String: String] {
    Dictionary(uniqueKeysWithValues: recipe.stages.map { ($0.name, $0.over.map(\.name).joined(separator: " ")) })
  }

  @Test func `trainings and what depends on them are multiplied, data, preparation and tables are not`() throws {
    let recipe = try load("replicates: 3")
    #expect(
      axes(recipe) == [
        "data": "m", "prepare": "m", "train": "m replicate", "dog": "m", "detect": "model test replicate",
        "best": "m replicate", "tuned": "m replicate", "table": "", "after": "",
      ])
    #expect(recipe.axis("replicate")?.labels == ["0", "1", "2"])
    #expect(recipe.replicates == 3)
    let detect = try #require(recipe.stage("detect"))
    #expect(recipe.coordinates(of: detect).count == 12)
    #expect(recipe.coordinates(of: detect).last?.address == "[model=b,test=b,replicate=2]")
  }

  @Test(arguments: [
    ("replicates: 2", nil, [], 2), ("replicates: 2\nvariants: {v: {replicates: 4}}", "v", [], 4),
    ("replicates: 2\nvariants: {v: {replicates: 4}}", nil, [], 2),
    ("replicates: 2\nvariants: {v: {replicates: 4}}", "v", ["replicates=1"], 1), ("", nil, ["replicates=5"], 5),
    ("", nil, [], 1), ("replicates: 1", nil, [], 1),
  ])
  func `the last layer decides how many there are, and one is as none`(
    set: String, variant: String?, overrides: [String], count: Int
  ) throws {
    let recipe = try load(set, variant: variant, overrides: overrides)
    #expect(recipe.replicates == count)
    let train = try #require(recipe.stage("train"))
    #expect(recipe.coordinates(of: train).count == 2 * count)
    if count == 1 { #expect(recipe.resolvedYAML() == (try load()).resolvedYAML()) }
  }

  @Test func `a binding that trains is multiplied, and what takes it`() throws {
    let recipe = try MemoryFiles.experiment(
      "lightbench: 1\nrecipe: ../recipes/r.yaml\nbind: {data: {use: train.y}}\nreplicates: 2\n", on: Self.recipe)
    #expect(axes(recipe)["data"] == "m replicate")
    #expect(axes(recipe)["dog"] == "m replicate")
  }

  @Test func `a replicate is a coordinate as any other for cells`() throws {
    let recipe = try load("replicates: 2", overrides: ["train[replicate=1].p=3", "tuned.p@m=a,replicate=0=4"])
    #expect(recipe.parameters("train", "a", "1") == "{p: 3}")
    #expect(recipe.parameters("train", "a", "0") == "-")
    #expect(recipe.parameters("tuned", "a", "0") == "{p: 4}")
  }

  @Test func `the resolved recipe says 'replicates' and means the same tasks`() throws {
    let recipe = try load("replicates: 2", overrides: ["train[replicate=1].p=3", "train.q=1"])
    let text = recipe.resolvedYAML()
    #expect(text.contains("replicates: 2"))
    let again = try MemoryFiles(texts: ["resolved.yaml": text]).load("resolved.yaml")
    #expect(again.taskTexts == recipe.taskTexts)
    #expect(again.resolvedYAML() == text)
  }
}
