import ArrayStores
import Artifacts
import Fingerprints
import Foundation
import Imaging
import Pipeline
import Recipes
import SystemPackage
import Testing

@testable import Reports

/// A small experiment whose artifacts are put into a store by hand; it goes with the test.
final class TinyExperiment {
  let folder: FilePath

  init(_ recipe: String = TinyExperiment.recipe) throws {
    folder = FilePath(FileManager.default.temporaryDirectory.path).appending("lightbench-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    try Data(recipe.utf8).write(to: URL(filePath: folder.appending("tiny.yaml").string))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  static let recipe = """
    lightbench: 1
    name: tiny
    seed: 1
    axes: {marker: [a, b]}
    stages:
      make: {use: fake.regions, over: [marker], with: {name: $marker}}
      score: {use: fake.score, over: {model: marker, test: marker}, in: {regions: "make.regions[marker=$test]"}, with: {name: $model}}
      chance: {use: fake.score, over: {test: marker}, in: {regions: "make.regions[marker=$test]"}}
      matrix:
        use: fake.pivot
        with: {metric: f1}
        gather:
          - {from: score, rows: model, columns: test}
          - {from: chance, as: {model: chance}, columns: test}

    """

  func experiment(_ registry: StageRegistry = FakeStages.registry) throws -> OpenExperiment {
    try OpenExperiment(
      folder.appending("tiny.yaml"), variant: nil, overrides: [], store: folder.appending("store"),
      registry: registry)
  }

  /// Publishes what every task of the experiment would give.
  @discardableResult
  func run(
    _ experiment: OpenExperiment, without left: Set<String> = [],
    giving result: (Graph.Task) throws -> (bundle: Pipeline.Bundle, metrics: [Metric]) = TinyExperiment.result
  ) throws -> Plan {
    while true {
      let plan = try experiment.plan()
      let ready = plan.entries.filter { $0.key != nil && !$0.isCached && !left.contains($0.task.address) }
      if ready.isEmpty { return plan }
      for entry in ready { try publish(entry, result(entry.task), in: experiment.store) }
    }
  }

  private func publish(
    _ entry: Plan.Entry, _ result: (bundle: Pipeline.Bundle, metrics: [Metric]), in store: Store
  ) throws {
    let ports = entry.task.prepared.ports.outputs
    let publication = try Publication(in: store, of: try #require(entry.key), ports: ports)
    try publication.write(ports[0].name, result.bundle)
    _ = try publication.publish(
      result.metrics,
      provenance: .init(
        address: entry.task.address, host: "h", process: 1, build: "b", started: 0, seconds: 0, log: "/dev/null"))
  }

  /// What a task of `recipe` gives.
  static func result(of task: Graph.Task) throws -> (bundle: Pipeline.Bundle, metrics: [Metric]) {
    let value: Double? = task.address == "score[model=b,test=a]" ? nil : 0.5
    var metrics = task.stage == "make" ? [] : [Metric("f1", value, better: .higher), Metric("matches", 2)]
    if task.address == "chance[test=b]" { metrics.append(Metric("tuning.f1", 0.25, better: .higher)) }
    return (try bundle(of: task), metrics)
  }

  private static func bundle(of task: Graph.Task) throws -> Pipeline.Bundle {
    switch task.stage {
    case "make":
      let label = task.coordinate["marker"] ?? ""
      return try AnnotatedRegions(
        marker: Marker(label: label, displayName: label.uppercased() + "!", tolerance: label == "a" ? 6 : 2.5),
        regions: []
      ).bundle()
    case "matrix":
      return try ResultTable(
        metric: "f1", rows: ["a", "b", "chance"], columns: ["a", "b"], values: [[1, 0.5], [nil, 0.25], [0, 0.125]]
      ).bundle()
    default: return Pipeline.Bundle(ArtifactType("scores"), facts: ["of": .text(task.address)])
    }
  }
}

/// Stage kinds that are never run.
enum FakeStages {
  static let registry = StageRegistry(
    [
      StageKind(Regions.self, defaults: .init()), StageKind(Score.self, defaults: .init()),
      StageKind(Pivot.self, defaults: .init()),
    ], numerics: 1)

  struct Regions: Stage {
    struct Parameters: Sendable { var name = "" }
    static let kind = "fake.regions"
    static let revision = 3
    static let summary = "regions"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [.value("name", \.name, "which")])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("regions", .annotatedRegions)]) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Score: Stage {
    struct Parameters: Sendable { var name = "" }
    static let kind = "fake.score"
    static let revision = 1
    static let summary = "scores"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [.value("name", \.name, "which")])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("regions", .annotatedRegions)], outputs: [Port("scores", ArtifactType("scores"))])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Pivot: Stage {
    struct Parameters: Sendable { var metric = "" }
    static let kind = "fake.pivot"
    static let revision = 1
    static let summary = "a table"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [.value("metric", \.metric, "which")])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("table", .table)], gathers: true) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }
}
