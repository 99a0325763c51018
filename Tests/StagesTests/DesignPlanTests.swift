import Foundation
import Pipeline
import Recipes
import Stages
import SystemPackage
import Testing

/// The blocks of YAML of the design's page on recipes, kept beside the tests of `Recipes`, expanded to tasks.
@Suite struct DesignPlanTests {
  private static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .appending("RecipesTests/Fixtures/design")

  private func graph(_ name: String, variant: String? = nil, overrides: [String] = []) throws -> Graph {
    let recipe = try Recipe.load(
      Self.folder.pushing(FilePath(name)), variant: variant, overrides: overrides,
      kinds: StageRegistry.lightbench.kinds.map(\.kind))
    return try Graph(recipe, registry: .lightbench)
  }

  @Test(arguments: [
    ("recipes/generalization.yaml", nil, 109), ("experiments/phantom-matrix.yaml", nil, 115),
    ("experiments/phantom-matrix.yaml", "full", 115), ("experiments/phantom-matrix.yaml", "smoke", 23),
    ("experiments/phantom-matrix.yaml", "no-contrast", 115), ("experiments/light-sheet-matrix.yaml", nil, 23),
    ("experiments/light-sheet-matrix.yaml", "by-depth", 10), ("experiments/light-sheet-matrix.yaml", "leave-out-1", 23),
    ("recipes/mae-sweep.yaml", nil, 112),
  ])
  func `every block is parsed and expanded`(name: String, variant: String?, count: Int) throws {
    #expect(try graph(name, variant: variant).tasks.count == count)
  }

  @Test func `the sweep with a rule to stop by has the tasks of the one without, and rungs`() throws {
    let text = try String(contentsOfFile: Self.folder.appending("recipes/mae-sweep.yaml").string, encoding: .utf8)
    let rule = "    use: train.mae\n    stop: {rule: halving, metric: validation.loss, eta: 3, min: 10}\n"
    let recipe = try Recipe.load("mae-sweep.yaml", kinds: StageRegistry.lightbench.kinds.map(\.kind)) { _ in
      .success(Array(text.replacing("    use: train.mae\n", with: rule).utf8))
    }
    let graph = try Graph(recipe, registry: .lightbench)
    #expect(graph.tasks.count == 112)
    let halving = try #require(graph.halvings.first)
    let tasks = halving.members.map { graph.tasks[$0] }
    #expect(tasks.map(\.address) == graph.tasks.filter { $0.stage == "pretrain" }.map(\.address))
    #expect(halving.counts == [84, 28, 10, 4, 2] && halving.rungs == [10, 30, 90, 270])
    #expect(tasks.allSatisfy { $0.prepared.trajectory?.steps ?? 0 > 270 })
  }

  @Test func `the sweep's list of markers becomes an ordered list of artifacts`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lightbench-sweep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let experiment = """
      lightbench: 1
      recipe: \(Self.folder.appending("recipes/mae-sweep.yaml"))
      bind:
        regions: {use: phantom.regions, with: {marker: $marker, train: 1, validation: 1, test: 1, size: [32, 64, 64]}}
      """
    let file = folder.appending(path: "sweep.yaml")
    try Data(experiment.utf8).write(to: file)
    let recipe = try Recipe.load(FilePath(file.path), kinds: StageRegistry.lightbench.kinds.map(\.kind))
    let graph = try Graph(recipe, registry: .lightbench)
    #expect(graph.tasks.count == 118)
    let all = try #require(graph.tasks.first { $0.address == "pretrain[geometry=small,mask=0.35,dataset=all]" })
    #expect(
      all.inputs.filter { $0.port == "train" }.map { graph.tasks[$0.producer].address }
        == ["neun", "cfos", "pv", "th", "iba1", "gfap"].map { "prepare[marker=\($0)]" })
    let best = try #require(graph.tasks.first { $0.address == "best[geometry=large,dataset=pv]" })
    #expect(Set(best.inputs.map(\.producer)).count == 4)
  }

  @Test func `three replicates of the matrix share their data, preparation and baselines`() throws {
    let graph = try graph("experiments/phantom-matrix.yaml", overrides: ["replicates=3"])
    // 6 regions, preparations and 4 x 6 of baselines once; 6 trainings and twice 36 that depend on them thrice; a table.
    #expect(graph.tasks.count == 6 + 6 + 24 + 3 * (6 + 36 + 36) + 1)
    let pivot = try #require(graph.tasks.last)
    #expect(pivot.inputs.filter { $0.labels["replicate"] == "2" }.count == 36)
  }
}
