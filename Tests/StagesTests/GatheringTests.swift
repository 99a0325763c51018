import ArrayStores
import Artifacts
import Pipeline
import Testing

@Suite struct GatheringTests {
  private func metrics(
    _ bench: StageBench, _ value: Double?, better: Metric.Direction = .lower, row: String = "a", column: String = "x",
    group: String? = nil
  ) throws -> InputArtifact {
    var labels = ["row": row, "column": column]
    labels["group"] = group
    return try bench.keep(
      Metric.bundle([Metric("loss", value, better: better), Metric("size", 3)]), labels: labels)
  }

  private func table(_ bench: StageBench, _ inputs: [InputArtifact]) async throws -> ResultTable {
    let manifest = try await bench.run("table.pivot", "{metric: loss}", ["metrics": inputs]).manifest
    return try ResultTable(bench.read(bench.output("table", of: manifest)))
  }

  // MARK: - Tables

  @Test func `several values in a cell give mean, standard deviation and how many were numbers`() async throws {
    let bench = try StageBench()
    let found = try await table(
      bench,
      [
        metrics(bench, 1, group: "0"), metrics(bench, 3, group: "1"), metrics(bench, nil, group: "2"),
        metrics(bench, 5, row: "b", group: "0"), metrics(bench, nil, row: "c", group: "0"),
      ])
    #expect(found.rows == ["a", "b", "c"])
    #expect(found.values == [[2], [5], [nil]])
    #expect(
      found.spreads == [
        [CellSpread(deviation: 2.0.squareRoot(), count: 2, absent: 1)],
        [CellSpread(deviation: nil, count: 1, absent: 0)], [CellSpread(deviation: nil, count: 0, absent: 1)],
      ])
  }

  @Test func `a table of single values has no spreads, and the same artifact as ever`() async throws {
    let bench = try StageBench()
    let inputs = [try metrics(bench, 1), try metrics(bench, nil, column: "y")]
    let found = try await table(bench, inputs)
    #expect(found == ResultTable(metric: "loss", rows: ["a"], columns: ["x", "y"], values: [[1, nil]]))
    #expect(try found.bundle().tables.map(\.name) == ["values"])
  }

  @Test func `a metric that is not there is named with those that are`() async throws {
    let bench = try StageBench()
    let input = try metrics(bench, 1)
    let failure = try await #require(throws: TaskFailure.self) {
      try await bench.run("table.pivot", "{metric: los}", ["metrics": [input]])
    }
    #expect(failure.message == "there is no metric 'los' in (a, x); there are 'loss', 'size'")
  }

  // MARK: - Selection

  private func select(
    _ values: [Double?], better: Metric.Direction = .lower, metric: String = "loss"
  ) async throws -> (place: Double?, scores: Double) {
    let bench = try StageBench()
    var inputs: [String: [InputArtifact]] = [:]
    for (place, value) in values.enumerated() {
      inputs["metrics", default: []].append(
        try metrics(bench, value, better: better, group: "m\(place)"))
      let scores = ResultTable(metric: "s", rows: ["r"], columns: ["c"], values: [[Double(place)]])
      inputs["scores", default: []].append(try bench.keep(scores.bundle(), labels: ["group": "m\(place)"]))
    }
    let manifest = try await bench.run(
      "select.best", "{metric: \(metric)}", inputs, outputs: [Port("scores", .table)]
    ).manifest
    let passed = try ResultTable(bench.read(bench.output("scores", of: manifest)))
    #expect(try bench.output("scores", of: manifest).digest == inputs["scores"]?[Int(passed["r", "c"] ?? -1)].digest)
    #expect(try manifest.metric("selection.candidates") == Double(values.count))
    #expect(try manifest.metric("loss") == values[Int(passed["r", "c"] ?? 0)])
    return (try manifest.metric("selection.place"), passed["r", "c"] ?? -1)
  }

  @Test(arguments: [
    ([3, 1, 2], Metric.Direction.lower, 1), ([3, 1, 2], .higher, 0), ([nil, 4, nil, 4], .lower, 1),
    ([nil, 4, nil, 4], .higher, 1), ([7], .lower, 0), ([-1, nil], .higher, 0),
  ])
  func `the best metric wins in its own direction, n over a never, the first of equals`(
    values: [Double?], better: Metric.Direction, place: Int
  ) async throws {
    let found = try await select(values, better: better)
    #expect(found.place == Double(place) && found.scores == Double(place))
  }

  @Test(arguments: [
    ([nil, nil], Metric.Direction.lower, "loss", "'loss' is n/a in all 2 gathered tasks; there is no best one"),
    ([1], .neither, "loss", "metric 'loss' does not say whether higher or lower is better; choose by another"),
    ([1], .lower, "size", "metric 'size' does not say whether higher or lower is better; choose by another"),
    ([1, 2], .lower, "lost", "there is no metric 'lost' in 'm0'; there are 'loss', 'size'"),
  ])
  func `what nobody can win is an error`(
    values: [Double?], better: Metric.Direction, metric: String, message: String
  ) async throws {
    let failure = try await #require(throws: TaskFailure.self) {
      try await select(values, better: better, metric: metric)
    }
    #expect(failure.message == message)
    #expect(failure.code == .badData)
  }
}
