import ArrayStores
import Artifacts
import Fingerprints
import Imaging
import Pipeline
import Stages
import Testing

@Suite struct EvaluationTests {
  let bench: StageBench

  init() throws { bench = try StageBench() }

  /// Two cells and three detections in one region, nothing in the other.
  private func inputs(
    voxelSize: VoxelSize? = nil, annotations: [Point] = [Point(1, 5, 5), Point(1, 20, 20)],
    detections: Detections = Detections(
      points: [Point(1, 5, 6), Point(1, 28, 28), Point(1, 20, 22)], scores: [0.9, 0.8, 0.3]),
    tau: Double? = nil, names: [String] = ["full", "empty"]
  ) throws -> [String: [InputArtifact]] {
    let image = try NDArray([Float](repeating: 0, count: 4 * 32 * 32), shape: [4, 32, 32])
    func region(_ id: String, _ centres: [Point]) -> AnnotatedRegion {
      AnnotatedRegion(
        id: id, role: .test, image: image, voxelSize: voxelSize, source: .of(id), box: Box(Extent(4, 32, 32)),
        centres: centres, ignore: [])
    }
    let regions = AnnotatedRegions(
      marker: TinyRegions.marker, regions: [region("full", annotations), region("empty", [])])
    let found = RegionDetections(regions: names, detections: [detections, Detections()], tau: tau)
    return ["regions": [try bench.keep(regions.bundle())], "detections": [try bench.keep(found.bundle())]]
  }

  private func metrics(_ parameters: String, _ inputs: [String: [InputArtifact]]) async throws -> Manifest {
    try await bench.run("evaluate.detections", parameters, inputs).manifest
  }

  @Test func `all detections count where nobody chose a threshold`() async throws {
    let found = try await metrics("{}", inputs())
    #expect(try found.metric("precision.pooled") == 2.0 / 3)
    #expect(try found.metric("recall.pooled") == 1)
    #expect(try found.metric("f1.pooled") == 0.8)
    #expect(try found.metric("f1.mean") == 0.8)
    #expect(try found.metric("localisation.pooled") == 1.5)
    #expect(try found.metric("matches") == 2)
    #expect(try found.metric("regions.na") == 1)
    #expect(try found.metric("tau") == nil)
    // At 0.9: 1 of 1, at 0.8: 1 of 2, at 0.3: 2 of 3; the gains in recall count with their precision.
    #expect(try found.metric("average_precision") == 0.5 + 0.5 * 2 / 3)
    #expect(try found.metric("f1.best") == 0.8)
  }

  @Test func `the parameter goes before the threshold that the detector chose`() async throws {
    let own = try await metrics("{}", inputs(tau: 0.85))
    #expect(try own.metric("tau") == 0.85)
    #expect(try own.metric("detections") == 1)
    #expect(try own.metric("f1.pooled") == 2.0 / 3)
    let given = try await metrics("{tau: 0.5}", inputs(tau: 0.85))
    #expect(try given.metric("detections") == 2)
    #expect(try given.metric("f1.pooled") == 0.5)
  }

  @Test func `each region has a row, with n/a where nothing was to be found and nothing was`() async throws {
    let found = try await metrics("{}", inputs())
    let table = try ResultTable(bench.read(bench.output("scores", of: found)))
    #expect(table.rows == ["full", "empty"])
    #expect(table.columns == ["precision", "recall", "f1", "localisation", "detections", "annotations", "matches"])
    #expect(table.values[0] == [2.0 / 3, 1, 0.8, 1.5, 3, 2, 2])
    #expect(table.values[1] == [nil, nil, nil, nil, 0, 0, 0])
  }

  @Test func `without annotations and detections every score is n/a`() async throws {
    let found = try await metrics("{}", inputs(annotations: [], detections: Detections()))
    for name in ["f1.pooled", "f1.mean", "precision.pooled", "recall.mean", "localisation.pooled", "average_precision"]
    {
      #expect(try found.metric(name) == nil, "\(name)")
    }
    #expect(try found.metric("f1.best") == nil)
    #expect(try found.metric("tau.best") == nil)
  }

  @Test func `only annotations give a recall of 0 and no precision`() async throws {
    let found = try await metrics("{}", inputs(detections: Detections()))
    #expect(try found.metric("recall.pooled") == 0)
    #expect(try found.metric("precision.pooled") == nil)
    #expect(try found.metric("f1.pooled") == 0)
  }

  @Test func `in a margin nothing counts`() async throws {
    let found = try await metrics("{border: 1}", inputs(annotations: [Point(0, 5, 5), Point(1, 20, 20)]))
    #expect(try found.metric("annotations") == 1)
  }

  @Test func `micrometres need a voxel size`() async throws {
    let failure = try await #require(throws: TaskFailure.self) { try await metrics("{unit: um}", inputs()) }
    #expect(failure.message == "the voxel size of region 'full' is unknown; use unit: px")
    let found = try await metrics("{unit: um}", inputs(voxelSize: VoxelSize(4, 2, 2)))
    #expect(try found.metric("localisation.pooled") == 3)
    #expect(found.metrics.first { $0.name == "localisation.pooled" }?.unit == "um")
  }

  @Test func `detections of other regions are refused`() async throws {
    let failure = try await #require(throws: TaskFailure.self) {
      try await metrics("{}", inputs(names: ["full", "other"]))
    }
    #expect(failure.message == #"the detections are of the regions ["full", "other"], not of ["full", "empty"]"#)
  }

  // MARK: - Tables

  private func pivot(_ metric: String, _ cells: [(String, String, Double?)]) async throws -> ResultTable {
    let inputs = try cells.map { row, column, value in
      try bench.keep(Metric.bundle([Metric("f1", value)]), labels: ["row": row, "column": column])
    }
    let found = try await bench.run("table.pivot", "{metric: \(metric)}", ["metrics": inputs]).manifest
    return try ResultTable(bench.read(bench.output("table", of: found)))
  }

  @Test func `a pivot keeps the order of labels, leaves n/a alone, and takes means where cells meet`() async throws {
    let table = try await pivot(
      "f1", [("b", "y", 0.25), ("b", "x", nil), ("a", "y", 0.5), ("a", "x", 1), ("a", "x", 0), ("a", "x", nil)])
    #expect(table.rows == ["b", "a"])
    #expect(table.columns == ["y", "x"])
    #expect(table.values == [[0.25, nil], [0.5, 0.5]])
  }

  @Test func `a metric that is not there is named with those that are`() async throws {
    let failure = try await #require(throws: TaskFailure.self) { try await pivot("f2", [("a", "x", 1)]) }
    #expect(failure.message == "there is no metric 'f2' in (a, x); there are 'f1'")
  }
}
