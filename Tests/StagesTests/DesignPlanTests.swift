import Foundation
import Pipeline
import Recipes
import SystemPackage
import Testing

@testable import Stages

/// The blocks of YAML of the design's page on recipes, kept beside the tests of `Recipes`, expanded to tasks.
@Suite struct DesignPlanTests {
  private static let registry = StageRegistry.lightbench

  private static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .appending("RecipesTests/Fixtures/design")

  private func graph(_ name: String, variant: String? = nil, overrides: [String] = []) throws -> Graph {
    let recipe = try Recipe.load(
      Self.folder.pushing(FilePath(name)), variant: variant, overrides: overrides,
      kinds: Self.registry.kinds.map(\.kind))
    return try Graph(recipe, registry: Self.registry)
  }

  @Test(arguments: [
    ("recipes/generalization.yaml", nil, 109), ("experiments/phantom-matrix.yaml", nil, 115),
    ("experiments/phantom-matrix.yaml", "full", 115), ("experiments/phantom-matrix.yaml", "smoke", 23),
    ("experiments/phantom-matrix.yaml", "no-contrast", 115), ("experiments/light-sheet-matrix.yaml", nil, 23),
    ("experiments/light-sheet-matrix.yaml", "by-depth", 10), ("experiments/light-sheet-matrix.yaml", "leave-out-1", 23),
  ])
  func `every block is parsed and expanded`(name: String, variant: String?, count: Int) throws {
    #expect(try graph(name, variant: variant).tasks.count == count)
  }

  @Test func `three replicates of the matrix share their data, preparation and baselines`() throws {
    let graph = try graph("experiments/phantom-matrix.yaml", overrides: ["replicates=3"])
    // 6 regions, preparations and 4 x 6 of baselines once; 6 trainings and twice 36 that depend on them thrice; a table.
    #expect(graph.tasks.count == 6 + 6 + 24 + 3 * (6 + 36 + 36) + 1)
    let pivot = try #require(graph.tasks.last)
    #expect(pivot.inputs.filter { $0.labels["replicate"] == "2" }.count == 36)
  }
}
