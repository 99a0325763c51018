import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Pipeline
import Recipes
import Testing

@testable import Reports

/// Pictures of detections from a store, where not every row of a table is scored on the same regions.
@Suite struct DetectionPicturesTests {
  private static let recipe = """
    lightbench: 1
    name: tiny
    seed: 1
    axes: {marker: [a, b]}
    stages:
      make: {use: fake.regions, over: [marker], with: {name: $marker}}
      extra: {use: fake.regions, over: [marker], with: {name: extra}}
      detect:
        {use: fake.detect, over: {model: marker, test: marker}, in: {regions: "make.regions[marker=$test]"}, with: {name: $model}}
      score:
        use: evaluate.detections
        over: {model: marker, test: marker}
        in: {detections: detect.detections, regions: "make.regions[marker=$test]"}
      detect_extra: {use: fake.detect, over: {test: marker}, in: {regions: "extra.regions[marker=$test]"}}
      score_extra:
        use: evaluate.detections
        over: {test: marker}
        in: {detections: detect_extra.detections, regions: "extra.regions[marker=$test]"}
      matrix:
        use: fake.pivot
        with: {metric: f1.pooled}
        gather:
          - {from: score, rows: model, columns: test}
          - {from: score_extra, as: {model: extra}, columns: test}

    """

  private static let registry = StageRegistry(
    [
      StageKind(FakeStages.Regions.self, defaults: .init()), StageKind(Detect.self, defaults: .init()),
      StageKind(Evaluate.self, defaults: .init()), StageKind(FakeStages.Pivot.self, defaults: .init()),
    ], numerics: 1)

  /// `first` has one cell, `second` two, `third` three; `extra` has the last two alone, in smaller images.
  private static func regions(_ task: Graph.Task) throws -> AnnotatedRegions {
    let isExtra = task.stage == "extra"
    let label = task.coordinate["marker"] ?? ""
    let size = isExtra ? Extent(4, 24, 24) : Extent(6, 40, 60)
    return AnnotatedRegions(
      marker: Marker(label: label, displayName: label.uppercased(), tolerance: 3),
      regions: try ["first", "second", "third"].enumerated().dropFirst(isExtra ? 1 : 0).map { place, id in
        AnnotatedRegion(
          id: id, role: .test, image: try NDArray([Float](repeating: 1, count: size.count), shape: size.axes),
          voxelSize: VoxelSize(4, 2, 2), source: .of("\(label) \(id)"), box: Box(size),
          centres: (0...place).map { Point(1, 10, Float(5 + 8 * $0)) }, ignore: [])
      })
  }

  /// What a task gives: every detector finds the first cell of each region.
  private static func result(of task: Graph.Task) throws -> (bundle: Pipeline.Bundle, metrics: [Metric]) {
    switch task.stage {
    case "make", "extra": return (try regions(task).bundle(), [])
    case "detect", "detect_extra":
      let names = ["first", "second", "third"].dropFirst(task.stage == "detect" ? 0 : 1)
      let found = names.map { _ in Detections(points: [Point(1, 10, 5)], scores: [0.9]) }
      return (try RegionDetections(regions: Array(names), detections: found).bundle(), [])
    case "score", "score_extra": return (Bundle(ArtifactType("scores"), facts: [:]), [Metric("tau", 0.5)])
    default:
      let values = [[0.75, 0.5], [0.5, 0.25], [0.5, 0.5]]
      let table = ResultTable(metric: "f1", rows: ["a", "b", "extra"], columns: ["a", "b"], values: values)
      return (try table.bundle(), [])
    }
  }

  private static func set(rows: [String]) throws -> FigureSet {
    let tiny = try TinyExperiment(recipe)
    let experiment = try tiny.experiment(registry)
    let plan = try tiny.run(experiment, giving: result)
    let pivot = try #require(plan.entries.first { $0.task.stage == "matrix" })
    let matrix = Matrix(
      title: "tiny", metric: "f1.pooled",
      columns: ["a", "b"].map { Matrix.Column(label: $0, name: $0.uppercased()) },
      rows: rows.map { Matrix.Row(label: $0, name: $0.uppercased(), values: [0.5, 0.5]) })
    return DetectionPictures(of: pivot, in: plan, store: experiment.store, matrix: matrix).set()
  }

  @Test func `a row that was scored on other regions is left out and named`() throws {
    let set = try Self.set(rows: ["a", "b", "extra"])
    #expect(set.figures.map(\.name) == ["detections-a", "detections-b"])
    #expect(
      set.missing == [
        "no picture of EXTRA on A: it was scored on other regions than A",
        "no picture of EXTRA on B: it was scored on other regions than B",
      ])
    #expect(
      set.figures[0].alt
        == "Region second of A. A model (its own): F1 0.67, 1 found, 0 false, 1 missed; B model: F1 0.67, 1 found, 0 "
        + "false, 1 missed.")
  }

  @Test func `the caption tells region, planes and what has no mark`() throws {
    let caption = try #require(try Self.set(rows: ["a", "b"]).figures.first).caption
    #expect(caption.contains("Region 'second', that of the median F1 of the marker's own model"))
    #expect(caption.contains("planes 0-2 of 6 (z from 0 to 12 \u{b5}m), rows 0-39 of 40, columns 0-59 of 60"))
    #expect(caption.contains("what is bright without a mark there has its centre in other planes."))
    #expect(caption.contains("threshold (A 0.500, B 0.500)"))
  }

  @Test func `where the first row has other regions, it is those that are shown`() throws {
    let set = try Self.set(rows: ["extra"])
    // Of two regions the one with the lower F1.
    #expect(
      set.figures.map(\.alt)
        == ["A", "B"].map { "Region third of \($0). EXTRA model: F1 0.50, 1 found, 0 false, 2 missed." })
    #expect(set.figures.allSatisfy { $0.caption.contains("median F1 of EXTRA") } && set.missing.isEmpty)
  }

  @Test func `results hold one picture, of the marker with the median F1, the same from every run`() throws {
    func results() throws -> ResultsFolder {
      let tiny = try TinyExperiment(Self.recipe)
      let experiment = try tiny.experiment(Self.registry)
      return try ResultsFolder(experiment, plan: tiny.run(experiment, giving: Self.result), below: tiny.folder)
    }
    let (first, second) = (try results(), try results())
    #expect(first.files == second.files)
    let pictures = first.files.filter { $0.name.hasSuffix(".png") }
    #expect(pictures.map(\.name) == ["matrix-detections.png"])
    #expect(pictures[0].bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) && pictures[0].bytes.count < 300_000)
    let text = try #require(first.files.first { $0.name == "matrix.md" }).text
    // Of two the lower one.
    let start =
      "## What was found and missed\n\n### Detections on B\n\n![Region second of B. B model (its own): F1 0.67, "
    #expect(text.contains(start), "\(text)")
    #expect(text.contains("](matrix-detections.png)\n\nCircle: found; cross: false; square: missed. "))
  }

  struct Detect: Stage {
    struct Parameters: Sendable { var name = "" }
    static let kind = "fake.detect"
    static let revision = 1
    static let summary = "detections"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [.value("name", \.name, "which")])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(inputs: [Port("regions", .annotatedRegions)], outputs: [Port("detections", .detections)])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }

  struct Evaluate: Stage {
    struct Parameters: Sendable { var border = 0 }
    static let kind = "evaluate.detections"
    static let revision = 1
    static let summary = "scores"
    static let schema = ParameterSchema<Parameters>(default: Parameters(), [.value("border", \.border, "margin")])
    static func ports(_ parameters: Parameters) -> Ports {
      Ports(
        inputs: [Port("detections", .detections), Port("regions", .annotatedRegions)],
        outputs: [Port("scores", ArtifactType("scores"))])
    }
    init(_ parameters: Parameters) {}
    func run(_ inputs: StageInputs, in context: StageContext) async throws -> [Metric] { [] }
  }
}
