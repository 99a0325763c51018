import Foundation
import Pipeline
import Recipes
import SystemPackage
import Testing

@testable import Stages

/// The blocks of YAML of the design's page on recipes, kept beside the tests of `Recipes`, expanded to tasks.
@Suite struct DesignPlanTests {
  /// A training that the program does not have yet, with the ports and parameters of the design.
  private struct Pretraining: Stage {
    struct Parameters: Sendable {
      var crop = [0]
      var patch = [0]
      var maskRatio = 0.5
      var preset = ""
      var onDivergence = ""
    }
    static let kind = "train.mae"
    static let revision = 1
    static let summary = "stands for pretraining"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(),
      [
        .value("crop", \.crop, ""), .value("patch", \.patch, ""), .value("mask_ratio", \.maskRatio, ""),
        .value("preset", \.preset, ""), .value("on_divergence", \.onDivergence, ""),
      ])
    static func ports(_ parameters: Parameters) -> Ports {
      let regions = ArtifactType("annotated-regions")
      return Ports(
        inputs: [Port("train", regions, .many), Port("validation", regions, .many)],
        outputs: [Port("model", ArtifactType("pretrained"))])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  /// The program's kinds, and those in their place that it lacks.
  private static let registry: StageRegistry = {
    let known = StageRegistry.lightbench
    let later = [StageKind(Pretraining.self, defaults: .init())]
    return StageRegistry(known.kinds + later.filter { known[$0.kind] == nil }, numerics: known.numerics)
  }()

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
    ("recipes/mae-sweep.yaml", nil, 112),
  ])
  func `every block is parsed and expanded`(name: String, variant: String?, count: Int) throws {
    #expect(try graph(name, variant: variant).tasks.count == count)
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
    let recipe = try Recipe.load(FilePath(file.path), kinds: Self.registry.kinds.map(\.kind))
    let graph = try Graph(recipe, registry: Self.registry)
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
