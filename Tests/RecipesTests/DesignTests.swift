import Foundation
import SystemPackage
import Testing

@testable import Recipes

@Suite struct DesignTests {
  @Test func `the phantom matrix has 36 detections and its bindings first`() throws {
    let recipe = try DesignFiles.all().load("experiments/phantom-matrix.yaml")
    #expect(recipe.name == "phantom-matrix")
    #expect(recipe.recipeName == "generalization")
    #expect(recipe.seed == 20_260_322)
    #expect(recipe.folder == FilePath("experiments"))
    #expect(recipe.stages.map(\.name).first == "regions")
    let detect = try #require(recipe.stage("detect"))
    #expect(recipe.coordinates(of: detect).count == 36)
    #expect(recipe.coordinates(of: detect)[1].address == "[model=neun,test=cfos]")
    #expect(recipe.unboundInputs.isEmpty)
    #expect(recipe.stage("matrix")?.gather.map(\.from) == ["evaluate", "evaluate_dog", "evaluate_chance"])
  }

  @Test func `settings of the experiment replace those of the recipe, vary included`() throws {
    let recipe = try DesignFiles.all().load("experiments/phantom-matrix.yaml")
    let expected =
      "{batch: 4, crop: [16, 64, 64], learning_rate: 0.001, model: {depth: 4, dim: 32, kernel: 5, kind: convmixer3d, "
      + "patch: [1, 2, 2]}, steps: 500}"
    #expect(recipe.parameters("train", "neun") == expected)
    #expect(recipe.parameters("train", "gfap") == expected)
    #expect(
      recipe.parameters("regions", "pv") == "{marker: pv, size: [32, 160, 160], test: 3, train: 3, validation: 1}")
  }

  @Test func `a variant and the command line come last`() throws {
    let recipe = try DesignFiles.all().load(
      "experiments/phantom-matrix.yaml", variant: "full",
      overrides: ["train.steps=20", "train[marker=gfap].steps=7", "train.model.dim=8"])
    #expect(recipe.parameters("train", "neun").contains("depth: 6, dim: 8"))
    #expect(recipe.parameters("train", "neun").contains("steps: 20"))
    #expect(recipe.parameters("train", "gfap").contains("steps: 7"))
  }

  @Test func `the smoke variant narrows every axis made of markers`() throws {
    let recipe = try DesignFiles.all().load("experiments/phantom-matrix.yaml", variant: "smoke")
    #expect(try recipe.coordinates(of: #require(recipe.stage("detect"))).count == 4)
    #expect(recipe.axis("marker")?.allLabels.count == 6)
  }

  @Test func `real data replaces the markers, and by-depth keeps one`() throws {
    let recipe = try DesignFiles.all().load("experiments/light-sheet-matrix.yaml")
    #expect(recipe.axis("marker")?.labels == ["cfos", "microglia"])
    #expect(recipe.dataRoot == .environment("LIGHTBENCH_DATA"))
    let depth = try DesignFiles.all().load(
      "experiments/light-sheet-matrix.yaml", variant: "by-depth", overrides: ["data.root=/data"])
    #expect(depth.dataRoot == .path("/data", isFromCommandLine: true))
    #expect(depth.parameters("regions", "cfos") == "{manifest: light-sheet.yaml, marker: cfos, split: by-depth}")
  }

  @Test func `the sweep has 84 pretrainings of linked records`() throws {
    let recipe = try DesignFiles.all().load("recipes/mae-sweep.yaml")
    let pretrain = try #require(recipe.stage("pretrain"))
    #expect(recipe.coordinates(of: pretrain).count == 84)
    #expect(recipe.unboundInputs.map(\.name) == ["regions"])
    #expect(
      recipe.parameters("pretrain", "medium", "0.35", "all")
        == "{crop: [24, 48, 48], mask_ratio: 0.35, on_divergence: record, patch: [6, 12, 12], preset: sweep}")
    let best = try #require(recipe.stage("best"))
    #expect(best.over == [LocalAxis(name: "geometry", axis: "geometry"), LocalAxis(name: "dataset", axis: "dataset")])
    #expect(recipe.coordinates(of: best).count == 21)
    #expect(pretrain.inputs[0].reference["marker"] == .field("dataset", "markers"))
  }

  @Test func `the seed reads values of axes, never labels of records`() throws {
    let recipe = try DesignFiles.all().load("recipes/mae-sweep.yaml")
    let pretrain = try #require(recipe.stage("pretrain"))
    let coordinate = Coordinate(axes: ["geometry", "mask", "dataset"], labels: ["small", "0.15", "neun"])
    let values = pretrain.parameters(at: coordinate, axes: recipe.axes).axisValues
    #expect(Set(values.map(\.canonical.yamlText)) == ["[16, 32, 32]", "[4, 8, 8]", "0.15"])
  }

  @Test(arguments: [
    ("experiments/phantom-matrix.yaml", nil), ("experiments/phantom-matrix.yaml", "full"),
    ("experiments/phantom-matrix.yaml", "smoke"), ("experiments/phantom-matrix.yaml", "no-contrast"),
    ("experiments/light-sheet-matrix.yaml", nil), ("experiments/light-sheet-matrix.yaml", "by-depth"),
    ("recipes/generalization.yaml", nil), ("recipes/mae-sweep.yaml", nil),
  ])
  func `the resolved recipe parses to the same tasks`(path: String, variant: String?) throws {
    let recipe = try DesignFiles.all().load(path, variant: variant, overrides: ["prepare[marker=cfos].clip=true"])
    let text = recipe.resolvedYAML()
    let again = try MemoryFiles(texts: ["resolved.yaml": text]).load("resolved.yaml")
    #expect(again.taskTexts == recipe.taskTexts)
    #expect(again.resolvedYAML() == text)
    #expect(again.dataRoot == recipe.dataRoot)
  }

  @Test(arguments: DesignFiles.names)
  func `the files of the repository parse to the tasks of the design`(name: String) throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    // What the light-sheet experiment sets beyond the design: settings fixed on training and validation volumes.
    let settings =
      name == "experiments/light-sheet-matrix.yaml"
      ? [
        "prepare.method=log-ratio", "train.model={kind: convmixer3d, dim: 32, depth: 4, kernel: 5, patch: [1, 2, 2]}",
        "train.batch=4", "train.steps=600",
      ] : []
    let recipe = try Recipe.load(root.appending(name))
    #expect(recipe.taskTexts == (try DesignFiles.all().load(name, overrides: settings)).taskTexts)
  }

  @Test(arguments: ["light-sheet-matrix", "phantom-matrix", "canvas-matrix"])
  func `every variant of a committed experiment loads`(name: String) throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let path = root.appending("experiments/\(name).yaml")
    let text = try String(contentsOf: URL(filePath: path.string), encoding: .utf8)
    var collector = DiagnosticCollector()
    let node = try #require(YAMLDocument.parse(Array(text.utf8), file: name, into: &collector))
    let variants = try #require(node["variants"]?.mapping?.map(\.name))
    #expect(!variants.isEmpty)
    for variant in variants { #expect(try Recipe.load(path, variant: variant).variant == variant) }
  }
}
