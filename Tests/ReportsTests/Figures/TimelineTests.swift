import Foundation
import Pipeline
import SystemPackage
import Testing

@testable import Reports

/// Which worker did what when, from records, as lanes and as a figure.
@Suite struct TimelineTests {
  private static func span(
    _ stage: String, _ number: Int, _ start: Double, _ end: Double, worker: String? = nil, memory: Int? = nil,
    isDone: Bool = true
  ) -> Timeline.Span {
    Timeline.Span(
      address: "\(stage)[n=\(number)]", stage: stage, worker: worker, start: start, end: end, memory: memory,
      isDone: isDone)
  }

  /// Three workers with a training each, then many small tasks, one of which failed.
  private static var small: Timeline {
    let trainings = (0..<3).map {
      span("train", $0, 10, 200 + 40 * Double($0), worker: "h \($0)", memory: (400 + 100 * $0) << 20)
    }
    let evaluations = (0..<12).map { number in
      let start = 290 + 15 * Double(number / 3)
      return span("evaluate", number, start, start + 14, worker: "h \(number % 3)", memory: 90 << 20)
    }
    return Timeline(
      title: "tiny.smoke", run: "r",
      spans: trainings + evaluations + [
        span("regions", 0, 0, 9.9, worker: "h 0"), span("detect & <co>", 1, 290, 330, isDone: false),
      ],
      cached: 4, seconds: 360)
  }

  /// So many tasks of ten stages on eight workers.
  private static func large(_ count: Int) -> Timeline {
    let spans = (0..<count).map { number in
      let start = Double(number / 8) * 7
      return span("stage\(number * 7 % 10)", number, start, start + 2 + Double(number % 5), worker: "h \(number % 8)")
    }
    return Timeline(title: "large", run: "r", spans: spans, cached: 0, seconds: Double(count / 8 + 1) * 7)
  }

  @Test func `a bar a task, a lane a worker`() throws {
    let set = TimelineFigure(Self.small).set
    let figure = try #require(set.figures.first)
    guard case .svg(let text) = figure.content else { return }
    try expectSnapshot(text, "figure-timeline.svg")
    #expect(figure.caption.contains("17 tasks computed, 4 found in the store, in 6m 00s on 4 workers."))
    #expect(figure.caption.contains("Together the workers worked 15m 08s (0.25 hours)."))
    #expect(figure.caption.contains("Most memory: 600 MiB, 'train[n=2]'."))
    #expect(figure.caption.contains("1 bar crossed out: failed, tried again, or not at its end."))
    #expect(text.contains("detect &amp; &lt;co&gt;") && !text.contains("<co>"))
  }

  @Test func `a worker keeps its lane, and goes on in it when the clock says a moment too early`() {
    let timeline = Timeline(
      title: "t", run: "r",
      spans: [
        Self.span("a", 0, 0, 5, worker: "h 1"), Self.span("a", 1, 0, 3, worker: "h 2"),
        Self.span("b", 2, 4.9, 8, worker: "h 1"), Self.span("b", 3, 9, 10, worker: "h 3"),
      ], cached: 0, seconds: 10)
    #expect(timeline.lanes.map { $0.map(\.address) } == [["a[n=1]", "b[n=3]"], ["a[n=0]", "b[n=2]"]])
    #expect(timeline.lanes[1][1].start == 5)
  }

  @Test(arguments: [1, 115, 1000])
  func `lanes never overlap, hold every task, and are as few as tasks run at once`(count: Int) {
    let timeline = Self.large(count)
    let lanes = timeline.lanes
    #expect(lanes.reduce(0) { $0 + $1.count } == count)
    #expect(lanes.count == min(count, 8))
    for lane in lanes {
      #expect(zip(lane, lane.dropFirst()).allSatisfy { $0.end <= $1.start })
    }
  }

  @Test func `thousands of tasks give a drawing that a page can hold`() throws {
    let text = TimelineFigure(Self.large(10_000)).svg()
    #expect(text.utf8.count < 300_000)
    #expect(TimelineFigure(Self.large(115)).svg().components(separatedBy: "<rect").count > 115)
    #expect(TimelineFigure(Self.large(1000)).svg() == TimelineFigure(Self.large(1000)).svg())
  }

  @Test func `a run that computed nothing has no timeline, and says so`() {
    let set = TimelineFigure(Timeline(title: "t", run: "r7", spans: [], cached: 3, seconds: 1)).set
    #expect(set == FigureSet(missing: ["no timeline of the run 'r7': it computed nothing"]))
  }

  @Test func `times, failures and what goes on come from the record`() throws {
    let folder = FilePath(FileManager.default.temporaryDirectory.path)
      .appending("lightbench-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let store = try Store(at: folder)
    func writer(_ variant: String?) throws -> RunWriter {
      try RunWriter(
        in: store,
        RunRecord.Header(
          experiment: "e.yaml", name: "e", variant: variant, overrides: [], recipe: "", version: "1", started: 1000,
          host: "h", process: 1))
    }
    let record = try writer("smoke")
    for address in ["a", "b", "c", "d", "x"] { try record.write(RunRecord.Task(address, .planned, time: 1000)) }
    for (address, state, time) in [
      ("a", RunRecord.State.started, 1001.0), ("a", .published, 1004), ("b", .started, 1002), ("b", .failed, 1003),
      ("c", .started, 1005), ("d", .cached, 1000), ("x", .skipped, 1003),
    ] { try record.write(RunRecord.Task(address, state, time: time)) }
    let timeline = try Timeline(of: try store.run(record.id), store: store)
    #expect(timeline.cached == 1 && timeline.seconds == 5 && timeline.title == "e.smoke")
    #expect(
      timeline.spans.map { [$0.address, "\($0.start)", "\($0.end)", "\($0.isDone)"] } == [
        ["a", "1.0", "4.0", "true"], ["b", "2.0", "3.0", "false"], ["c", "5.0", "5.0", "false"],
      ])
  }

  @Test func `a task that pauses or is tried again is at work leg by leg, and is one task`() throws {
    let folder = FilePath(FileManager.default.temporaryDirectory.path)
      .appending("lightbench-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let store = try Store(at: folder)
    let writer = try RunWriter(
      in: store,
      RunRecord.Header(
        experiment: "e.yaml", name: "e", variant: nil, overrides: [], recipe: "", version: "1", started: 1000,
        host: "h", process: 1))
    for (address, state, time) in [
      // Halved: to a rung, and from there to its end; its twin and the one that is stopped wait for it.
      ("a", RunRecord.State.started, 1000.0), ("a", .paused, 1100), ("twin", .paused, 1100), ("b", .started, 1000),
      ("b", .paused, 1060), ("b", .stopped, 1100), ("a", .started, 1500), ("a", .resumed, 1502),
      ("a", .published, 1600),
      // Interrupted: the worker went, the next attempt takes it up and does not end.
      ("c", .started, 1200), ("c", .planned, 1300), ("c", .started, 1400),
    ] { try writer.write(RunRecord.Task(address, state, time: time)) }
    var torn = RunRecord.Task("d", .published, time: 1350)
    torn.seconds = 30
    try writer.write(torn)
    try writer.write(RunRecord.Task("e", .failed, time: 1650))
    let timeline = try Timeline(of: store.run(writer.id), store: store)
    #expect(
      timeline.spans.map { [$0.address, "\(Int($0.start))", "\(Int($0.end))", "\($0.isDone)"] } == [
        ["b", "0", "60", "true"], ["a", "0", "100", "true"], ["c", "200", "300", "false"], ["d", "320", "350", "true"],
        ["c", "400", "650", "false"], ["a", "500", "600", "true"],
      ])
    #expect(timeline.worked == 60 + 100 + 100 + 30 + 250 + 100)
    #expect(timeline.tasks == 4 && timeline.stages.map(\.tasks).reduce(0, +) == 4)
    let caption = try #require(TimelineFigure(timeline).set.figures.first).caption
    #expect(caption.contains("4 tasks computed, in 10m 50s on 2 workers."))
    #expect(caption.contains("Tasks that paused at a rung or were tried again have several bars."))
  }
}
