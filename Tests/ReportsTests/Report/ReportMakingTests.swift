import Fingerprints
import Foundation
import Pipeline
import SystemPackage
import Testing

@testable import Reports

/// Reports of an experiment at every stage of its life.
@Suite struct ReportMakingTests {
  private let tiny: TinyExperiment

  init() throws { tiny = try TinyExperiment() }

  private func source(without left: Set<String>? = []) throws -> ReportSource {
    let experiment = try tiny.experiment()
    let plan = try left.map { try tiny.run(experiment, without: $0) } ?? experiment.plan()
    var runs = RecentRuns(of: "tiny", variant: nil, overrides: [])
    return ReportSource(
      experiment, plan: plan, for: tiny.folder, runs: try runs.read(from: experiment.store), arguments: "tiny.yaml",
      version: "1.0")
  }

  /// Records a run in which tasks came to a state.
  private func record(_ states: [(String, RunRecord.State)], overrides: [String] = []) throws -> String {
    let writer = try RunWriter(
      in: Store(at: tiny.folder.appending("store")),
      RunRecord.Header(
        experiment: "tiny.yaml", name: "tiny", variant: nil, overrides: overrides, recipe: "", version: "1",
        started: 1000, host: "h", process: 1))
    for (address, state) in states {
      var task = RunRecord.Task(address, state, time: 1001)
      if state == .failed { task.failure = TaskFailure(code: .died, message: "died of it", phase: "work") }
      try writer.write(task)
    }
    try writer.finish(exitCode: states.contains { $0.1 == .failed } ? 1 : 0)
    return writer.id
  }

  private func words(_ report: Report) -> String { ReportPage(report: report).html }

  @Test func `an experiment that never ran has a report that says so`() throws {
    let report = Report(try source(without: nil))
    #expect(report.sections.map(\.anchor) == ["answer", "missing", "cost", "repeat", "asked"])
    #expect(report.sentence == "0 of 9 tasks have results.")
    #expect(report.notices == ["This experiment has no results yet: none of its 9 tasks has run."])
    let page = words(report)
    #expect(page.contains("The experiment never ran against this store."))
    #expect(page.contains(">lightbench run tiny.yaml</pre>"))
  }

  @Test func `a part shows what is there and names what is missing`() throws {
    let report = Report(try source(without: ["score[model=a,test=b]"]))
    #expect(report.notices == ["This report is not complete: 2 of 9 tasks have no result yet."])
    let page = words(report)
    #expect(page.contains("1 of the 6 cells of this table has no result yet; it is shown as n/a."))
    #expect(
      report.sentence
        == "5 of 6 cells so far: f1 is 0.50 on a model's own marker and n/a on the others.")
    let answer = try #require(report.sections.first)
    let table = try #require(answer.blocks.tables.first)
    #expect(table.name == "matrix")
    let cells = table.grid.rows.map { $0.map(\.text) }
    #expect(cells == [["A!", "0.50", "n/a"], ["B!", "n/a", "0.50"], ["chance", "0.50", "0.50"]])
    let missing = try #require(report.sections.first { $0.anchor == "missing" })
    #expect(missing.blocks.tables.first?.csv == "stage,tasks,done,missing\nscore,4,3,1\nmatrix,1,0,1\n")
  }

  @Test func `a whole one has the answer first, then gap, cost and the way to repeat it`() throws {
    let report = Report(try source())
    #expect(report.sections.map(\.anchor) == ["answer", "gap", "cost", "repeat", "asked"])
    #expect(report.notices.isEmpty)
    #expect(
      report.sentence
        == "2 models tested on 2 markers: f1 is 0.62 on a model's own marker and 0.50 on the others, a gap of 0.12.")
    let blocks = report.sections.flatMap(\.blocks)
    #expect(blocks.figures.map(\.name) == ["matrix"])
    #expect(
      blocks.tables.map(\.name) == [
        "matrix", "matrix.gap", "matrix.gap.models", "cost", "revisions", "fingerprints",
      ])
    let page = words(report)
    #expect(page.contains("<pre tabindex=\"0\" role=\"region\" aria-label=\"The resolved recipe\">lightbench: 1\n"))
    #expect(!page.contains("http-equiv=\"refresh\""))
    let fingerprints = try #require(blocks.tables.last)
    #expect(fingerprints.grid.rows.count == 9 && fingerprints.grid.rows.allSatisfy { $0[2].text.count == 64 })
  }

  @Test func `a failure is told by the last run that tried the task, whatever others did since`() throws {
    let task = "score[model=a,test=b]"
    _ = try record([(task, .failed)], overrides: ["seed=2"])
    let failing = try record([(task, .failed), ("make[marker=a]", .failed)])
    _ = try record([("make[marker=a]", .published), (task, .planned)])
    let source = try source(without: [task])
    let missing = try #require(Report(source).sections.first { $0.anchor == "missing" })
    let table = try #require(missing.blocks.tables.last)
    #expect(table.name == "failures")
    #expect(table.csv == "task,run,phase,message,log\n\"\(task)\",\(failing),work,died of it,-\n")
    #expect(source.runs.count == 2, "another setting is another experiment")
  }

  @Test func `a cell with a part of its replicates is one cell, and said to be a part`() {
    let some = TableCoverage(cells: 6, missing: 2, partial: 1)
    #expect(some.soFar == "3 of 6 cells so far")
    #expect(
      some.sentences == [
        "2 of the 6 cells of this table have no result yet; they are shown as n/a.",
        "1 is the mean of only some of its results.",
      ])
    #expect(TableCoverage(cells: 6).isWhole && TableCoverage(cells: 6).sentences.isEmpty)
  }

  @Test func `what else was wanted and cannot be read is said above everything else`() throws {
    var source = try source()
    source.troubles = ["Without the leaderboard 'x': it is none."]
    #expect(Report(source).notices == ["Without the leaderboard 'x': it is none."])
  }

  @Test func `the page of one run says how to come back to that run`() throws {
    let id = try record([("make[marker=a]", .failed)])
    let store = try Store(at: tiny.folder.appending("store"))
    let source = try ReportSource(try store.run(id), in: store, arguments: "old.yaml -S seed=3", version: "1")
    let page = words(Report(source))
    #expect(page.contains("lightbench report old.yaml -S seed=3 --run \(id)\n"))
    #expect(page.contains("lightbench table old.yaml -S seed=3 --run \(id)</pre>"))
  }

  @Test func `the page of one run tells no folder of the machine that it ran on`() throws {
    let recipe =
      "lightbench: 1\nname: x\nfolder: /home/me/x\nexperiments:\n  y:\n    folder: \"/home/me/y\"\nstages: {}\n"
    let writer = try RunWriter(
      in: Store(at: tiny.folder.appending("store")),
      RunRecord.Header(
        experiment: "tiny.yaml", name: "tiny", variant: nil, overrides: [], recipe: recipe, version: "1",
        started: 1000, host: "h", process: 1))
    try writer.finish(exitCode: 0)
    let store = try Store(at: tiny.folder.appending("store"))
    let page = words(
      Report(try ReportSource(try store.run(writer.id), in: store, arguments: "tiny.yaml", version: "1")))
    #expect(page.contains("name: x\nexperiments:\n  y:\nstages: {}\n") && !page.contains("/home/me"))
    #expect(page.contains("As a file beside that of the experiment it gives the same tasks."))
  }

  @Test func `what all trainings share stands once, and the file has every column`() throws {
    let grid = Grid(
      title: "train: the trainings", header: ["marker", "batch", "steps", "loss"],
      rows: [("a", 10, 0.5), ("b", 20, 0.25)].map { name, steps, loss in
        [
          Grid.Cell(label: name), Grid.Cell("4", .integer(4)), Grid.Cell("\(steps)", .integer(Int64(steps))),
          Grid.Cell("\(loss)", .number(loss)),
        ]
      }, labels: 1)
    let tables = EvidenceSection.tables(of: grid, stem: "train").tables
    #expect(tables.map(\.name) == ["train.shared", "train.tasks"])
    #expect(tables[0].csv == "name,value\nbatch,4\n")
    #expect(tables[0].grid.title == "train: the trainings, what all 2 share")
    #expect(tables[1].grid.header == ["marker", "steps", "loss"] && tables[1].csv == grid.csv())
    let one = Grid(title: "t", header: grid.header, rows: [grid.rows[0]], labels: 1)
    let single = EvidenceSection.tables(of: one, stem: "train").tables
    #expect(single.map(\.name) == ["train.tasks"] && single[0].csv == one.csv())
    #expect(single[0].grid.rows.map { $0.map(\.text) } == [["batch", "4"], ["steps", "10"], ["loss", "0.5"]])
  }

  @Test func `trainings without a curve are one sentence, and which they are is folded away`() throws {
    let gap = try #require(TrainingFigures.gap(["train[m=a]", "train[m=b]"], of: 84, "train"))
    #expect(gap.sentence == "no curve of 2 of the 84 trainings of 'train': no result, or a log without losses")
    let set = FigureSet(missing: ["x"]) + FigureSet(gaps: [gap])
    #expect(set.blocks(under: nil) == [.list(["x"]), .details(gap.sentence, [.list(["train[m=a]", "train[m=b]"])])])
    #expect(TrainingFigures.gap([], of: 3, "train") == nil)
  }

  @Test(arguments: [(1.8, "1.8"), (4, "4"), (99.7, "99.7"), (-0.001, "0"), (0.006, "0.01"), (1e12, "1000000000000.0")])
  func `captions say numbers in short`(value: Double, text: String) { #expect(trimmed(value) == text) }

  @Test func `the same store gives the same bytes`() throws {
    #expect(words(Report(try source())) == words(Report(try source())))
  }

  @Test func `a damaged table keeps nobody from the rest`() throws {
    let source = try source()
    let plan = try #require(source.plan)
    let matrix = try #require(plan.entries.first { $0.task.stage == "matrix" })
    let digest = try #require(matrix.manifest?.outputs["table"]?.digest)
    try FileManager.default.removeItem(atPath: source.store.objectFolder(digest).string)
    let report = Report(source)
    let first = try #require(report.sections.first?.blocks.first)
    guard case .notice(let words) = first else { throw TaskFailure(code: .internalError, message: "\(first)") }
    #expect(words.hasPrefix("This table is not shown: "))
    #expect(report.sections.map(\.anchor).contains("cost"))
  }

  @Test func `while a run goes on the page shows how far it is`() throws {
    let progress = ReportProgress(settled: 4, all: 9, failed: 1, words: "10s gone", running: [], time: 3_725)
    let report = Report(try source(without: ["score[model=a,test=b]"]), progress: progress)
    #expect(report.notices.isEmpty && report.progress == progress)
    #expect(words(report).contains("Running: 4 of 9 tasks, 1 failed, 10s gone, as of 01:02:05 UTC."))
    let last = report.ended(saying: "The disk is full.")
    #expect(last.progress == nil && last.notices == ["The disk is full."] && last.sections == report.sections)
  }

  @Test func `a leaderboard has a section of its own`() throws {
    var source = try source()
    let board = #"""
      {"entries":[{"digest":"d","markers":[{"counts":{"annotations":2,"detections":2,"distance":0,"matchedAnnotations":1,
      "matchedDetections":1},"marker":"a","regions":1}],"method":"m","name":"ours"}],"regions":1,"title":"tiny","truth":"t"}
      """#
    source.leaderboard = try JSONDecoder().decode(Leaderboard.self, from: Data(board.utf8))
    let section = try #require(Report(source).sections.first { $0.anchor == "leaderboard" })
    #expect(section.blocks.tables.map(\.name) == ["leaderboard"])
  }

  @Test func `a sweep has its best ratios and its curves before all cells`() throws {
    let table = ReportedTable(stem: "table", title: "a sweep", matrix: Samples.small, sweep: SweepTests.plain)
    let section = AnswerSection(source: try source(), tables: [table]).section
    #expect(section.blocks.tables.map(\.name) == ["table.best", "table.best-relative", "table"])
    #expect(section.blocks.figures.map(\.name) == ["table-curves"])
    #expect(section.blocks.tables[0].grid.rows[0].map(\.text) == ["small", "0.15 (0.0040)", "0.15 (0.0080)"])
  }
}
