import Fingerprints
import Pipeline

/// What has no result: by stage, and each failure of the latest run with its log.
struct MissingSection {
  let source: ReportSource

  /// Nil where everything is there.
  var section: ReportSection? {
    guard !source.missing.isEmpty else { return nil }
    let grid = Grid(
      title: "Tasks without a result, by stage", header: ["stage", "tasks", "done", "missing"],
      rows: source.stages.compactMap { stage, tasks in
        let missing = tasks.count(where: \.isMissing)
        guard missing > 0 else { return nil }
        return [Grid.Cell(label: stage)]
          + [tasks.count, tasks.count - missing, missing].map { Grid.Cell("\($0)", .integer(Int64($0))) }
      }, labels: 1)
    return ReportSection(
      "missing", "What is missing",
      [.table(ReportTable("missing", grid))] + failures + [
        .paragraph("What is missing is computed, and nothing else, by:"),
        .code("lightbench run \(source.arguments)", name: "The command that goes on"),
      ])
  }

  /// The failures of what is missing: of each task the last that a run tells of it.
  private var failures: [ReportBlock] {
    guard !source.runs.isEmpty else { return [.paragraph("The experiment never ran against this store.")] }
    let missing = Set(source.missing.map(\.address))
    var latest: [String: (run: String, task: RunRecord.Task)] = [:]
    for run in source.runs {
      for task in run.tasks where missing.contains(task.address) && task.state != .cached && task.state != .planned {
        latest[task.address] = (run.id, task)
      }
    }
    let failed = source.missing.compactMap { latest[$0.address] }.filter { $0.task.state == .failed }
    guard !failed.isEmpty else { return [] }
    let grid = Grid(
      title: "What failed", header: ["task", "run", "phase", "message", "log"],
      rows: failed.map { run, task in
        [task.address, run, task.failure?.phase ?? "", task.failure?.message ?? "", task.log ?? "-"].map {
          Grid.Cell(label: $0)
        }
      }, labels: 5)
    return [.table(ReportTable("failures", grid))]
  }
}
