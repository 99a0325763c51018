import Fingerprints
import Pipeline
import Recipes
import Testing

@testable import Reports

/// Tables of any metric of any stage, and the forms they are written in.
@Suite struct TableRequestTests {
  private func task(
    _ stage: String, _ labels: [(String, String)], _ metrics: [Metric]?,
    parameters: [String: CanonicalValue] = ["steps": 30]
  ) -> TaskResult {
    let key = TaskKey(kind: "k", revision: 1, parameters: parameters, inputs: [], seed: 1, numerics: 1)
    let manifest = metrics.map {
      Manifest(
        fingerprint: Digest.of("f"), key: key, outputs: [:], metrics: $0,
        provenance: .init(address: "a", host: "h", process: 1, build: "b", started: 0, seconds: 0, log: ""))
    }
    let coordinate = Coordinate(labels.map { (axis: $0.0, label: $0.1) })
    return TaskResult(
      address: stage + coordinate.address, stage: stage, coordinate: coordinate, kind: "k", key: key,
      parameters: parameters, manifest: manifest)
  }

  private func scores(_ model: String, _ test: String, _ f1: Double?, loss: Double = 1) -> TaskResult {
    task(
      "evaluate", [("model", model), ("test", test)],
      [Metric("f1", f1, better: .higher), Metric("loss", loss, unit: "px", better: .lower)])
  }

  private var results: [TaskResult] {
    [
      task("train", [("marker", "a")], [Metric("steps", 30)]),
      scores("a", "a", 0.75, loss: 2), scores("a", "b", 0.5), scores("b", "a", 0.25), scores("b", "b", nil, loss: 4),
    ]
  }

  @Test func `the axes go down and across, and the best of each column is marked`() throws {
    let grid = try TableRequest(metric: "f1").grid(of: results, title: "e")
    #expect(
      grid.text() == """
        e, evaluate: f1

        model \\ test      a       b
        a             0.750*  0.500
        b             0.250     n/a

        *: the best of its column; higher is better

        """)
  }

  @Test(arguments: [
    (3, "3"), (-0.5, "-0.500"), (0.0004, "4.00e-04"), (123.456, "123.5"), (1e12, "1.00e+12"),
    (Double(Float.greatestFiniteMagnitude), "3.40e+38"),
  ])
  func `numbers are short, whatever their size`(value: Double, text: String) {
    #expect(short(value) == text)
  }

  @Test func `lower is better where the metric says so, and rows may be compared instead`() throws {
    let grid = try TableRequest(metric: "loss", rows: ["test"], best: .row).grid(of: results, title: "e")
    #expect(grid.title == "e, evaluate: loss (px)")
    #expect(grid.header == ["test \\ model", "a", "b"])
    #expect(grid.rows.map { $0.map(\.text) } == [["a", "2", "1"], ["b", "1", "4"]])
    #expect(grid.rows.map { $0.map(\.isBest) } == [[false, false, true], [false, true, false]])
    #expect(
      try TableRequest(metric: "loss", best: .none).grid(of: results, title: "e").rows.joined().allSatisfy {
        !$0.isBest
      })
  }

  @Test func `a mean over an axis comes with the deviation of a sample, n/a counted apart`() throws {
    let grid = try TableRequest(metric: "f1", rows: ["model"], mean: ["test"]).grid(of: results, title: "e")
    #expect(grid.header == ["model", "f1"])
    #expect(grid.rows.map { $0.map(\.text) } == [["a", "0.625 ± 0.177"], ["b", "0.250 (1 n/a)"]])
    #expect(grid.rows[0][1].value == .number(0.625))
    #expect(grid.notes.last == "means over test, with the standard deviation of a sample; n/a is in no mean")
  }

  @Test func `replicates are averaged over without being asked`() throws {
    let tasks = (0..<3).map { task("train", [("marker", "a"), ("replicate", "\($0)")], [Metric("f1", Double($0))]) }
    let grid = try TableRequest(metric: "f1").grid(of: tasks, title: "e")
    #expect(grid.rows.map { $0.map(\.text) } == [["a", "1 ± 1"]])
  }

  @Test func `a stage alone is listed, a line a task, and only what differs where that is asked`() throws {
    let tasks = [
      task("train", [("marker", "a")], [Metric("f1", 0.5), Metric("n", 2)], parameters: ["steps": 30, "kind": "x"]),
      task("train", [("marker", "b")], [Metric("f1", 0.75), Metric("n", 2)], parameters: ["steps": 40, "kind": "x"]),
      task("train", [("marker", "c")], nil, parameters: ["steps": 40, "kind": .null]),
    ]
    let grid = try TableRequest(stage: "train").grid(of: tasks, title: "e")
    #expect(grid.header == ["marker", "kind", "steps", "f1", "n"])
    #expect(grid.rows.last?.map(\.text) == ["c", "-", "40", "-", "-"])
    #expect(grid.notes == ["1 task has no result yet"])
    let changed = try TableRequest(stage: "train").grid(of: Array(tasks.prefix(2)), title: "e").changed
    #expect(
      changed.text() == """
        e, train

        marker  steps     f1
        a          30  0.500
        b          40  0.750

        """)
  }

  @Test func `the forms for other programs`() {
    let grid = Grid(
      title: "a_b", header: ["x", "f1, %"],
      rows: [
        [Grid.Cell(label: "p_q"), Grid.Cell("0.5 ± 0.1", .number(0.5), isBest: true)],
        [Grid.Cell(label: "r"), Grid.Cell("n/a", .null)],
      ],
      labels: 1, notes: ["note"])
    #expect(grid.csv() == "x,\"f1, %\"\np_q,0.5\nr,n/a\n")
    #expect(
      grid.markdown() == """
        # a\\_b

        | x | f1, % |
        |:--|--:|
        | p\\_q | **0.5 ± 0.1** |
        | r | n/a |

        - note

        """)
    #expect(
      grid.latex() == """
        % a_b
        % note
        \\begin{tabular}{lr}
        \\toprule
        x & f1, \\% \\\\
        \\midrule
        p\\_q & \\textbf{0.5 $\\pm$ 0.1} \\\\
        r & n/a \\\\
        \\bottomrule
        \\end{tabular}

        """)
    #expect(
      CanonicalValue.map(grid.document).json
        == #"{"best":[[false, true], [false, false]], "columns":["x", "f1, %"], "notes":["note"], "#
        + #""rows":[["p_q", 0.5], ["r", null]], "title":"a_b"}"#)
  }

  @Test(arguments: [
    (TableRequest(metric: "losss"), "no task measured 'losss'; did you mean 'loss'?"),
    (
      TableRequest(metric: "zzzzzz"),
      "no task measured 'zzzzzz'; --stage STAGE lists what the tasks of a stage measured"
    ),
    (TableRequest(stage: "evalaute"), "there is no stage 'evalaute'; did you mean 'evaluate'?"),
    (TableRequest(), "name a stage with --stage; the stages are 'train', 'evaluate'"),
    (
      TableRequest(stage: "train", rows: ["marker"]),
      "name the metric of the cells with --metric; 'train' measured 'steps'"
    ),
    (TableRequest(metric: "f1", rows: ["marker"]), "'evaluate' has no axis 'marker'; its axes are 'model', 'test'"),
    (
      TableRequest(stage: "train", metric: "f1"), "no task of 'train' measured 'f1'; 'train' measured 'steps'"
    ),
  ])
  func `what is named and is not there is said`(request: TableRequest, message: String) throws {
    let refusal = try #require(throws: TableRequest.Refusal.self) { try request.grid(of: results, title: "e") }
    #expect(refusal.message == message)
  }

  @Test func `two values of one cell are refused, with the way out`() throws {
    let tasks = ["x", "y"].map { task("s", [("a", "1"), ("b", "1"), ("c", $0)], [Metric("f1", 1)]) }
    let refusal = try #require(throws: TableRequest.Refusal.self) {
      try TableRequest(metric: "f1").grid(of: tasks, title: "e")
    }
    #expect(
      refusal.message
        == "'s' has several values for one cell: they differ on 'c'; average over it with --mean, or name it in --rows "
        + "or --columns")
  }
}
