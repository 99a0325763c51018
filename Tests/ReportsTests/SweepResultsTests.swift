import Artifacts
import Fingerprints
import Foundation
import Pipeline
import Recipes
import SystemPackage
import Testing

@testable import Reports

/// Results of a sweep whose artifacts were put into a store by hand.
@Suite final class SweepResultsTests {
  private let folder: FilePath

  init() throws {
    folder = FilePath(FileManager.default.temporaryDirectory.path).appending("lightbench-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    try Data(Self.recipe.utf8).write(to: URL(filePath: folder.appending("sweep.yaml").string))
    let experiment = "lightbench: 1\nrecipe: sweep.yaml\nvariants: {seeds: {axes: {mask: [0.5]}, replicates: 2}}\n"
    try Data(experiment.utf8).write(to: URL(filePath: folder.appending("tiny.yaml").string))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  private static let recipe = """
    lightbench: 1
    name: sweep
    seed: 1
    axes: {geometry: [small, large], mask: [0.75, 0.5], dataset: [a, b]}
    stages:
      pretrain: {use: train.fake, over: [geometry, mask, dataset], with: {of: $geometry, mask: $mask, on: $dataset, preset: mini, scale: 2}}
      table: {use: table.fake, gather: {from: pretrain, rows: [geometry, mask], columns: dataset}}

    """

  private func run(variant: String? = nil) throws -> (OpenExperiment, Plan) {
    let experiment = try OpenExperiment(
      folder.appending("tiny.yaml"), variant: variant, overrides: [], store: folder.appending("store"),
      registry: FakeSweep.registry)
    while true {
      let plan = try experiment.plan()
      let ready = plan.entries.filter { $0.key != nil && !$0.isCached }
      if ready.isEmpty { return (experiment, plan) }
      for entry in ready { try publish(entry, in: experiment.store) }
    }
  }

  private func publish(_ entry: Plan.Entry, in store: Store) throws {
    let publication = try Publication(
      in: store, of: try #require(entry.key), ports: entry.task.prepared.ports.outputs)
    var metrics: [Metric] = []
    if entry.task.stage == "table" {
      let rows = try entry.task.inputs.map { try #require($0.labels["row"]) }
      let unique = rows.indices.filter { rows.firstIndex(of: rows[$0]) == $0 }.map { rows[$0] }
      try publication.write(
        "table",
        ResultTable(
          metric: "validation.loss", rows: unique, columns: ["a", "b"], values: unique.map { _ in [0.01, nil] }
        ).bundle())
    } else {
      let place = entry.task.coordinate
      let hasDiverged = place["dataset"] == "b" && place["geometry"] == "large"
      let loss = (place["mask"] == "0.5" ? 0.01 : 0.02) * (place["replicate"] == "1" ? 1.1 : 1)
      metrics = [
        Metric("validation.loss", hasDiverged ? nil : loss, better: .lower),
        Metric("validation.relative_to_own_mean", hasDiverged ? nil : 50 * loss, better: .lower),
        Metric("converged", hasDiverged || place["mask"] == "0.75" ? 0 : 1, better: .higher),
        Metric("diverged", hasDiverged ? 1 : 0, better: .lower),
      ]
      try publication.write("model", Pipeline.Bundle(ArtifactType("fake"), facts: ["of": .text(entry.task.address)]))
    }
    _ = try publication.publish(
      metrics,
      provenance: .init(
        address: entry.task.address, host: "h", process: 1, build: "b", started: 0, seconds: 0, log: "/dev/null"))
  }

  @Test func `a table over two axes, one of numbers, is a sweep with its figure`() throws {
    let (experiment, plan) = try run()
    let reader = PivotReader(plan, store: experiment.store)
    let sweep = try #require(try reader.sweep(of: reader.pivots[0], title: "tiny"))
    #expect(sweep.series.map(\.label) == ["small", "large"])
    #expect(sweep.numbers.map(\.label) == ["0.5", "0.75"])
    #expect(sweep.panels.map(\.label) == ["a", "b"])
    #expect(sweep.relativeMetric == "validation.relative_to_own_mean")
    #expect(sweep.cell(series: "small", number: "0.5", panel: "a") == SweepTests.cellOf(0.01, relative: 0.5))
    #expect(sweep.cell(series: "large", number: "0.5", panel: "b")?.remark == "diverged")
    #expect(sweep.cell(series: "small", number: "0.75", panel: "b")?.remark == "not converged")
    let results = try ResultsFolder(experiment, plan: plan, below: "results")
    #expect(
      results.files.map(\.name) == [
        "provenance.json", "recipe.yaml", "table-curves.svg", "table-loss-curves.svg", "table.cells.csv", "table.csv",
        "table.md", "table.svg",
      ])
    let loss = try #require(results.files.first { $0.name == "table-loss-curves.svg" }).text
    #expect(loss.contains(">validation.loss by mask<") && loss.contains(">0.0200<"))
    let text = try #require(results.files.first { $0.name == "table.md" }).text
    #expect(text.contains("# tiny, table\n"))
    #expect(text.contains("| geometry, mask \\\\ dataset |"))
    #expect(text.contains("0.0100 (not converged)"))
    #expect(text.contains("\n- trained by the preset 'mini', scale 2\n"))
    #expect(text.contains("n/a (diverged)"))
    #expect(text.contains("\n## Best mask of each geometry and dataset\n"))
    #expect(text.contains("\n| small 0.75 | a | 0.02000 | 1.000 | 0 | 0 |\n"))
  }

  @Test func `replicates of some cells tell the noise of the seed`() throws {
    let (experiment, plan) = try run()
    let (_, repeats) = try run(variant: "seeds")
    let text = try #require(
      try ResultsFolder(experiment, plan: plan, repeats: repeats, below: "results").files.first {
        $0.name == "table.md"
      }
    ).text
    // 0.01 and 0.011: the deviation is 6.7% of the mean.
    #expect(text.contains("6.7% of the loss, from 2 seeds on 3 cells."))
    func provenance(_ repeats: Plan?) throws -> String {
      try #require(
        try ResultsFolder(experiment, plan: plan, repeats: repeats, below: "results").files.first {
          $0.name == "provenance.json"
        }
      ).text
    }
    // Apart from the experiment's own, whose lines stay as they are.
    let (plain, whole) = (try provenance(nil), try provenance(repeats))
    #expect(plain.hasSuffix("}}\n  ]\n}\n") && whole.hasPrefix(plain.dropLast("\n}\n".count)))
    let parsed = try JSONDecoder().decode(Provenance.self, from: Data(whole.utf8))
    #expect(parsed.noise.variant == "seeds" && parsed.noise.tasks.count == repeats.entries.count)
    #expect(parsed.tasks.map(\.task) == plan.entries.map(\.task.address))
    #expect(parsed.noise.tasks.map(\.fingerprint) == repeats.entries.compactMap { $0.manifest?.fingerprint.hex })
    #expect(experiment.recipe.variants == ["seeds"])
  }

  @Test func `where the noise of the seed cannot be read, a report says so and why`() throws {
    let (experiment, plan) = try run()
    let (_, repeats) = try run(variant: "seeds")
    var source = ReportSource(experiment, plan: plan, for: folder, runs: [], arguments: "tiny.yaml", version: "1")
    source.repeats = repeats
    func tables() -> [ReportTable] {
      AnswerSection(source: source, tables: ReportedTable.all(of: source, isQuick: false)).section.blocks.tables
    }
    #expect(tables().allSatisfy { !$0.grid.notes.joined().contains("could not be read") })
    let table = try #require(repeats.entries.first { $0.task.stage == "table" }?.manifest?.outputs["table"])
    try FileManager.default.removeItem(atPath: experiment.store.objectFolder(table.digest).string)
    let notes = try #require(tables().first { $0.name == "table.best" }).grid.notes
    #expect(notes.last?.hasPrefix("the noise of the seed could not be read: ") ?? false, "\(notes)")
  }
}

private struct Provenance: Decodable {
  struct Task: Decodable {
    let task: String
    let fingerprint: String
  }
  struct Noise: Decodable {
    let variant: String
    let tasks: [Task]
  }
  let tasks: [Task]
  let noise: Noise
}

extension SweepTests {
  fileprivate static func cellOf(_ value: Double, relative: Double) -> Sweep.Cell {
    Sweep.Cell(values: [value], relative: [relative], converged: 1)
  }
}

/// Stage kinds that are never run.
private enum FakeSweep {
  static let registry = StageRegistry(
    [StageKind(Training.self, defaults: .init()), StageKind(Table.self, defaults: .init())], numerics: 1)

  struct Training: Stage {
    struct Parameters: Sendable {
      var of = ""
      var mask = 0.0
      var on = ""
      var preset = ""
      var scale = 1.0
      var steps: Int?
    }
    static let kind = "train.fake"
    static let revision = 1
    static let summary = "a training"
    static let schema = ParameterSchema<Parameters>(
      default: Parameters(),
      [
        .value("of", \.of, "which"), .value("mask", \.mask, "how much"), .value("on", \.on, "what"),
        .value("preset", \.preset, "which length"), .value("scale", \.scale, "how much of it"),
        .value("steps", \.steps, range: 1...1000, "or so many"),
      ])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("model", ArtifactType("fake"))]) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Table: Stage {
    struct Parameters: Sendable {}
    static let kind = "table.fake"
    static let revision = 1
    static let summary = "a table"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [])
    static func ports(_ parameters: Parameters) -> Ports { Ports(outputs: [Port("table", .table)], gathers: true) }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }
}
