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

  @Test func `in micrometres each region has its own tolerance, but the curve takes the first one's`() async throws {
    let image = try NDArray([Float](repeating: 0, count: 4 * 32 * 32), shape: [4, 32, 32])
    let regions = ["coarse": VoxelSize(4, 2, 2), "fine": VoxelSize(4, 1, 1)].sorted { $0.key < $1.key }
      .map { id, voxelSize in
        AnnotatedRegion(
          id: id, role: .test, image: image, voxelSize: voxelSize, source: .of(id), box: Box(Extent(4, 32, 32)),
          centres: [Point(1, 5, 5)], ignore: [])
      }
    // A plane beside the cell, 4 um: within the 6 um of the coarse region, not within the 3 um of the fine one. Tables of
    // this revision are published: the curve's values move with the revision alone.
    let found = RegionDetections(
      regions: regions.map(\.id),
      detections: [
        Detections(points: [Point(1, 5, 6)], scores: [0.9]), Detections(points: [Point(2, 5, 5)], scores: [0.5]),
      ])
    let manifest = try await metrics(
      "{unit: um}",
      [
        "regions": [try bench.keep(AnnotatedRegions(marker: TinyRegions.marker, regions: regions).bundle())],
        "detections": [try bench.keep(found.bundle())],
      ])
    #expect(try manifest.metric("f1.pooled") == 0.5)
    #expect(try manifest.metric("f1.best") == 1)
    #expect(try manifest.metric("average_precision") == 1)
  }

  @Test func `detections of other regions are refused`() async throws {
    let failure = try await #require(throws: TaskFailure.self) {
      try await metrics("{}", inputs(names: ["full", "other"]))
    }
    #expect(failure.message == #"the detections are of the regions ["full", "other"], not of ["full", "empty"]"#)
  }

  // MARK: - A threshold chosen again

  /// The detections and annotations of a marker's validation regions.
  private func tuning(
    _ detections: Detections, names: [String] = ["validation-0"]
  ) throws -> [String: [InputArtifact]] {
    let regions = try TinyRegions.only(.validation)
    let found = RegionDetections(regions: names, detections: [detections])
    return [
      "tuning_detections": [try bench.keep(found.bundle())], "tuning_regions": [try bench.keep(regions.bundle())],
    ]
  }

  @Test func `a threshold chosen again goes before the model's and the detector's own`() async throws {
    // Both cells of the region above 0.4, something else below.
    let found = Detections(
      points: [Point(4, 7, 20), Point(3, 22, 9), Point(1, 1, 1)], scores: [0.9, 0.45, 0.2])
    let plain = try inputs()
    let tuned = try await metrics("{}", try plain.merging(tuning(found)) { $1 })
    let tau = try #require(try tuned.metric("tau"))
    #expect((0.2...0.45).contains(tau))
    #expect(try tuned.metric("tuning.f1") == 1)
    #expect(try tuned.metric("detections") == 2)
    let given = try await metrics("{tau: 0.5}", try plain.merging(tuning(found)) { $1 })
    #expect(try given.metric("tau") == 0.5)
    let unbound = try await metrics("{}", plain)
    #expect(!unbound.metrics.contains { $0.name == "tuning.f1" })
  }

  @Test func `scores that are no probabilities are tuned on their own scale`() async throws {
    let found = Detections(points: [Point(4, 7, 20), Point(3, 22, 9), Point(1, 1, 1)], scores: [900, 450, 200])
    let tuned = try await metrics("{}", try inputs().merging(tuning(found)) { $1 })
    #expect(try tuned.metric("tau") == 450)
  }

  @Test func `tuning detections of other regions are refused`() async throws {
    let failure = try await #require(throws: TaskFailure.self) {
      try await metrics("{}", try inputs().merging(tuning(Detections(), names: ["other"])) { $1 })
    }
    #expect(failure.message == #"the detections are of the regions ["other"], not of ["validation-0"]"#)
  }

  @Test func `one tuning port without the other is a mistake of the recipe`() throws {
    let stage = try StageBench.prepared("evaluate.detections", "{}")
    let problem = try #require(throws: ShapeProblem.self) {
      _ = try stage.outputShapes(InputShapes(["tuning_regions": [nil]]))
    }
    #expect(problem.message == "input 'tuning_regions' needs 'tuning_detections' beside it")
  }

  @Test func `too many detections for the rule are told with what to do`() async throws {
    let many = Detections(
      points: [Point](repeating: Point(1, 5, 5), count: 200_001), scores: [Float](repeating: 1, count: 200_001))
    let failure = try await #require(throws: TaskFailure.self) {
      try await metrics("{rule: optimal}", try inputs(detections: many))
    }
    #expect(
      failure.message
        == "the rule 'optimal' takes up to 200000 points a side, here are 200001 detections and 2 annotations; "
        + "use the rule 'greedy'")
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
